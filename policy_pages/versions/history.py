"""The publications of a page, and the text each of them froze."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from django.urls import reverse
from django.utils.translation import gettext as _

from policy_pages.enums import PublicationKind
from policy_pages.models import PublicationRecord
from policy_pages.versions.errors import AlteredText

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from policy_pages.models import PolicyPage

#: What of a record is read only when its text is asked for.
_HEAVY = ("content", "approvals", "classification")


@dataclass(frozen=True)
class Version:
    """One publication of a page. `current` is the number of the last one; `url` where it is read."""

    number: int
    kind: str
    published_at: datetime.datetime
    change_note: str
    current: int
    url: str
    list_url: str
    page_url: str

    @property
    def is_current(self) -> bool:
        """Whether this is what the page says now."""
        return self.number == self.current

    @property
    def kind_label(self) -> str:
        """首次发布, 更新 or 废止; 重新发布 nowhere: a page that comes back is updated."""
        return str(PublicationKind(self.kind).label) if self.kind in PublicationKind.values else self.kind


def records_of(page: PolicyPage) -> list[PublicationRecord]:
    """Every publication of a page, the last one first, without the texts. One query."""
    return list(PublicationRecord.objects.filter(page_id=page.pk).defer(*_HEAVY).order_by("-version"))


def with_texts(records: Iterable[PublicationRecord]) -> dict[int, PublicationRecord]:
    """The publications with everything in them, by their version. One query."""
    found = PublicationRecord.objects.filter(pk__in=[record.pk for record in records])
    return {record.version: record for record in found}


def version_of(page: PolicyPage, record: PublicationRecord, current: int) -> Version:
    """What is said of a publication; `current` is the number of the last one."""
    names = [page.department.code, page.slug]
    home = reverse("policy_page", args=names)
    is_current = record.version == current
    return Version(
        number=record.version,
        kind=record.kind,
        published_at=record.published_at,
        change_note=record.change_note,
        current=current,
        url=home if is_current else reverse("policy_version", args=[*names, record.version]),
        list_url=reverse("policy_versions", args=names),
        page_url=home,
    )


def comparison_url(page: PolicyPage, old: int, new: int) -> str:
    """Where two versions are compared."""
    return reverse("policy_comparison", args=[page.department.code, page.slug, old, new])


def frozen_text(record: PublicationRecord) -> dict[str, Any]:
    """What a publication froze, as a revision keeps it, and `attachments`.

    Raises AlteredText when it is not what the hash of that day was made of: nothing else may be shown as published.
    """
    if hashlib.sha256(record.content.encode("utf-8", "surrogatepass")).hexdigest() != record.content_hash:
        raise AlteredText(_("存档内容与发布时的散列不符。"))
    try:
        content = json.loads(record.content)
    except ValueError as error:
        raise AlteredText(_("存档内容无法读取。")) from error
    if not isinstance(content, dict):
        raise AlteredText(_("存档内容无法读取。"))
    return content


def files_of(content: dict[str, Any]) -> dict[int, tuple[str, str, str]]:
    """Title, name and hash of each file of a text, by its number."""
    rows = content.get("attachments")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {
        row["id"]: (str(row.get("title", "")), str(row.get("filename", "")), str(row.get("sha256", "")))
        for row in rows
        if is_key(row.get("id"))
    }


def is_key(value: Any) -> TypeGuard[int]:
    """Whether a value can be the number of a row: a larger one the database cannot even compare."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
