"""Variants of a public address: traditional script and elder mode by prefix, the look by parameters. Pure.

`/zh-hant/elder/policies/?size=l` is the policy library in traditional script, for elders, in large type. What is in
the path can be kept as a file; nothing is in a cookie.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

TRADITIONAL, ELDER = "zh-hant", "elder"
#: Parameters of the look with their values; the first is what holds without one.
DISPLAY = {
    "size": ("m", "s", "l"),
    "contrast": ("normal", "high"),
    "scheme": ("auto", "light", "dark"),
}
#: What is no page: the same file for everybody.
NOT_PAGES = ("/admin/", "/static/", "/documents/", "/media/", "/visits/", "/_util/")


@dataclass(frozen=True)
class Variant:
    """How a page is asked for: its script, the mode, and the look (parameter → value, only what was asked for)."""

    is_traditional: bool = False
    is_elder: bool = False
    look: tuple[tuple[str, str], ...] = ()

    @property
    def prefix(self) -> str:
        """What stands before the plain path: `/zh-hant/elder` or less."""
        words = ((self.is_traditional, TRADITIONAL), (self.is_elder, ELDER))
        return "".join(f"/{word}" for is_asked, word in words if is_asked)

    @property
    def language(self) -> str:
        """Of the page, as BCP 47 names it."""
        return "zh-Hant" if self.is_traditional else "zh-Hans"

    @property
    def is_plain(self) -> bool:
        """Nothing was asked for: the page as it is kept."""
        return not (self.is_traditional or self.is_elder or self.look)

    @property
    def classes(self) -> str:
        """Classes of the root element, for the style sheet."""
        chosen = dict(self.look)
        words = [f"{name}-{chosen.get(name, values[0])}" for name, values in DISPLAY.items()]
        return " ".join([*words, *(["elder"] if self.is_elder else [])])

    def chosen(self, name: str) -> str:
        """The value of one parameter of the look; its first where none was asked for."""
        return dict(self.look).get(name, DISPLAY[name][0])

    def with_look(self, name: str, value: str) -> Variant:
        """The same with one parameter of the look set."""
        chosen = {**dict(self.look), name: value}
        return replace(self, look=look_of(chosen))

    def address(self, link: str) -> str:
        """A link within the site as this variant's reader follows it; what is no page of ours comes back unchanged."""
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or not (is_page(parts.path) if parts.path else parts.query):
            return link
        kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in dict(self.look)]
        path = self.prefix + parts.path if parts.path.startswith("/") else parts.path
        query = urlencode([*kept, *self.look]) if self.look else parts.query
        return urlunsplit(("", "", path, query, parts.fragment))


#: A page in each script, without mode and look.
SCRIPTS = (Variant(), Variant(is_traditional=True))


def look_of(asked: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """The look that parameters ask for, in a fixed order; what is unknown, or holds anyway, asks for nothing."""
    return tuple((name, str(asked[name])) for name, values in DISPLAY.items() if asked.get(name) in values[1:])


def split(path: str) -> tuple[Variant, str]:
    """Variant and plain path of an address; `/zh-hant` comes before `/elder`, any other order names no variant."""
    found = re.match(rf"(/{TRADITIONAL}(?=/))?(/{ELDER}(?=/))?", path)
    assert found is not None  # noqa: S101 -- both parts may be empty
    variant = Variant(is_traditional=bool(found[1]), is_elder=bool(found[2]))
    return variant, path[found.end() :]


def is_page(path: str) -> bool:
    """Whether a plain path leads to a page, which has variants, and not to a file or the back office."""
    has_ending = "." in path.rsplit("/", 1)[-1]
    return path.startswith("/") and not path.startswith(("//", *NOT_PAGES)) and not has_ending
