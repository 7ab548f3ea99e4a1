"""Clocks as the services write them, and what somebody with the database at hand does to them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from audit import guard
from audit.models import CalendarVersion, DutyClock, Event
from audit.services import (
    cancel_clock,
    finish_clock,
    hand_clock,
    record,
    restart_clock,
    start_clock,
    void_clock,
)
from audit.services.replay import Finding, replay_verdicts

from .attacks import remove_triggers
from .factories import DepartmentFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def start(trigger: str = "2026-03-12", **facts) -> DutyClock:
    values = {
        "code": "publish_change", "department": facts.pop("department", None) or DepartmentFactory(),
        "object_type": "x.x", "object_id": 1, "object_label": "创新券办法", "basis": "印发日期", "actor": None,
    }  # fmt: skip
    return start_clock(trigger_date=date.fromisoformat(trigger), **{**values, **facts})


def finish(trigger: str, end: str) -> DutyClock:
    return finish_clock(clock=start(trigger), at=at(f"{end} 10:00"), actor=None)


def findings() -> dict[int, Finding]:
    return {difference.clock: difference.finding for difference in replay_verdicts().differences}


def forge(action: str, clock: DutyClock, **changes) -> None:
    """An event about a clock that no service wrote, correctly chained."""
    genuine = Event.objects.filter(action__startswith="clock.", payload_json__contains=f'"clock":{clock.pk},').last()
    record(action=action, department_code=genuine.department_code, payload={**genuine.payload, **changes})


def rewrite_version(clock: DutyClock, content: str | None) -> None:
    """Somebody takes the triggers off and changes what the calendar was, or throws it away."""
    remove_triggers()
    row = CalendarVersion.objects.filter(version=clock.calendar_version)
    with guard.lifted():
        row.update(content=content) if content is not None else row.delete()


def whole_life() -> list[DutyClock]:
    """Every action there is, once at least."""
    returned = start("2026-03-12")
    for day, side in (("2026-03-13", "bureau"), ("2026-03-16", "department"), ("2026-03-17", "bureau")):
        hand_clock(clock=returned, side=side, at=at(f"{day} 09:00"), actor=None)
    finish_clock(clock=returned, at=at("2026-03-20 10:00"), actor=None)
    corrected = restart_clock(clock=finish("2026-04-01", "2026-04-10"), trigger_date=date(2026, 4, 7), reason="更正", actor=None)  # fmt: skip
    cancelled = cancel_clock(clock=start("2026-05-06"), reason="重复", actor=None)
    voided = void_clock(clock=finish("2026-05-06", "2026-05-08"), reason="误报", actor=None)
    return [returned, corrected, cancelled, voided, start("2026-12-29"), finish("2026-12-29", "2027-02-01")]
