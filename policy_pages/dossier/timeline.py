"""卷宗, the history of one page: register, revisions, steps, publications and the event chain as one timeline."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import TaskState

from audit.models import Event
from audit.services import current_calendar
from audit.templatetags.deadlines import chinese_date, verdict_words
from audit.viewsets.events import action_label
from policy_pages.dossier.states import change_of
from policy_pages.enums import PublicationKind, ReviewStep
from policy_pages.models import ChangeRecord, ClassificationTask, PolicyFile, PublicationRecord, PublishedFile
from policy_pages.services.register import OBJECT_TYPE

if TYPE_CHECKING:
    from wagtail.models import Revision

    from audit.rules import Verdict
    from policy_pages.models import PolicyPage

#: How a step ended, in words; a step that waits has no end.
ENDS = {
    TaskState.STATUS_APPROVED: gettext_lazy("审核通过"),
    TaskState.STATUS_REJECTED: gettext_lazy("退回修改"),
    TaskState.STATUS_CANCELLED: gettext_lazy("撤回提交"),
    TaskState.STATUS_SKIPPED: gettext_lazy("跳过"),
}
END_EVENTS = frozenset({"task.approved", "task.returned", "task.cancelled"})


@dataclass
class Entry:
    """One thing that happened: when, what, by whom, and what was said."""

    at: datetime.datetime
    what: str
    who: str = ""
    notes: list[str] = field(default_factory=list)
    revision_id: int | None = None
    marks: list[str] = field(default_factory=list)
    change: ChangeRecord | None = None
    events: list[Event] = field(default_factory=list)


class Timeline:
    """The history of one page, the latest first. A fixed number of queries, however long it is."""

    def __init__(self, page: PolicyPage) -> None:
        self.page = page
        self.today, self.calendar = timezone.localdate(), current_calendar()

    @cached_property
    def revisions(self) -> list[Revision]:
        """Every revision without its text, but with the id of the change it names."""
        revisions = self.page.revisions.annotate(change_id=KT("content__change")).defer("content")
        return list(revisions.select_related("user").order_by("created_at", "pk"))

    @cached_property
    def changes(self) -> list[ChangeRecord]:
        """Registered changes of the department that a text of the page names, or that it settled."""
        named = {change_of(revision) for revision in self.revisions} - {None}
        changes = ChangeRecord.objects.filter(Q(pk__in=named) | Q(page=self.page.page_ptr_id))
        return list(changes.filter(department=self.page.department_id).select_related("clock__rule", "registered_by"))

    @cached_property
    def steps(self) -> list[TaskState]:
        """Every step of every submission."""
        states = TaskState.objects.filter(workflow_state__in=self.page.workflow_states.all())
        return list(states.select_related("task", "finished_by", "workflow_state__requested_by").order_by("pk"))

    @cached_property
    def publications(self) -> list[PublicationRecord]:
        """What went public."""
        return list(PublicationRecord.objects.filter(page_id=self.page.pk).order_by("version"))

    @cached_property
    def _bureau_tasks(self) -> set[int]:
        return set(ClassificationTask.objects.values_list("task_ptr_id", flat=True))

    def verdict(self, change: ChangeRecord) -> Verdict:
        """The change's verdict today."""
        return change.clock.verdict(self.today, self.calendar)

    def open_change(self) -> tuple[ChangeRecord, Verdict] | None:
        """The change that the latest text carries out, while its clock runs."""
        latest = next((r for r in self.revisions if r.pk == self.page.latest_revision_id), None)
        asked = change_of(latest) if latest else None
        change = next((change for change in self.changes if change.pk == asked and change.is_open), None)
        return (change, self.verdict(change)) if change else None

    def waiting(self) -> TaskState | None:
        """The step at which the page waits now."""
        return next((step for step in reversed(self.steps) if step.status == TaskState.STATUS_IN_PROGRESS), None)

    def entries(self) -> list[Entry]:
        """Everything, the latest first; each event of the chain stands with what it tells of, or by itself."""
        known: dict[tuple[str, int], Entry] = {}
        for make in (self._registered, self._saved, self._stepped, self._published):
            known.update(make())
        found = list(known.values())
        for event in self._events():
            entry = known.get(subject(event) or ("", 0))
            if entry is None:
                notes = [str(event.payload[name]) for name in ("reason", "comment") if event.payload.get(name)]
                entry = Entry(event.at, action_label(event.action), event.actor_name, notes)
                found.append(entry)
            elif event.action == "task.submitted" or not entry.who:
                entry.who = event.actor_name  # who handed it in this time; the submission names who did so first
            entry.events.append(event)
        return sorted(found, key=lambda entry: entry.at, reverse=True)

    def _registered(self) -> dict[tuple[str, int], Entry]:
        return {("change", change.pk): self._change_entry(change) for change in self.changes}

    def _change_entry(self, change: ChangeRecord) -> Entry:
        clock = change.clock
        verdict = self.verdict(change)
        words = _("已撤销") if clock.cancelled_at else verdict_words(verdict)
        notes = [
            change.title,
            _("触发日期 %(day)s，期限 %(due)s：%(words)s")
            % {"day": chinese_date(change.trigger_date), "due": chinese_date(verdict.due) or "—", "words": words},
        ]
        what = _("登记变更：%s") % change.get_kind_display()
        return Entry(change.registered_at, what, str(change.registered_by), notes, change=change)

    def _saved(self) -> dict[tuple[str, int], Entry]:
        return {("revision", revision.pk): self._revision_entry(revision) for revision in self.revisions}

    def _revision_entry(self, revision: Revision) -> Entry:
        steps = [step for step in self.steps if step.revision_id == revision.pk]
        approved = [step for step in steps if step.status == TaskState.STATUS_APPROVED]
        marks = [_("提交过")] if steps else []
        marks += [_("%s通过") % step.task.name for step in approved]
        if any(record.revision_id == revision.pk for record in self.publications):
            is_live = self.page.live and self.page.live_revision_id == revision.pk
            marks.append(_("现在公开") if is_live else _("公开过"))
        if revision.approved_go_live_at:
            marks.append(_("预定 %s 公开") % moment(revision.approved_go_live_at))
        if revision.pk == self.page.latest_revision_id:
            marks.append(_("最新"))
        who = str(revision.user) if revision.user else ""
        return Entry(revision.created_at, _("保存版本"), who, revision_id=revision.pk, marks=marks)

    def _stepped(self) -> dict[tuple[str, int], Entry]:
        found = {}
        for step in self.steps:
            is_second = step.task_id in self._bureau_tasks
            what = _("转%s") if is_second else _("提交：%s")
            who = "" if is_second else str(step.workflow_state.requested_by or "")
            found["start", step.pk] = Entry(step.started_at, what % step.task.name, who, revision_id=step.revision_id)
            if step.finished_at:
                what = f"{step.task.name}：{ENDS.get(step.status, step.status)}"
                notes = [step.comment] if step.comment else []
                who = str(step.finished_by or "")
                found["end", step.pk] = Entry(step.finished_at, what, who, notes, revision_id=step.revision_id)
        return found

    def _published(self) -> dict[tuple[str, int], Entry]:
        return {("publication", record.pk): publication_entry(record) for record in self.publications}

    def _events(self) -> list[Event]:
        about_page = Q(object_type=self.page._meta.label_lower, object_id=str(self.page.pk))
        ids = [str(change.pk) for change in self.changes]
        events = Event.objects.exclude(
            action__startswith="wagtail."
        )  # twins of Wagtail's log: told already, in our words
        return list(events.filter(about_page | Q(object_type=OBJECT_TYPE, object_id__in=ids)).order_by("seq"))


