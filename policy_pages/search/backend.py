"""The search backend for `WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "policy_pages.search.backend"}}`."""

from __future__ import annotations

from django.db import connection

# Each vendor's module reads index models that exist on that vendor only: the other one cannot even be imported.
if connection.vendor == "postgresql":
    from policy_pages.search.postgres import SearchBackend
else:
    from policy_pages.search.sqlite import SearchBackend

__all__ = ["SearchBackend"]
