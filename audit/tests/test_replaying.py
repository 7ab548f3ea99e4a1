"""`read_told` cuts the number of the clock and the instant out of a text; whatever it is given, it reads what JSON says."""

import json
from datetime import date

import pytest

from audit.rules import Handover, Judgement, read_told, replaying
from audit.rules.replaying import read_instant

FINISHED = {
    "article": "第十一条", "bureau_used": 1, "calendar_version": "c1", "clock": 7, "code": "publish_change", "days": 3,
    "due_on": "2026-03-17", "finished_at": "2026-03-16T10:00:00+08:00", "finished_on": "2026-03-16", "outcome": "on_time",
    "trigger_date": "2026-03-12", "unit": "working", "used": 2,
}  # fmt: skip


def written(**changes) -> str:
    return json.dumps(FINISHED | changes, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def test_a_finish_is_read() -> None:
    clock, told, instant = read_told(written())
    assert clock == 7
    assert told.terms == (date(2026, 3, 12), 3, "working")
    assert told.stated == Judgement("on_time", date(2026, 3, 17), 2, 1)
    assert told.finished_on == date(2026, 3, 16)
    assert told.handed is None
    assert (told.code, told.version) == ("publish_change", "c1")
    assert instant == "2026-03-16T10:00:00+08:00"


def test_two_clocks_told_the_same_of_keep_their_own_numbers() -> None:
    """All but the number and the instant is remembered, and must not be confused with them."""
    first, second = read_told(written(clock=8)), read_told(written(clock=9, finished_at="2026-03-16T11:30:00+08:00"))
    assert (first[0], second[0]) == (8, 9)
    assert first[1] == second[1]
    assert read_told(written(clock=9, used=3))[1].stated.used == 3


def test_what_is_remembered_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "_MOST_REMEMBERED", 5)
    replaying._REMEMBERED.clear()
    told = [read_told(written(clock=number, used=number))[1].stated.used for number in range(1, 20)]
    assert told == list(range(1, 20))
    assert 0 < len(replaying._REMEMBERED) <= 5


def test_a_handover_is_read() -> None:
    text = written(handed_at="2026-03-13T09:00:00+08:00", handed_on="2026-03-13", side="bureau")
    assert read_told(text)[1].handed == Handover(date(2026, 3, 13), "bureau")


def test_a_start_tells_its_basis_and_whose_matter_it_is() -> None:
    _clock, told, instant = read_told(written(basis="印发日期", concerned="kjj", finished_at=None, finished_on=None))
    assert (told.basis, told.concerned, told.finished_on, instant) == ("印发日期", "kjj", None, "")


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
    _clock, told, _instant = read_told(written())
    expected = (7, told._replace(basis=payload.get("basis", "")), payload["finished_at"])
    assert read_told(text) == read_told(text) == expected


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
def test_what_tells_of_no_clock_is_refused(text: str) -> None:
    for _ in range(2):  # the second time from what is remembered
        with pytest.raises((ValueError, TypeError, KeyError)):
            read_told(text)
