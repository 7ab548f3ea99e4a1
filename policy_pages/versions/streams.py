"""A StreamField as it was frozen, made fit for today's blocks: nothing that was read then is lost, nothing breaks.

What a block of today cannot take (a kind that is no more, a value of another shape) stands as a paragraph of its words
where paragraphs may stand; elsewhere its words are given back, for the page to show them at its end.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wagtail.blocks import StreamValue

    from policy_pages.models import PolicyFile

PARAGRAPH = "paragraph"
_LINK = re.compile(r"<a\b([^>]*)>(.*?)</a>", re.IGNORECASE | re.DOTALL)
_TYPE = re.compile(r"""\blinktype\s*=\s*["'](\w+)["']""")
_ID = re.compile(r"""(?<![-\w])id\s*=\s*["'](\d{1,18})["']""")
#: Members of a stored block that are not its words.
_KEYS = frozenset({"id", "type"})


class Unreadable(Exception):
    """A value that the block of today cannot take."""


class Links:
    """What a text carries and links to. A link to what is not public now leads nowhere, so its words stand without it.

    Attributes:
        files: each file of the text, as the object that templates get; what is public no more says so itself.
    """

    def __init__(self, files: Mapping[int, PolicyFile], pages: set[int]) -> None:
        self.files = files
        public = {pk for pk, file in files.items() if not file.is_of_earlier_version}
        self.known = {"document": public, "page": pages}

    def kept(self, html: str) -> str:
        """Rich text without the links that would lead nowhere; a file says why."""
        return _LINK.sub(self._link, html)

    def _link(self, found: re.Match[str]) -> str:
        attributes, words = found.groups()
        kind, pk = _TYPE.search(attributes), _ID.search(attributes)
        if kind is None or kind[1] not in self.known or (pk and int(pk[1]) in self.known[kind[1]]):
            return found[0]
        return f"{words}（{_('附件属于早先的版本，不再提供下载')}）" if kind[1] == "document" else words


def linked_pages(raw: Any) -> set[int]:
    """Numbers of the pages that the rich text in a stored field links to."""
    found = set()
    for attributes, _words in _LINK.findall(raw.replace('\\"', '"')) if isinstance(raw, str) else []:
        kind, pk = _TYPE.search(attributes), _ID.search(attributes)
        if kind and pk and kind[1] == "page":
            found.add(int(pk[1]))
    return found


def rebuilt(block: blocks.StreamBlock, raw: Any, links: Links) -> tuple[StreamValue, list[str]]:
    """The value of a stored StreamField, and the words of what could not be made a block of it."""
    items: list[tuple[str, Any]] = []
    left: list[str] = []
    for item in _stored(raw):
        kind = item.get("type") if isinstance(item, dict) else None
        child = block.child_blocks.get(kind) if isinstance(kind, str) else None
        try:
            if child is None:
                raise Unreadable
            items.append((str(kind), _value(child, item.get("value"), links)))
        except Unreadable:
            words = "\n".join(_words(item))
            if words and PARAGRAPH in block.child_blocks:
                html = "".join(f"<p>{escape(line)}</p>" for line in words.splitlines())
                items.append((PARAGRAPH, html))
            elif words:
                left.append(words)
    # Not `to_python`, which would ask the database for the files of each block.
    return block.normalize(items), left


def _stored(raw: Any) -> list[Any]:
    """JSON within JSON, as revisions keep a StreamField."""
    if isinstance(raw, str):
        try:
            raw = json.loads(raw) if raw else []
        except ValueError:
            return [raw]
    return raw if isinstance(raw, list) else [] if raw is None else [raw]


def _value(block: blocks.Block, value: Any, links: Links) -> Any:
    for kind, fit in _FITTING:
        if isinstance(block, kind):
            return fit(block, value, links)
    return value if isinstance(value, (str, int, float)) else None


def _struct(block: blocks.StructBlock, value: Any, links: Links) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable
    return {
        name: _value(child, value[name] if name in value else child.get_prep_value(child.get_default()), links)
        for name, child in block.child_blocks.items()
    }


def _list(block: blocks.ListBlock, value: Any, links: Links) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable
    # Old lists keep bare values, newer ones rows with ids.
    inner = [item.get("value") if isinstance(item, dict) and item.get("type") == "item" else item for item in value]
    return [_value(block.child_block, item, links) for item in inner]


def _rich(block: blocks.Block, value: Any, links: Links) -> str:
    return links.kept(_text(value))


def _plain(block: blocks.Block, value: Any, links: Links) -> str:
    return _text(value)


def _chosen(block: blocks.Block, value: Any, links: Links) -> PolicyFile | None:
    return links.files.get(value) if isinstance(value, int) else None


_FITTING: list[tuple[type[blocks.Block], Callable[[Any, Any, Links], Any]]] = [
    (blocks.BaseStructBlock, _struct),
    (blocks.ListBlock, _list),
    (blocks.RichTextBlock, _rich),
    (DocumentChooserBlock, _chosen),
    (blocks.ChoiceBlock, _plain),
    (blocks.CharBlock, _plain),
    (blocks.TextBlock, _plain),
]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _words(value: Any) -> Iterator[str]:
    """Every piece of text in a stored value, in order; rich text without its tags."""
    if isinstance(value, str):
        words = re.sub(r"<[^<>]*>", " ", value).strip()
        if words:
            yield words
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name not in _KEYS:
                yield from _words(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
