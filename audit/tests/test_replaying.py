"""Most of a payload was told before, of another clock, and is known again; whatever is given, it counts as JSON reads it."""

import json
from datetime import date
from typing import NamedTuple

import pytest

from audit.rules import Histories, Judgement, read_told
from audit.rules.replaying import NO_CLOCK, UNREADABLE, Course, read_instant

FINISHED = {
    "article": "第十一条", "bureau_used": 1, "calendar_version": "c1", "clock": 7, "code": "publish_change", "days": 3,
    "due_on": "2026-03-17", "finished_at": "2026-03-16T10:00:00+08:00", "finished_on": "2026-03-16", "outcome": "on_time",
    "trigger_date": "2026-03-12", "unit": "working", "used": 2,
}  # fmt: skip


def written(**changes) -> str:
    return json.dumps(FINISHED | changes, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class Kept(NamedTuple):
    """What is kept of one clock."""

    course: Course
    finished_at: int
    about: int
    unread: tuple[str, ...]


def kept(*texts: str, action: str = "clock.started", about: str = "") -> dict[int, Kept]:
    """What is kept when each text is the payload of an event of that action."""
    histories = Histories()
    histories.take((seq, action, "kjj", text) for seq, text in enumerate(texts, 1))
    if about:
        histories.describe((action, text, about) for text in texts)
    return {
        clock: Kept(histories.course(state), state.finished_at, state.about, state.unread)
        for clock, state in histories.states.items()
    }


def test_what_an_event_tells_is_read() -> None:
    clock, told, instant = read_told(written())
    assert clock == 7
    assert told.terms == (date(2026, 3, 12), 3, "working")
    assert told.stated == Judgement("on_time", date(2026, 3, 17), 2, 1)
    assert told.finished_on == date(2026, 3, 16)
    assert told.handed is None
    assert (told.code, told.version) == ("publish_change", "c1")
    assert instant == "2026-03-16T10:00:00+08:00"


def test_two_clocks_told_the_same_of_share_a_course_and_keep_their_own_instants() -> None:
    """All but the number and the instant is known again, and must not be confused with them."""
    other = written(clock=9, finished_at="2026-03-16T11:30:00+08:00")
    found = kept(written(clock=8), other, written(clock=10, used=3), action="clock.finished")
    assert found[8].course is found[9].course
    assert found[8].finished_at == hash("2026-03-16 02:00:00")
    assert found[9].finished_at == hash("2026-03-16 03:30:00")
    assert found[10].course.stated.used == 3
    assert found[8].course.stated.used == 2


def test_the_same_told_by_another_action_or_after_something_else_is_another_course() -> None:
    histories = Histories()
    events = [
        ("clock.started", 1),
        ("clock.finished", 1),
        ("clock.started", 2),
        ("clock.voided", 2),
        ("clock.finished", 3),
    ]
    histories.take((seq, action, "kjj", written(clock=clock)) for seq, (action, clock) in enumerate(events, 1))
    one, two, three = (histories.course(histories.states[clock]) for clock in (1, 2, 3))
    assert (one.finished_on, one.is_cancelled, one.faults) == (date(2026, 3, 16), False, ())
    assert (two.finished_on, two.is_cancelled, two.faults) == (None, True, ())
    assert three.faults == ("第一个事件不是“时限起算”",)


def test_a_handover_is_read() -> None:
    text = written(handed_at="2026-03-13T09:00:00+08:00", handed_on="2026-03-13", side="bureau", finished_at=None)
    (found,) = kept(text, action="clock.handed").values()
    assert found.course.handovers == ((date(2026, 3, 13), "bureau"),)
    assert found.course.holder == "bureau"


def test_a_start_tells_its_basis_and_whose_matter_it_is() -> None:
    text = written(basis="印发日期", concerned="kjj", finished_at=None, finished_on=None)
    _clock, told, instant = read_told(text)
    assert (told.basis, told.concerned, told.finished_on, instant) == ("印发日期", "kjj", None, "")
    assert kept(text, "无法读取", about="x.y\n1\n办法")[7].about == hash(("x.y\n1\n办法", "印发日期", "kjj"))
    assert kept(text)[7].about == 0


@pytest.mark.parametrize("instant", ["昨天", 5, "0001-01-01T00:00:00+08:00"])
def test_an_instant_that_is_none_is_noted(instant: object) -> None:
    text = written(finished_at=instant)
    assert kept(text, action="clock.finished")[7].unread == ("完成的时刻无法读取",)
    text = written(handed_at=instant, handed_on="2026-03-13", side="bureau", finished_at=None)
    assert kept(text, action="clock.handed")[7].unread == ()
    assert kept(text, action="clock.handed", about="x")[7].unread == ("移交的时刻无法读取",)


def test_before_the_first_event_there_is_nothing() -> None:
    nothing = Course()
    assert (nothing.code, nothing.version, nothing.stated) == ("", "", Judgement("open"))
    assert (nothing.handovers, nothing.faults, nothing.holder) == ((), (), "department")


@pytest.mark.parametrize("number", [10**18, 10**17])
def test_a_clock_with_the_number_that_stands_for_any_is_one_like_others(number: int) -> None:
    assert kept(written(clock=4), written(clock=number), about="x").keys() == {4, number}
    twice = written(clock=4)[:-1] + f',"clock":{number}}}'
    assert json.loads(twice)["clock"] == number
    assert kept(written(clock=5), twice, about="x").keys() == {5, number}


def test_of_two_instants_the_second_counts() -> None:
    twice = written()[:-1] + ',"finished_at":"instant"}'
    assert kept(twice, action="clock.finished")[7].unread == ("完成的时刻无法读取",)


def test_bytes_are_no_text() -> None:
    assert kept(written().encode(), written(clock=4), b"\xff")[7].unread == ("第 1 号事件无法读取",)  # type: ignore[arg-type]


def test_an_instant_of_something_else_is_not_that_of_the_finish() -> None:
    text = written(finished_at=None, published_at="2026-03-16T10:00:00+08:00")
    assert kept(text, action="clock.finished")[7].unread == ("完成的时刻无法读取",)


@pytest.mark.parametrize(
    "text",
    ["2026-03-16T10:00:00+08:00", "2026-03-16T02:00:00Z", "2026-03-16T02:00:00.731Z", "2026-03-15T21:00:00-05:00"],
)
def test_an_instant_is_read_to_the_second_in_utc(text: str) -> None:
    assert read_instant(text) == "2026-03-16 02:00:00"


@pytest.mark.parametrize(
    "text",
    [
        written(article={"clock": 5, "x": 1}),
        written(basis='他写了 "clock":5,'),
        written().replace('"clock":7,', '"clock":5,"clock":7,'),
        written().replace('"clock":7', '"clock": 7'),
        json.dumps(FINISHED),
        json.dumps(dict(reversed(FINISHED.items())), separators=(",", ":")),
        written(finished_at='"一"刻', basis="\\"),
        written(finished_at="\u200b"),
    ],
    ids=["within", "quoted", "twice", "spaced", "loose", "reversed", "escaped", "invisible"],
)
def test_what_looks_like_the_number_or_the_instant_and_is_not(text: str) -> None:
    """Asked twice, since what is remembered of the first must not spoil the second."""
    payload = json.loads(text)
    assert payload["clock"] == 7, "the reader of the standard library"
    expected = read_told(written())[1]._replace(basis=payload.get("basis", ""))
    found = kept(written(clock=4), text, text, action="clock.corrected")
    assert found.keys() == {4, 7}
    assert found[7].course.told == expected
    assert read_told(text) == (7, expected, payload["finished_at"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        written()[:-1],
        written()[:60],
        written().split(":00:00")[0],
        written().replace("T10", "\tT10"),
        written().replace('"clock":7', '"clock":07'),
        written().replace('"clock":7', '"clock":７'),
        written().replace('"clock":7', '"clock":'),
        written().replace('"clock":7', '"clock":' + "7" * 5000),
        written(article=0).replace('"article":0', '"article":' + "[" * 100_000),
        written(clock="7"),
        written(clock=7.5),
        written(clock=True),
        written(days="3"),
        written(days=-1),
        written(days=32_768),
        written(used="2"),
        written(bureau_used=1.0),
        written(code=None),
        written(due_on="2026-02-30"),
        written(finished_on="昨天"),
        written(trigger_date=None),
        json.dumps({name: value for name, value in FINISHED.items() if name != "outcome"}),
    ],
)
def test_what_tells_of_no_clock_is_refused_and_noted(text: str) -> None:
    with pytest.raises(UNREADABLE):
        read_told(text)
    found = kept(text, written(clock=4), text)  # the second time after something like it is known
    assert found.pop(4).unread == ()
    (clock,) = found
    assert clock in {7, NO_CLOCK}, "no clock that nobody named"
    assert found[clock].unread == ("第 1 号事件无法读取", "第 3 号事件无法读取")
    assert found[clock].course.told is None
