"""Two frozen texts of one page, compared: fields, articles, rows and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from wagtail.models import Page

from policy_pages.contents.reading import MARKS, described
from policy_pages.querysets import PolicyPageQuerySet
from policy_pages.versions.history import files_of, frozen_text, is_key
from policy_pages.versions.layout import layout_of
from policy_pages.versions.marking import Marker
from policy_pages.versions.rules import Section, compared
from policy_pages.versions.rules.pieces import GONE, NEW, FileChanges, Pen, Piece, changed_files
from policy_pages.versions.sentences import sentence

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping

    from policy_pages.models import PolicyPage, PublicationRecord

    Content = Mapping[str, Any]
    Names = Mapping[tuple[str, str], str]

#: Fields that name other pages, and in which member of their rows.
_REFERENCES = {"successor": "", "bases": "document", "explained": "document"}


@dataclass(frozen=True)
class Comparison:
    """What two texts differ in; `sections` has every heading of the page, changed or not."""

    sections: list[Section]
    files: FileChanges
    sentence: str

    @property
    def changed(self) -> list[Section]:
        """Headings under which something differs."""
        return [section for section in self.sections if section.differing]

    @property
    def unchanged(self) -> list[str]:
        """Headings under which nothing does, and which say something."""
        return [section.heading for section in self.sections if not section.differing and section.says_something]


def compare(model: type[PolicyPage], before: Content, after: Content) -> Comparison:
    """Two texts in full. Costs the queries that name the pages they refer to: none or two."""
    names = {**_file_names(before), **_file_names(after), **_page_names([before, after])}
    pen = Pen(Marker().mark, _sayer(names))
    sections, files = _compared(model, before, after, pen)
    return Comparison(sections, files, sentence(sections, files))


def what_changed(model: type[PolicyPage], before: PublicationRecord, after: PublicationRecord) -> str:
    """One sentence on two publications, without any query: a page that is referred to is not named.

    Raises AlteredText when either text is not what was published.
    """
    texts = frozen_text(before), frozen_text(after)
    names = {**_file_names(texts[0]), **_file_names(texts[1])}
    return sentence(*_compared(model, *texts, Pen(_unmarked, _sayer(names, is_long=True))))


def _compared(model: type[PolicyPage], before: Content, after: Content, pen: Pen) -> tuple[list[Section], FileChanges]:
    sections = compared(layout_of(model), described(model, before), described(model, after), pen)
    old, new = ([(title, sha256) for title, _name, sha256 in files_of(dict(one)).values()] for one in (before, after))
    return sections, changed_files(old, new)


def _unmarked(was: str, now: str) -> list[Piece]:
    """For a sentence nobody asks which characters differ; as a whole is true too."""
    return [Piece(GONE, was), Piece(NEW, now)]


# --- Things by their names --------------------------------------------------------------------------------------------


def _sayer(names: Names, *, is_long: bool = False) -> Callable[[str], str]:
    """Puts names for marks; with `is_long` a page is a line of its own, so that a sentence tells of it without its name."""

    def named(found: re.Match[str]) -> str:
        kind, pk = found.groups()
        if kind == "page" and is_long:
            return f"{pk}\n"
        return names.get((kind, pk)) or {"file": _("附件"), "page": _("未公开的页面")}.get(kind, _("编号 %s") % pk)

    return lambda words: MARKS.sub(named, words)


def _file_names(content: Content) -> dict[tuple[str, str], str]:
    return {
        ("file", str(pk)): _("%(title)s（%(name)s）") % {"title": title, "name": name}
        for pk, (title, name, _sha256) in files_of(dict(content)).items()
    }


def _page_names(contents: Iterable[Content]) -> dict[tuple[str, str], str]:
    """Titles of the public pages that texts refer to: what is not public is not named."""
    asked: set[int] = set()
    for content in contents:
        for name, member in _REFERENCES.items():
            value = content.get(name)
            rows = value if isinstance(value, list) else [value]
            found = [row.get(member) if isinstance(row, dict) else row for row in rows]
            asked |= {pk for pk in found if is_key(pk)}
    if not asked:
        return {}
    titles = PolicyPageQuerySet(Page).live_listed().filter(pk__in=asked).values_list("pk", "title")
    return {("page", str(pk)): f"《{title}》" for pk, title in titles}
