"""Invented demo content, and what carries it through the real services to the public. Never for production."""
