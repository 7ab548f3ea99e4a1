"""Back-office views of the accounts app, by desk."""
