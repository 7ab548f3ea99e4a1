"""A document's plain text as blocks: 章, 条, paragraphs. Pure; no character but blanks around a line is lost."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_NUMERAL = r"[零〇一二两三四五六七八九十百千\d]+"
_CHAPTER = re.compile(rf"^(第{_NUMERAL}章)\s*(.*)$")
_ARTICLE = re.compile(rf"^(第{_NUMERAL}条(?:之{_NUMERAL})?)(\s*)(.*)$")
#: `第五条规定的…` and `第三条第二款` are references inside a sentence that happens to begin a line, not headings.
_REFERENCE = re.compile(rf"^(第{_NUMERAL}[款项]|[和与及、至或的所中，,；;）)]|之?规定|以[上下])")
_SECTION = re.compile(r"^[一二三四五六七八九十]{1,3}、")
_ANNEX = re.compile(r"^附[件表录]\s*[\d一二三四五六七八九十]*\s*([:：]|$)")
#: What is longer is a sentence that begins with 第…章, not its heading.
_HEADING_LENGTH = 40

Block = tuple[str, "str | dict[str, str]"]


def blocks_of(text: str) -> list[Block]:
    """The blocks of `BodyBlock` for a text whose lines are its paragraphs.

    An article reaches to the next article, chapter or annex. Other lines become paragraph blocks, a new one at each
    一、 so that an editor meets a long text in pieces. Lines of a table of contents stay paragraphs.
    """
    runs: list[tuple[str, list[str]]] = []
    for kind, line in _classified([line for line in map(str.strip, text.split("\n")) if line]):
        if kind == "text" and runs and _continues(*runs[-1], line):
            runs[-1][1].append(line)
        else:
            runs.append((kind, [line]))
    return [_block(kind, lines) for kind, lines in runs]


def paragraphs(lines: list[str]) -> str:
    """Lines as rich text, escaped: whatever looked like markup is text."""
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines)


def _classified(lines: list[str]) -> Iterator[tuple[str, str]]:
    chapters = [_is_chapter(line) for line in lines] + [False]
    for position, line in enumerate(lines):
        if _is_article(line):
            yield "article", line
        elif chapters[position] and not _in_contents(lines, chapters, position):
            yield "chapter", line
        else:
            yield "text", line


def _is_chapter(line: str) -> bool:
    return len(line) <= _HEADING_LENGTH and bool(_CHAPTER.match(line)) and not re.search("[。；;]", line)


def _is_article(line: str) -> bool:
    match = _ARTICLE.match(line)
    return match is not None and bool(match[2] or not _REFERENCE.match(match[3]))


def _in_contents(lines: list[str], chapters: list[bool], position: int) -> bool:
    """Whether a chapter's heading is a line of a table of contents: one heading directly after the other."""
    if chapters[position + 1]:
        return True
    follows_article = position + 1 < len(lines) and _is_article(lines[position + 1])
    return position > 0 and chapters[position - 1] and not follows_article


def _continues(kind: str, lines: list[str], line: str) -> bool:
    if kind == "chapter" or _ANNEX.match(line):
        return False
    return kind == "article" or not _SECTION.match(line)


def _block(kind: str, lines: list[str]) -> Block:
    if kind == "chapter":
        number, title = _CHAPTER.match(lines[0]).groups()  # type: ignore[union-attr]
        return ("chapter", {"number": number, "title": title} if title else {"number": "", "title": number})
    if kind == "article":
        number, _blank, first = _ARTICLE.match(lines[0]).groups()  # type: ignore[union-attr]
        text = [line for line in [first, *lines[1:]] if line]
        if text:
            return ("article", {"number": number, "text": paragraphs(text)})
    return ("paragraph", paragraphs(lines))
