"""The measured attack paths (technical.md §1.4) and Wagtail's advisories (reliability.md B1), each denied by effect."""
