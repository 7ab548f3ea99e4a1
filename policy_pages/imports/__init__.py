"""Bringing policies in from JSON Lines or Excel, always as drafts (contract `import_policies`)."""
