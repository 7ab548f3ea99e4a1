"""One line of a timeline, and how an event of the chain reads when nothing else tells of it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.enums import DayUnit, Outcome, VerdictCode
from audit.templatetags.deadlines import chinese_date
from audit.viewsets.events import action_label
from policy_pages.contents.rules import EMPTY
from policy_pages.enums import EntryKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audit.models import Event
    from policy_pages.models import ChangeRecord

#: From so many lines on what a revision changed is folded.
FOLDED_FROM = 6
CLOCK = "clock."
SIDES = {"department": gettext_lazy("单位"), "bureau": gettext_lazy("审批局")}
#: Kind of what stands for itself, by the beginning of the action; the first that fits.
KINDS = {
    CLOCK: EntryKind.DEADLINE,
    "change.": EntryKind.DEADLINE,
    "task.": EntryKind.REVIEW,
    "listing.": EntryKind.REVIEW,
    "page.imported": EntryKind.EDIT,
    "page.": EntryKind.PUBLICATION,
}


@dataclass
class Entry:
    """One thing that happened: when, of which kind, what, by whom, what was said, and what it changed."""

    at: datetime.datetime
    kind: EntryKind
    what: str
    who: str = ""
    notes: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    revision_id: int | None = None
    publication_id: int | None = None
    marks: list[str] = field(default_factory=list)
    change: ChangeRecord | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def is_folded(self) -> bool:
        """Whether its lines are too many to stand open in the list."""
        return len(self.lines) >= FOLDED_FROM


def moment(at: datetime.datetime) -> str:
    """An instant in Shanghai, to the minute."""
    return f"{timezone.localtime(at, timezone.get_default_timezone()):%Y-%m-%d %H:%M}"


def event_entry(event: Event, duties: Mapping[str, str]) -> Entry:
    """An event that nothing else on the page tells of; `duties` says what each duty is called."""
    kind = next((kind for start, kind in KINDS.items() if event.action.startswith(start)), EntryKind.OTHER)
    payload = event.payload
    if event.action.startswith(CLOCK):
        code = str(payload.get("code") or "")
        facts = {"what": action_label(event.action), "duty": duties.get(code, code) or EMPTY}
        what = _("%(what)s：%(duty)s") % facts
        return Entry(event.at, kind, what, event.actor_name, clock_notes(payload), events=[event])
    notes = [str(payload[name]) for name in ("reason", "comment") if payload.get(name)]
    if event.action == "change.corrected":
        notes = [corrected(payload)]
    if event.action == "listing.classified":
        notes = [classified(payload)]
    return Entry(event.at, kind, str(action_label(event.action)), event.actor_name, notes, events=[event])


def registered(payload: dict[str, Any]) -> str:
    """What was registered then, whatever was corrected since: 登记时：触发日期 2026-11-03，期限 2026-11-06."""
    words = _("登记时：触发日期 %(day)s，期限 %(due)s")
    return words % {"day": payload.get("trigger_date") or EMPTY, "due": payload.get("due_on") or _("暂不可计算")}


def corrected(payload: dict[str, Any]) -> str:
    """A corrected trigger date, both days and why: 触发日期 2026-11-03 → 2026-11-05，理由：漏看印发日期."""
    words = _("触发日期 %(before)s → %(after)s，理由：%(reason)s")
    return words % {
        "before": payload.get("before") or EMPTY,
        "after": payload.get("trigger_date") or EMPTY,
        "reason": payload.get("reason") or EMPTY,
    }


def classified(payload: dict[str, Any]) -> str:
    """The category decided on, and whether it waits for the page's date."""
    words = _("清单类别：%s（随定时发布生效）") if payload.get("scheduled") else _("清单类别：%s")
    return words % (payload.get("category") or EMPTY)


# --- Clocks -------------------------------------------------------------------------------------------------------


def clock_notes(payload: dict[str, Any]) -> list[str]:
    """What an event of any clock says: its rule, its dates before and after, who holds it, how it was judged, and why."""
    before = payload.get("before")
    before = before if isinstance(before, dict) else {}
    notes = [_rule(payload)]
    for name, (label, words) in FACTS.items():
        if payload.get(name) == Outcome.OPEN:
            continue  # nothing is pronounced while it runs
        if name in before and before[name] != payload.get(name):
            notes.append(f"{label} {words(before[name])} → {words(payload.get(name))}")
        elif payload.get(name) is not None or (name == "due_on" and name in payload):
            notes.append(f"{label} {words(payload[name])}")
    if payload.get("used") is not None:
        notes.append(_("用了 %(days)s %(unit)s") % {"days": payload["used"], "unit": _unit(payload.get("unit"))})
    if payload.get("reason"):
        notes.append(_("理由：%s") % payload["reason"])
    return ["，".join(filter(None, notes))]


def _rule(payload: dict[str, Any]) -> str:
    if payload.get("days") is None:
        return str(payload.get("article") or "")
    facts = {"article": payload.get("article") or "", "days": payload["days"], "unit": _unit(payload.get("unit"))}
    return (_("%(article)s，限 %(days)s %(unit)s") % facts).lstrip("，")


def _unit(unit: object) -> str:
    label = str(DayUnit(str(unit)).label) if unit in DayUnit.values else str(unit or "")
    return _("个%s") % label if label else ""


def _day(value: object) -> str:
    """A day or an instant of a payload."""
    if not value:
        return EMPTY
    try:
        at = datetime.datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return moment(at) if at.tzinfo else chinese_date(at.date())


def _due(value: object) -> str:
    return _day(value) if value else str(VerdictCode.GAP.label)


def _verdict(value: object) -> str:
    """An outcome in words; nothing is said of a clock that runs."""
    return str(Outcome(str(value)).label) if value in Outcome.values else str(value or EMPTY)


def _side(value: object) -> str:
    return str(SIDES.get(str(value), value or EMPTY))


#: What a payload may say of a clock, in the order of telling, and how each is read.
FACTS: dict[str, tuple[Any, Any]] = {
    "trigger_date": (gettext_lazy("触发日期"), _day),
    "due_on": (gettext_lazy("期限"), _due),
    "side": (gettext_lazy("办理方"), _side),
    "finished_at": (gettext_lazy("完成时间"), _day),
    "outcome": (gettext_lazy("结论"), _verdict),
}
