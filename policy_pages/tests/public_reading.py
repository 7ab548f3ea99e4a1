"""How the tests of the public pages read a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.test import Client


def read(client: Client, page: Any, query: str = "") -> str:
    response = client.get(f"/policies/{page.department.code}/{page.slug}/{query}")
    assert response.status_code == 200
    return response.content.decode()


def words(html: str) -> str:
    """The text a reader sees."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def in_order(text: str, *pieces: str) -> bool:
    """Whether the pieces stand in the text one after the other."""
    place = 0
    for piece in pieces:
        place = text.find(piece, place)
        if place == -1:
            return False
        place += len(piece)
    return True
