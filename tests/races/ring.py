"""Two threads that start at the same instant, each with its own connection; and what one race must leave behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, connections, transaction
from wagtail.models import TaskState

from audit.models import Event
from policy_pages.services.moderation import decide
from policy_pages.tests.factories import user

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from policy_pages.models import PolicyPage

PATIENCE = 60  # seconds; a race that takes longer hangs
DECISIONS = ("task.approved", "task.returned", "task.cancelled")


def rounds(number: int) -> int:
    """So many races on PostgreSQL; a tenth on SQLite, where every writing transaction waits for the one before."""
    return number if connection.vendor == "postgresql" else max(number // 10, 3)


@dataclass(frozen=True)
class Outcome:
    """How it ended for one of the two: what it returned, or its error."""

    value: object = None
    error: Exception | None = None

    @property
    def won(self) -> bool:
        """Whether it was accepted."""
        return self.error is None


class Ring:
    """Two threads kept for many races: `with Ring() as ring: first, second = ring.race(one, other)`."""

    def __init__(self) -> None:
        self.barrier = threading.Barrier(2)

    def __enter__(self) -> Ring:
        self.pool = ThreadPoolExecutor(max_workers=2)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.race(connections.close_all, connections.close_all)
        self.pool.shutdown()

    def race(self, one: Callable[[], object], other: Callable[[], object]) -> tuple[Outcome, Outcome]:
        """Run both at the same instant and wait for both."""
        futures = [self.pool.submit(self._run, contender) for contender in (one, other)]
        first, second = (future.result(timeout=PATIENCE) for future in futures)
        return first, second

    def _run(self, contender: Callable[[], object]) -> Outcome:
        self.barrier.wait(timeout=PATIENCE)
        try:
            return Outcome(value=contender())
        except Exception as error:
            return Outcome(error=error)


def decider(page: PolicyPage, username: str, action: str, data: dict[str, Any]) -> Callable[[], object]:
    """One person's decision of what waits now, in a transaction of its own, as the middleware makes it."""
    state = waiting(page)
    actor = user(username)

    def run() -> object:
        with transaction.atomic():
            return decide(task_state_id=state.pk, task_id=state.task_id, actor=actor, action=action, data=data)

    return run


def waiting(page: PolicyPage) -> TaskState:
    """The step the page waits at."""
    return type(page).objects.get(pk=page.pk).current_workflow_task_state


def decision_faults(page: PolicyPage, state: TaskState) -> list[str]:
    """What is wrong with a decided step: not exactly one decision told, or live and returned both."""
    events = [event for event in Event.objects.filter(action__in=DECISIONS) if event.payload["task_state"] == state.pk]
    told = [event.action for event in events]
    status = TaskState.objects.get(pk=state.pk).status
    page = type(page).objects.get(pk=page.pk)
    faults = []
    if len(told) != 1:
        faults.append(f"page {page.pk}: decisions told: {told}")
    if page.live_revision_id == state.revision_id and (
        status != TaskState.STATUS_APPROVED or told != ["task.approved"]
    ):
        faults.append(f"page {page.pk}: live, and the step is {status}")
    return faults
