"""A walk over every link of the public site: what is dead, what no link reaches, how far everything is from home."""
