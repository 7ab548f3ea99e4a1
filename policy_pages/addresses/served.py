"""Which addresses this site serves, asked of the resolver: for links to what another part of the site may bring."""

from __future__ import annotations

from django.urls import Resolver404, resolve


def is_served(path: str) -> bool:
    """Whether a view of its own answers at a path; Wagtail's walk through the tree answers anywhere and does not count."""
    try:
        return resolve(path).url_name != "wagtail_serve"
    except Resolver404:
        return False
