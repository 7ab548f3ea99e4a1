"""Simplified Chinese in traditional script, for `/zh-hant/`: OpenCC, whose dictionaries know our own words too."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import opencc

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Traditional characters in the most common forms (稅 and 兌, not 税 and 兑), words left as they are: a policy's terms are its own.
PROFILE = "s2tw"
TERMS, FORMS = (Path(__file__).with_name(name) for name in ("terms.txt", "forms.txt"))
_SHIPPED = Path(opencc.__file__).with_name("clib") / "share" / "opencc"


def to_traditional(text: str) -> str:
    """The text in traditional characters; what is not Chinese, or traditional already, stays.

    Without NUL, which no reader sees: OpenCC would take it for the end of the text.
    """
    return str(_ours().convert(text.replace("\0", "")))


@cache
def _ours() -> opencc.OpenCC:
    return converter(own_terms(), own_forms())


@cache
def opencc_alone() -> opencc.OpenCC:
    """The converter without anything of ours."""
    return opencc.OpenCC(PROFILE)


@cache
def own_terms() -> dict[str, str]:
    """Our words, simplified to traditional; each also behind what would otherwise reach into it (terms.txt)."""
    found: dict[str, str] = {}
    for simplified, traditional, *before in _lines(TERMS):
        for ahead in ("", *" ".join(before).split()):
            found.setdefault(ahead + simplified, opencc_alone().convert(ahead) + traditional)
    return found


@cache
def own_forms() -> dict[str, str]:
    """Words as OpenCC writes them in traditional script, to the way we write them."""
    return dict(_lines(FORMS))


def converter(terms: Mapping[str, str], forms: Mapping[str, str]) -> opencc.OpenCC:
    """OpenCC with our words among its own.

    The longest word from the left wins, whoever knows it: a term of ours that begins within a longer or an earlier
    word (并为 in 合并为) does not cut it. OpenCC reads its configuration from a file only, so there is one meanwhile.
    """
    profile = json.loads((_SHIPPED / f"{PROFILE}.json").read_text(encoding="utf-8"))
    words, (to_words, to_forms) = profile["segmentation"], profile["conversion_chain"]
    words["dict"]["dicts"].insert(0, _inline(terms))
    to_words["dict"]["dicts"][0]["dicts"].insert(0, _inline(terms))
    to_forms["dict"]["dicts"].insert(0, _inline(forms))
    with TemporaryDirectory() as folder:
        path = Path(folder, "ours.json")
        path.write_text(json.dumps(_placed(profile), ensure_ascii=False), encoding="utf-8")
        return opencc.OpenCC(str(path))


def _inline(entries: Mapping[str, str]) -> dict[str, Any]:
    return {"type": "inline", "entries": dict(entries)}


def _placed(part: Any) -> Any:
    """A part of a configuration whose dictionaries are named by their whole path: it is not read where they are."""
    if isinstance(part, list):
        return [_placed(each) for each in part]
    if not isinstance(part, dict) or part.get("type") == "inline":
        return part
    return {name: str(_SHIPPED / value) if name == "file" else _placed(value) for name, value in part.items()}


def _lines(path: Path) -> list[list[str]]:
    """The columns of each line that has some."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if "\t" in line]
