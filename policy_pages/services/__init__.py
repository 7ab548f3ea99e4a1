"""Every write of the policy domain that is more than one save, by subject."""
