"""Forms of the accounts app, by desk."""
