"""How the tests of the public pages read a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import zhconv_rs
from bs4 import BeautifulSoup

if TYPE_CHECKING:
    from django.test import Client


def path_of(page: Any) -> str:
    """The permanent address of a page."""
    return f"/policies/{page.department.code}/{page.slug}/"


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def read(client: Client, page: Any, query: str = "") -> str:
    response = client.get(path_of(page) + query)
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


#: Characters that are right in traditional text too, though the tables write another in other words.
RIGHT_IN_BOTH = set("里后台只干于征系余准范布并采面制占谷游表周云注杰了家具志回向向才几丑斗松咸术郁松症升卜仇舍佣")


#: Words that are written so in traditional text, though one of their characters is another's simplified form elsewhere.
RIGHT_WORDS = re.compile("划算|划船")


def leftovers(text: str) -> set[str]:
    """Simplified characters in a text, by MediaWiki's tables: a second opinion on what OpenCC wrote."""
    text = RIGHT_WORDS.sub("", text)
    return {char for char in text if char.isalpha() and zhconv_rs.zhconv(char, "zh-hant") != char} - RIGHT_IN_BOTH


def words_in_script(html: str) -> str:
    """The text that is converted: what people read on a page and in its labels, without what stays as it is."""
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select('script, textarea, [translate="no"]'):
        element.decompose()
    labels = [tag[name] for tag in soup.find_all(True) for name in READ_ALOUD if tag.get(name)]
    return " ".join([soup.get_text(" "), *labels])


#: Attributes that are read to people.
READ_ALOUD = (
    "title",
    "alt",
    "placeholder",
    "aria-label",
    "data-label",
    "data-name",
    "data-some",
    "data-none",
    "content",
)
