"""A finished page made into a variant of itself: its words in traditional script, its links within the variant."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING

from policy_pages.variants.script import to_traditional

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy_pages.variants.rules import Variant

#: What is left as it stands: programs, what a reader typed, and what says of itself that it is not to be translated.
_KEPT = r'<!--.*?-->|<(?P<raw>script|style|textarea)\b.*?</(?P=raw)\s*>|<(?P<own>\w+)\b[^<>]*\stranslate="no"[^<>]*>.*?</(?P=own)\s*>'
_TOKENS = re.compile(rf"(?P<kept>{_KEPT})|(?P<tag><[^<>]*>)|(?P<text>[^<]+|<)", re.DOTALL | re.IGNORECASE)
_LINKS = re.compile(r'^(<(?:a|area)\b[^>]*?\shref=")([^"]*)(")', re.IGNORECASE)
_FORM = re.compile(r"^<form\b", re.IGNORECASE)
_ACTION = re.compile(r'(\saction=")([^"]*)(")', re.IGNORECASE)
_IS_POST = re.compile(r'\smethod="?post', re.IGNORECASE)
#: Attributes that are read by people.
_WORDS = re.compile(
    r'(\s(?:alt|title|placeholder|aria-label|data-(?:label|word-\w+|name|some|none)|label|content)=")([^"]*)(")',
    re.IGNORECASE,
)
#: Parts the pieces while they are converted together.
_JOINT = "\x1f"


def rewritten(html: str, variant: Variant) -> str:
    """The page in a variant: words, links and forms. A plain variant changes nothing."""
    if variant.is_plain:
        return html
    pieces = [_piece(found, variant) for found in _TOKENS.finditer(html)]
    return "".join(_converted(pieces) if variant.is_traditional else (piece for _kind, piece in pieces))


def _piece(found: re.Match[str], variant: Variant) -> tuple[str, str]:
    """Kind of a token (`kept`, `text`, `tag`) and the token, a tag with its links led into the variant."""
    kind = next(name for name in ("kept", "text", "tag") if found[name] is not None)
    return kind, _led(found["tag"], variant) if kind == "tag" else found[kind]


def _led(tag: str, variant: Variant) -> str:
    if " data-led" in tag:  # a way into another variant: its address is complete
        return tag
    tag = _LINKS.sub(lambda link: link[1] + _address(link[2], variant) + link[3], tag, count=1)
    if not _FORM.match(tag):
        return tag
    tag = _ACTION.sub(lambda action: action[1] + _address(action[2], variant) + action[3], tag, count=1)
    # A form sent by GET forgets the query of its address, so the look goes along as fields.
    fields = "" if _IS_POST.search(tag) else "".join(_hidden(name, value) for name, value in variant.look)
    return tag + fields


def _address(written: str, variant: Variant) -> str:
    return escape(variant.address(unescape(written)))


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{value}">'


def _converted(pieces: list[tuple[str, str]]) -> Iterator[str]:
    """The pieces with their words in traditional script."""
    texts: list[str] = []
    for kind, piece in pieces:
        if kind == "text":
            texts.append(piece)
        elif kind == "tag":
            texts += [found[2] for found in _WORDS.finditer(piece)]
    done = iter(_all_traditional(texts))
    for kind, piece in pieces:
        if kind == "text":
            yield next(done)
        elif kind == "tag":
            yield _WORDS.sub(lambda found: found[1] + next(done) + found[3], piece)
        else:
            yield piece


def _all_traditional(texts: list[str]) -> list[str]:
    """Texts in traditional script, each in its place.

    All in one go, for OpenCC takes its time for each call and not for each character; one by one where somebody typed
    the character that parts them, or every later text of the page would stand in another's place.
    """
    if any(_JOINT in text for text in texts):
        return [to_traditional(text) for text in texts]
    return to_traditional(_JOINT.join(texts)).split(_JOINT)
