"""Forms of the accounts app, by subject."""
