"""What one revision changed against the one before, in lines a clerk reads, with the things it names by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.models import Page

from policy_pages.contents.reading import MARKS, described
from policy_pages.contents.rules import EMPTY
from policy_pages.dossier.rules import differences
from policy_pages.models import ChangeRecord, PolicyFile, PublishedFile

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from policy_pages.contents.reading import Content
    from policy_pages.models import PolicyPage


def revision_lines(model: type[PolicyPage], before: Content, after: Content) -> list[str]:
    """Lines on what `after` changed against `before`, two contents of revisions of a page. Things stand as marks."""
    return differences(described(model, before), described(model, after))


class References:
    """Names of what lines refer to, fetched for all of them at once: three queries at most."""

    def __init__(self, page: PolicyPage) -> None:
        self.page = page

    def resolve(self, lines: Mapping[Any, list[str]]) -> dict[Any, list[str]]:
        """The lines with each mark replaced by a name, or by its number where the thing is gone or not one's own."""
        asked: dict[str, set[int]] = {"file": set(), "page": set(), "change": set()}
        for kind, pk in MARKS.findall("".join(line for some in lines.values() for line in some)):
            if kind in asked and pk.isdecimal() and len(pk) < 18:
                asked[kind].add(int(pk))
        names = {**self._files(asked["file"]), **self._pages(asked["page"]), **self._changes(asked["change"])}
        return {
            key: [MARKS.sub(lambda found: _named(found, names), one) for one in some] for key, some in lines.items()
        }

    def _files(self, pks: set[int]) -> dict[tuple[str, str], str]:
        rows = PublishedFile.objects.filter(page=self.page.page_ptr_id, file__in=pks).values_list("file", "sha256")
        hashes = dict(rows) if pks else {}
        titles = PolicyFile.objects.filter(pk__in=pks).values_list("pk", "title")
        words = _("%(title)s（附件 %(id)s，散列 %(hash)s）")
        bare = _("%(title)s（附件 %(id)s）")
        return {
            ("file", str(pk)): (words if hashes.get(pk) else bare)
            % {"title": title, "id": pk, "hash": hashes.get(pk, "")[:12]}
            for pk, title in titles
        }

    def _pages(self, pks: set[int]) -> dict[tuple[str, str], str]:
        """Public pages and the department's own: another department's draft is not named."""
        own = getattr(self.page.department, "section_page", None)
        shown = Q(live=True) | (Q(path__startswith=own.path) if own else Q(pk__in=[]))
        titles = Page.objects.filter(shown, pk__in=pks).values_list("pk", "title")
        return {("page", str(pk)): title for pk, title in titles}

    def _changes(self, pks: set[int]) -> dict[tuple[str, str], str]:
        changes = ChangeRecord.objects.filter(pk__in=pks, department=self.page.department_id)
        return {
            ("change", str(change.pk)): _("%(name)s，登记 %(id)s") % {"name": change, "id": change.pk}
            for change in changes
        }


def _named(found: re.Match[str], names: dict[tuple[str, str], str]) -> str:
    words = {"file": _("附件 %s"), "page": _("页面 %s"), "change": _("变更登记 %s"), "other": _("编号 %s")}
    kind, pk = found.groups()
    return names.get((kind, pk)) or words[kind] % (pk or EMPTY)
