"""卷宗, the history of one page: register, revisions, steps, publications and the event chain as one timeline.

`Timeline.entries` says what happened, without any text; `Timeline.fill` adds to the entries that are shown what they
changed. So a page of the list costs the same however long and however many the revisions are.
"""

from __future__ import annotations

import datetime
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Revision, TaskState

from audit.models import DutyRule, Event
from audit.services import current_calendar
from audit.templatetags.deadlines import chinese_date, verdict_words
from policy_pages.dossier.diffs import References, revision_lines
from policy_pages.dossier.entries import CLOCK, Entry, corrected, event_entry, moment, registered
from policy_pages.dossier.histories import correction_entries, listing_entries, replaced_files
from policy_pages.dossier.states import change_of
from policy_pages.enums import EntryKind, PublicationKind, ReviewStep
from policy_pages.models import (
    ChangeRecord,
    ClassificationTask,
    LateReason,
    PolicyFile,
    PublicationRecord,
    PublishedFile,
    WindowNotice,
)
from policy_pages.services import lateness, windows
from policy_pages.services.register import OBJECT_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model, QuerySet

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
        """What went public, without its text."""
        return list(PublicationRecord.objects.filter(page_id=self.page.pk).defer("content").order_by("version"))

    @cached_property
    def duties(self) -> dict[str, str]:
        """What each duty is called."""
        return DutyRule.objects.duties()

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

    # --- What happened --------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """Everything, the latest first; each event of the chain stands with what it tells of, or by itself."""
        known: dict[tuple[str, object], Entry] = {}
        for make in (self._registered, self._saved, self._stepped, self._published, self._decided):
            known.update(make())
        found = list(known.values())
        repeats: dict[tuple[str, object], int] = {}
        for event in self._events():
            entry = known.get(subject(event, repeats))
            if entry is None:
                found.append(event_entry(event, self.duties))
                continue
            if event.action == "change.registered":
                entry.notes.insert(1, registered(event.payload))  # as it was then; the row is as it is now
            if event.action == "change.corrected":
                entry.notes = [corrected(event.payload), *entry.notes[1:]]  # an older history cut the reason
            if event.action == "task.submitted" or not entry.who:
                entry.who = event.actor_name  # who handed it in this time; the submission names who did so first
            entry.events.append(event)
        return sorted(found, key=lambda entry: entry.at, reverse=True)

    def _registered(self) -> dict[tuple[str, object], Entry]:
        return {("change", change.pk): self._change_entry(change) for change in self.changes}

    def _change_entry(self, change: ChangeRecord) -> Entry:
        clock = change.clock
        verdict = self.verdict(change)
        words = _("已撤销") if clock.cancelled_at else verdict_words(verdict)
        notes = [
            change.title,
            _("现在：触发日期 %(day)s，期限 %(due)s：%(words)s")
            % {"day": chinese_date(change.trigger_date), "due": chinese_date(verdict.due) or "—", "words": words},
        ]
        what = _("登记变更：%s") % change.get_kind_display()
        who = str(change.registered_by)
        return Entry(change.registered_at, EntryKind.DEADLINE, what, who, notes, change=change)

    def _saved(self) -> dict[tuple[str, object], Entry]:
        steps: dict[int, list[TaskState]] = {}
        for step in self.steps:
            steps.setdefault(step.revision_id, []).append(step)
        public = {record.revision_id for record in self.publications}
        return {
            ("revision", revision.pk): self._revision_entry(revision, steps.get(revision.pk, []), public)
            for revision in self.revisions
        }

    def _revision_entry(self, revision: Revision, steps: list[TaskState], public: set[int]) -> Entry:
        marks = [_("提交过")] if steps else []
        marks += [_("%s通过") % step.task.name for step in steps if step.status == TaskState.STATUS_APPROVED]
        if revision.pk in public:
            is_live = self.page.live and self.page.live_revision_id == revision.pk
            marks.append(_("现在公开") if is_live else _("公开过"))
        if revision.approved_go_live_at:
            marks.append(_("预定 %s 公开") % moment(revision.approved_go_live_at))
        if revision.pk == self.page.latest_revision_id:
            marks.append(_("最新"))
        who = str(revision.user) if revision.user else ""
        return Entry(revision.created_at, EntryKind.EDIT, _("保存版本"), who, revision_id=revision.pk, marks=marks)

    def _stepped(self) -> dict[tuple[str, object], Entry]:
        found: dict[tuple[str, object], Entry] = {}
        for step in self.steps:
            is_second = step.task_id in self._bureau_tasks
            what = (_("转%s") if is_second else _("提交：%s")) % step.task.name
            who = "" if is_second else str(step.workflow_state.requested_by or "")
            revision = step.revision_id
            found["start", step.pk] = Entry(step.started_at, EntryKind.REVIEW, what, who, revision_id=revision)
            if step.finished_at:
                what = f"{step.task.name}：{ENDS.get(step.status, step.status)}"
                notes = [step.comment] if step.comment else []
                who = str(step.finished_by or "")
                entry = Entry(step.finished_at, EntryKind.REVIEW, what, who, notes, revision_id=revision)
                found["end", step.pk] = entry
        return found

    def _published(self) -> dict[tuple[str, object], Entry]:
        return {("publication", record.pk): publication_entry(record) for record in self.publications}

    def _decided(self) -> dict[tuple[str, object], Entry]:
        return {**correction_entries(self.changes), **listing_entries(self.page.page_ptr_id)}

    def _events(self) -> list[Event]:
        """Events about the page and about its changes, the clocks of both among them."""
        asked = Q()
        for kind, ids in self.subjects().items():
            asked |= Q(object_type=kind, object_id__in=ids)
        # The twins of Wagtail's own log are told already, in our words.
        return list(Event.objects.filter(asked).exclude(action__startswith="wagtail.").order_by("seq"))

    def subjects(self) -> dict[str, list[str]]:
        """Whose events belong to the page: ids by `object_type`. Add a line for what else stands about a page."""
        return {
            self.page._meta.label_lower: [str(self.page.pk)],
            OBJECT_TYPE: [str(change.pk) for change in self.changes],
            windows.OBJECT_TYPE: [str(pk) for pk in self._numbers(WindowNotice, guide_id=self.page.pk)],
            lateness.OBJECT_TYPE: [str(pk) for pk in self._numbers(LateReason, change__in=self.changes)],
        }

    @staticmethod
    def _numbers(model: type[Model], **facts: Any) -> QuerySet:
        return model._default_manager.filter(**facts).order_by().values_list("pk", flat=True)

    # --- What it changed ------------------------------------------------------------------------------

    def fill(self, entries: Iterable[Entry]) -> None:
        """Add to each entry of a revision what it changed, to each publication its files. Reads no other texts."""
        entries = list(entries)
        saved = {e.revision_id: e for e in entries if e.revision_id and e.kind == EntryKind.EDIT}
        for pk, lines in References(self.page).resolve(self._revision_lines(set(saved))).items():
            saved[pk].lines = lines
        first = self.revisions[0].pk if self.revisions else None
        for pk, entry in saved.items():
            if not entry.lines:
                entry.notes.append(_("首次录入") if pk == first else _("与上一版内容相同"))
        self._fill_publications([entry for entry in entries if entry.publication_id])

    def _revision_lines(self, asked: set[int]) -> dict[Any, list[str]]:
        """What each of these revisions changed. Texts are read one after the other: two are held at a time."""
        order = [revision.pk for revision in self.revisions]
        before = {pk: order[place - 1] for place, pk in enumerate(order) if place and pk in asked}
        needed = asked | set(before.values())
        texts = Revision.objects.filter(pk__in=needed).order_by("created_at", "pk").values_list("pk", "content")
        found: dict[Any, list[str]] = {}
        last: tuple[int, Any] = (0, None)
        for pk, content in texts.iterator(chunk_size=20):
            if before.get(pk) == last[0]:
                found[pk] = revision_lines(type(self.page), last[1], content)
            last = (pk, content)
        return found

    def _fill_publications(self, entries: list[Entry]) -> None:
        """The files of each version, with what differs from the version before."""
        order = [record.pk for record in self.publications]
        asked = {entry.publication_id for entry in entries}
        before = {pk: order[place - 1] for place, pk in enumerate(order) if place and pk in asked}
        rows = PublicationRecord.objects.filter(pk__in=asked | set(before.values())).values_list("pk", "content")
        files = {pk: attachments(content) for pk, content in rows.iterator(chunk_size=20)}
        for entry in entries:
            pk = entry.publication_id or 0
            now, earlier = files.get(pk, []), before.get(pk)
            entry.notes += [
                _("附件“%(title)s” %(hash)s") % {"title": one.get("title"), "hash": str(one.get("sha256"))[:12]}
                for one in now
            ]
            entry.lines = replaced_files(files.get(earlier, []), now) if earlier is not None else []


