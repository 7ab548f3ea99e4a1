"""The permission matrix: every address × role × own or other × method, derived from the URL resolver (P4)."""
