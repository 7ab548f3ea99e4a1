"""A department's files in every state of the pages that carry them."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils import timezone

from policy_pages.models import PolicyFile
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from accounts.models import Department
    from policy_pages.models import PolicyPage

SECRET = b"%PDF-1.4 canary "


class Files(NamedTuple):
    """One file for each state; all but `live` are closed to strangers."""

    loose: PolicyFile
    draft: PolicyFile
    submitted: PolicyFile
    returned: PolicyFile
    scheduled: PolicyFile
    withdrawn: PolicyFile
    former: PolicyFile
    revising: PolicyFile
    live: PolicyFile

    @property
    def closed(self) -> tuple[PolicyFile, ...]:
        """All that strangers must not find."""
        return tuple(file for name, file in self._asdict().items() if name != "live")


def make_files(department: Department) -> Files:
    """Files of a draft, of a submitted, returned, scheduled and withdrawn page, of a former version, of the draft of a
    public page, of no page, and of a public page."""
    made = {name: f.make_file(department, SECRET + name.encode(), title=f"金丝雀{name}") for name in Files._fields}
    guide = {name: carrying(department, made[name], f"指南{name}") for name in Files._fields if name != "loose"}
    f.hand_in(guide["submitted"])
    f.act(f.hand_in(guide["returned"]), f"{department.code}-review", "reject", comment="请改")
    _schedule(guide["scheduled"])
    f.make_public(guide["withdrawn"]).unpublish()
    f.make_public(guide["live"])
    former = f.make_public(guide["former"])
    f.make_public(f.save_draft(former, materials=rows(), change_note="换表"))
    public = f.make_public(f.make_guide(department, title="在改的指南"))
    f.save_draft(public, materials=rows(made["revising"]), change_note="加表")
    return Files(**made)


def rows(*files: PolicyFile) -> list[tuple[str, Any]]:
    """The materials of a guide: one row for each file, one plain row without."""
    return [("material", f.material("申请表", blank_form=file)) for file in files] or [("material", f.material("表"))]


def carrying(department: Department, file: PolicyFile, title: str = "指南") -> Any:
    """A draft guide that carries the file."""
    return f.make_guide(department, title=title, materials=rows(file))


def _schedule(page: PolicyPage) -> None:
    """Approve for tomorrow."""
    page = f.save_draft(page, go_live_at=timezone.now() + datetime.timedelta(hours=2))
    f.hand_in(page)
    f.act(page, f"{page.department.code}-review")
    f.act(page, "spj-moder", **f.classification())
