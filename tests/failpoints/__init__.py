"""An error at every single write of every path that changes what the public reads; the database must stay true."""
