"""Who may go on: what stands between a login and the back office."""
