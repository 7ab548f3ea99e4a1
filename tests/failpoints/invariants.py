"""What must be true of the database at any instant, whoever failed and wherever: event and effect are one (P1).

Derived from the rows alone, so that it serves failpoints, races and kills alike.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from wagtail.models import PageLogEntry, Revision, TaskState, WorkflowState

from audit.enums import DutyCode
from audit.models import DutyClock, Event
from audit.services import verify_chain
from audit.services.records import check_records
from audit.services.replay import replay_verdicts
from policy_pages.enums import DocumentStatus, PublicationKind
from policy_pages.models import ChangeRecord, ClassificationTask, Listing, PolicyPage, PublicationRecord, PublishedFile

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLISHING = ("page.published", "page.repealed")
#: Status of a task state, and the event that tells of it. Every task state was once submitted besides.
DECISIONS = {
    TaskState.STATUS_APPROVED: "task.approved",
    TaskState.STATUS_REJECTED: "task.returned",
    TaskState.STATUS_CANCELLED: "task.cancelled",
}


def violations() -> list[str]:
    """Every broken promise of the database as it is now, in words; empty when all hold."""
    events = [
        (event.action, event.object_id, json.loads(event.payload_json)) for event in Event.objects.order_by("seq")
    ]
    return [
        *_live_pages(events),
        *_publications(events),
        *_clocks(events),
        *_changes(events),
        *_bureau(),
        *_tasks(events),
        *_workflows(events),
        *_classifications(events),
        *_chain(),
        *check_records(),
    ]


Events = list[tuple[str, str, dict[str, Any]]]


def _live_pages(events: Events) -> Iterator[str]:
    """Never live without two approvals, record, event, listing and exactly the files of the text."""
    published = Counter((object_id, data["revision"]) for action, object_id, data in events if action in PUBLISHING)
    scheduled = set(Revision.objects.filter(approved_go_live_at__isnull=False).values_list("pk", flat=True))
    for model in PolicyPage.__subclasses__():
        for page in model.objects.filter(live=True):
            name = f"live page {page.pk}"
            record = PublicationRecord.objects.filter(page_id=page.pk, revision_id=page.live_revision_id).first()
            listing = Listing.objects.filter(page_id=page.pk).first()
            if page.live_revision_id is None:
                yield f"{name}: no live revision"
                continue
            if record is None:
                yield f"{name}: no publication record of revision {page.live_revision_id}"
            elif len({approval["user"] for approval in record.approvals}) < 2:
                yield f"{name}: fewer than two approvers"
            if not published[str(page.pk), page.live_revision_id]:
                yield f"{name}: no event of publishing revision {page.live_revision_id}"
            if listing is None or listing.revision_id not in {page.live_revision_id, *scheduled}:
                yield f"{name}: no listing of revision {page.live_revision_id}"
            files = set(
                PublishedFile.objects.filter(page_id=page.pk, is_current=True).values_list("file_id", flat=True)
            )
            if files != set(page.attachment_ids()):
                yield f"{name}: public files {files}, the text carries {page.attachment_ids()}"
        for page in model.objects.filter(live=False, live_revision__isnull=False):
            yield f"page {page.pk}: has a live revision and is not live"


def _publications(events: Events) -> Iterator[str]:
    """Never a record or an event of publishing without its effect, and each once, in Wagtail's log too."""
    told = Counter((data["publication"], data["revision"]) for action, _id, data in events if action in PUBLISHING)
    logged = Counter(
        PageLogEntry.objects.filter(action__in=("wagtail.publish", "wagtail.publish.scheduled")).values_list(
            "revision_id", flat=True
        )
    )
    records = {(record.pk, record.revision_id): record for record in PublicationRecord.objects.all()}
    for key in told.keys() - records.keys():
        yield f"event of publication {key} without record"
    for key, record in records.items():
        name = f"publication {record.pk} of revision {record.revision_id}"
        if told[key] != 1:
            yield f"{name}: {told[key]} events"
        if logged[record.revision_id] != 1:
            yield f"{name}: {logged[record.revision_id]} entries in Wagtail's log"
        newest = PublicationRecord.objects.filter(page_id=record.page_id).order_by("-version").first()
        live = PolicyPageFacts.of(record.page_id)
        if newest == record and live.live_revision_id != record.revision_id:
            yield f"{name}: the page shows revision {live.live_revision_id}"
        if newest == record and (record.kind == PublicationKind.REPEAL) != live.is_repealed:
            yield f"{name}: kind {record.kind}, page repealed: {live.is_repealed}"
    for revision_id in logged.keys() - {revision for _pk, revision in records}:
        yield f"Wagtail's log tells of publishing revision {revision_id}, without record"


class PolicyPageFacts:
    """What a page of any of our types shows now."""

    def __init__(self, live_revision_id: int | None, is_repealed: bool) -> None:
        self.live_revision_id = live_revision_id
        self.is_repealed = is_repealed

    @classmethod
    def of(cls, page_id: int) -> PolicyPageFacts:
        """Facts of one page; nothing live when there is no such page."""
        for model in PolicyPage.__subclasses__():
            page = model.objects.filter(pk=page_id, live=True).first()
            if page:
                repealed = getattr(page, "document_status", "") == DocumentStatus.REPEALED
                return cls(page.live_revision_id, repealed)
        return cls(None, False)