def subject(event: Event) -> tuple[str, int] | None:
    """Which entry of the timeline an event tells of; None when it stands by itself."""
    payload = event.payload
    if event.action in {"change.registered", "clock.started"}:
        return "change", int(event.object_id)
    if event.action == "task.submitted":
        return "start", payload["task_state"]
    if event.action in END_EVENTS:
        return "end", payload["task_state"]
    if "publication" in payload:
        return "publication", payload["publication"]
    return None


def local_day(instant: str) -> str:
    """Day in Shanghai of an ISO instant as records keep it."""
    moment = datetime.datetime.fromisoformat(instant)
    return f"{timezone.localtime(moment, timezone.get_default_timezone()):%Y-%m-%d}"


def publication_entry(record: PublicationRecord) -> Entry:
    """A version that went public: kind, hash, who approved it, its files with the hashes of their bytes."""
    approvals = "，".join(
        f"{ReviewStep(approval['step']).label} {approval['name']} {local_day(approval['at'])}"
        for approval in record.approvals
    )
    notes = [_("内容散列 %s") % record.content_hash[:12], approvals]
    notes += [_("更新说明：%s") % record.change_note] if record.change_note else []
    files = json.loads(record.content).get("attachments", [])
    notes += [_("附件“%(title)s” %(hash)s") % {"title": one["title"], "hash": one["sha256"][:12]} for one in files]
    what = _("公开第 %(version)s 版：%(kind)s") % {
        "version": record.version,
        "kind": PublicationKind(record.kind).label,
    }
    return Entry(record.published_at, what, notes=notes, revision_id=record.revision_id)


def files_of(page: PolicyPage, latest: PolicyPage) -> list[dict[str, Any]]:
    """Files of the public and of the latest text: title, hash of the stored bytes, and whether they are those published."""
    published = {row.file_id: row for row in PublishedFile.objects.filter(page=page.page_ptr_id)}
    carried = latest.attachment_ids()
    rows = []
    for pk, file in sorted(PolicyFile.objects.in_bulk([*published, *carried]).items()):
        row, now = published.get(pk), file.sha256()
        rows.append(
            {
                "file": file,
                "sha256": now,
                "is_public": bool(row and row.is_current and page.live),
                "was_public": row is not None,
                "is_carried": pk in carried,
                "is_changed": row is not None and row.sha256 != now,
            }
        )
    return rows


def moment(at: datetime.datetime) -> str:
    """An instant in Shanghai, to the minute."""
    return f"{timezone.localtime(at, timezone.get_default_timezone()):%Y-%m-%d %H:%M}"
