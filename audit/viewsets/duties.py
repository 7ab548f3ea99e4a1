"""How a clock is told to people beside its badge: who holds it, whose days were used, what its history says."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from ..enums import BUREAU_DUTIES, NoticeKind, Outcome, Side
from ..models import DutyClock, DutyNotice
from ..rules import Verdict
from ..services.calendar import current_calendar
from ..services.registry import Shown, shown_to
from ..templatetags.deadlines import chinese_date

if TYPE_CHECKING:
    from accounts.models import User


@dataclass
class Row:
    """One clock of a board, ready to be shown."""

    clock: DutyClock
    verdict: Verdict
    holder: str
    shares: str
    shown: Shown
    chases: int = 0
    label: str = field(init=False)

    def __post_init__(self) -> None:
        self.label = self.shown.label or self.clock.object_label


def rows(clocks: Iterable[DutyClock], user: "User") -> list[Row]:
    """Return the clocks as rows for this person: two queries for the calendar, one for the chases, one a kind of object."""
    clocks = list(clocks)
    today, calendar = timezone.localdate(timezone=timezone.get_default_timezone()), current_calendar()
    chases = DutyNotice.objects.filter(clock__in=clocks, kind=NoticeKind.CHASE).order_by().values_list("clock")
    chased, shown = dict(chases.annotate(Count("pk"))), shown_to(user, clocks)
    found = []
    for clock in clocks:
        verdict = clock.verdict(today, calendar)
        bureau = clock.bureau_days(today, calendar)
        told = shares(clock, verdict.used, bureau)
        found.append(Row(clock, verdict, holder(clock), told, shown[clock.pk], chased.get(clock.pk, 0)))
    return found


def holder(clock: DutyClock) -> str:
    """Return who holds the matter now; of what has ended, nobody."""
    if not clock.is_open:
        return "—"
    side = Side.BUREAU if clock.rule.code in BUREAU_DUTIES else Side(clock.holder)
    return str(side.label)


def shares(clock: DutyClock, used: int | None, bureau: int | None) -> str:
    """Return in words the days used so far, `bureau` of them by the bureau, in the rule's unit; — where a gap hides them."""
    if clock.cancelled_at or used is None or bureau is None:
        return "—"
    if clock.rule.code in BUREAU_DUTIES:
        return _("审批局 %d 天") % used
    return _("部门 %(own)d 天，审批局 %(bureau)d 天") % {"own": used - bureau, "bureau": bureau}


#: What of a clock's history is told, by its field.
_TOLD = ("department_id", "trigger_date", "due_on", "holder", "outcome", "used", "bureau_used", "calendar_version")


@dataclass
class Step:
    """One entry of a clock's history: when, who, what changed from what to what, and why."""

    at: Any
    who: str
    changes: list[str]
    reason: str


def history_of(clock: DutyClock) -> list[Step]:
    """Return what was changed in the clock, oldest first; an entry that changed nothing told is left out. One query."""
    steps: list[Step] = []
    before: Any = None
    for now in clock.history.select_related("history_user").order_by("history_date", "history_id"):
        changes = _changes(before, now) if before else [_("开始计时，截止日期 %s") % _words(now, "due_on")]
        if changes:
            who = str(now.history_user) if now.history_user else _("系统")
            steps.append(Step(now.history_date, who, changes, now.history_change_reason or ""))
        before = now
    return steps


def _changes(before: Any, now: Any) -> list[str]:
    changed = (name for name in _TOLD if getattr(before, name) != getattr(now, name))
    return [
        f"{DutyClock._meta.get_field(name).verbose_name}：{_words(before, name)} → {_words(now, name)}"  # type: ignore[union-attr]
        for name in changed
    ]


def _words(row: Any, name: str) -> str:
    if name == "department_id":
        return str(row.department.short_name)
    value = getattr(row, name)
    if value is None:
        return _("待国务院公布安排") if name == "due_on" else "—"
    if isinstance(value, date):
        return chinese_date(value)
    if name in {"holder", "outcome"}:
        return str((Side if name == "holder" else Outcome)(value).label)
    return str(value)[:8] if name == "calendar_version" else str(value)