def _clocks(events: Events) -> Iterator[str]:
    """Every clock begins once and ends as often as it is told; what its row says follows from its events (A30)."""
    told = Counter((action, data["clock"]) for action, _id, data in events if action.startswith("clock."))
    clocks = {clock.pk: clock for clock in DutyClock.objects.all()}
    for pk in {pk for _action, pk in told} - clocks.keys():
        yield f"event of clock {pk}, which does not exist"
    for pk, clock in clocks.items():
        if told["clock.started", pk] != 1:
            yield f"clock {pk}: {told['clock.started', pk]} starts told"
        if told["clock.finished", pk] != bool(clock.finished_at):
            yield f"clock {pk}: finished {clock.finished_at}, {told['clock.finished', pk]} events"
        if told["clock.cancelled", pk] != bool(clock.cancelled_at):
            yield f"clock {pk}: cancelled {clock.cancelled_at}, {told['clock.cancelled', pk]} events"
    for difference in replay_verdicts().differences:
        yield f"clock {difference.clock}: {difference.finding.label} {difference.detail}"


def _changes(events: Events) -> Iterator[str]:
    """A change has its registration and its clock, which is finished exactly when a publication settled it."""
    registered = Counter(object_id for action, object_id, _data in events if action == "change.registered")
    struck_out = Counter(object_id for action, object_id, _data in events if action == "change.cancelled")
    settled = set(PublicationRecord.objects.exclude(change_id=None).values_list("change_id", flat=True))
    changes = {change.clock_id: change for change in ChangeRecord.objects.select_related("clock")}
    for pk in (registered.keys() | struck_out.keys()) - {str(change.pk) for change in changes.values()}:
        yield f"event of change {pk}, which does not exist"
    for clock in DutyClock.objects.filter(rule__code=DutyCode.PUBLISH_CHANGE).exclude(pk__in=changes):
        yield f"clock {clock.pk}: without change"
    for pk, change in changes.items():
        clock = change.clock
        if clock.object_id != str(change.pk):
            yield f"clock {pk}: names change {clock.object_id or 'none'}, not {change.pk}"
        if registered[str(change.pk)] != 1:
            yield f"change {change.pk}: {registered[str(change.pk)]} registrations told"
        if struck_out[str(change.pk)] != bool(clock.cancelled_at):
            yield f"change {change.pk}: clock cancelled {clock.cancelled_at}, {struck_out[str(change.pk)]} events"
        if bool(clock.finished_at) != (change.page_id is not None):
            yield f"clock {pk}: finished {clock.finished_at}, page of the change {change.page_id}"
        if clock.finished_at and change.pk not in settled:
            yield f"clock {pk}: finished without a publication"
        if change.pk in settled and clock.is_open:
            yield f"clock {pk}: runs on, although its change was published"


def _bureau() -> Iterator[str]:
    """The bureau's own limit runs exactly while something waits at its step (A6(3))."""
    bureau = ClassificationTask.objects.values("task_ptr_id")
    waiting = TaskState.objects.filter(status=TaskState.STATUS_IN_PROGRESS, task__in=bureau)
    due = Counter(waiting.values_list("workflow_state__object_id", flat=True))
    running = Counter(DutyClock.objects.open().filter(rule__code=DutyCode.MODERATE).values_list("object_id", flat=True))
    for pk in due.keys() | running.keys():
        if due[pk] != running[pk]:
            yield f"page {pk}: waits at the bureau {due[pk]} times, {running[pk]} limits run"


def _tasks(events: Events) -> Iterator[str]:
    """A step is decided exactly when one event says so."""
    told = Counter((action, data["task_state"]) for action, _id, data in events if action.startswith("task."))
    due: Counter[tuple[str, int]] = Counter()
    for state in TaskState.objects.all():
        due["task.submitted", state.pk] += 1
        if state.status in DECISIONS:
            due[DECISIONS[state.status], state.pk] += 1
    for (action, pk), count in (told - due).items():
        yield f"task state {pk}: event {action} without its effect ({count})"
    for (action, pk), count in (due - told).items():
        yield f"task state {pk}: no event {action} ({count})"


def _workflows(events: Events) -> Iterator[str]:
    """The whole says what its last step says; finished means published, or scheduled and told."""
    recorded = set(PublicationRecord.objects.values_list("revision_id", flat=True))
    planned = {data["revision"] for action, _id, data in events if action == "page.scheduled"}
    fitting = {
        WorkflowState.STATUS_IN_PROGRESS: TaskState.STATUS_IN_PROGRESS,
        WorkflowState.STATUS_NEEDS_CHANGES: TaskState.STATUS_REJECTED,
        WorkflowState.STATUS_APPROVED: TaskState.STATUS_APPROVED,
        WorkflowState.STATUS_CANCELLED: TaskState.STATUS_CANCELLED,
    }
    for workflow in WorkflowState.objects.select_related("current_task_state"):
        step = workflow.current_task_state
        if step is None or step.status != fitting[workflow.status]:
            yield f"workflow {workflow.pk}: {workflow.status}, its step: {step.status if step else 'none'}"
        elif workflow.status == WorkflowState.STATUS_APPROVED and step.revision_id not in recorded | planned:
            yield f"workflow {workflow.pk}: approved revision {step.revision_id}, neither published nor scheduled"


def _classifications(events: Events) -> Iterator[str]:
    """One classification told for each approval of the bureau's step."""
    told = sum(action == "listing.classified" for action, _id, _data in events)
    bureau = ClassificationTask.objects.values("pk")
    given = TaskState.objects.filter(task__in=bureau, status=TaskState.STATUS_APPROVED).count()
    if told != given:
        yield f"{told} classifications told, {given} given"
    revisions = set(TaskState.objects.filter(task__in=bureau).values_list("revision_id", flat=True))
    for listing in Listing.objects.exclude(revision_id__in=revisions):
        yield f"listing {listing.pk}: of revision {listing.revision_id}, which never reached the bureau"


def _chain() -> Iterator[str]:
    report = verify_chain()
    if not report.ok:
        yield f"chain: {report.problem}"