def subject(event: Event, repeats: dict[tuple[str, object], int]) -> tuple[str, object]:
    """Which entry of the timeline an event tells of; one that stands by itself gets a key of no entry.

    `repeats` counts corrections between the same two days, so that the second meets the second.
    """
    payload = event.payload
    if event.action.startswith(CLOCK):
        return "", None
    if event.action == "change.registered":
        return "change", int(event.object_id) if event.object_id.isdecimal() else None
    if event.action == "change.corrected":
        key = "corrected", (event.object_id, str(payload.get("before")), str(payload.get("trigger_date")))
        repeats[key] = repeats.get(key, -1) + 1
        return "corrected", (*key[1], repeats[key])
    if event.action == "task.submitted":
        return "start", payload.get("task_state")
    if event.action in END_EVENTS:
        return "end", payload.get("task_state")
    if event.action == "listing.classified" and not payload.get("scheduled"):
        return "listing", payload.get("classified_at")
    return "publication", payload.get("publication")


def attachments(content: str) -> list[dict[str, Any]]:
    """Files that a publication's frozen text names: id, title, sha256."""
    return [one for one in json.loads(content).get("attachments", []) if isinstance(one, dict)]


def local_day(instant: str) -> str:
    """Day in Shanghai of an ISO instant as records keep it."""
    moment = datetime.datetime.fromisoformat(instant)
    return f"{timezone.localtime(moment, timezone.get_default_timezone()):%Y-%m-%d}"


def publication_entry(record: PublicationRecord) -> Entry:
    """A version that went public: kind, hash, who approved it, why. Its files are added when it is shown."""
    approvals = "，".join(
        f"{ReviewStep(approval['step']).label} {approval['name']} {local_day(approval['at'])}"
        for approval in record.approvals
    )
    notes = [_("内容散列 %s") % record.content_hash[:12], approvals]
    notes += [_("更新说明：%s") % record.change_note] if record.change_note else []
    what = _("公开第 %(version)s 版：%(kind)s") % {
        "version": record.version,
        "kind": PublicationKind(record.kind).label,
    }
    return Entry(
        record.published_at,
        EntryKind.PUBLICATION,
        what,
        notes=notes,
        revision_id=record.revision_id,
        publication_id=record.pk,
    )


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
