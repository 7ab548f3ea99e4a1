"""固定报告 (T25.2): never changed, recomputed to the same figures ever after; what was tampered with is named."""

from __future__ import annotations

import datetime
import hashlib
from io import StringIO
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Department
from audit import guard
from audit.errors import Conflict
from audit.models import DutyClock, Event
from audit.services import finish_clock, record, restart_clock
from audit.services.hashing import canonical_json
from policy_pages.models import FrozenReport
from policy_pages.services import reports
from policy_pages.services.reports import differences, freeze_report
from policy_pages.tests import factories as f
from policy_pages.tests.report_world import at, change, frozen, tamper

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User

pytestmark = pytest.mark.django_db

LIST = "/admin/reports/frozen/"


# --- Never changed ----------------------------------------------------------------------------------------------------


def test_a_report_is_append_only(moderator: User) -> None:
    report = frozen(moderator)
    for forbidden in (report.save, report.delete):
        with pytest.raises(TypeError, match="只能追加"):
            forbidden()
    for act in (
        lambda: FrozenReport.objects.update(note="改"),
        lambda: FrozenReport.objects.filter(pk=report.pk)._raw_delete("default"),
    ):
        with guard.lifted(), pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    assert FrozenReport.objects.get().note == ""


# --- Recomputed ------------------------------------------------------------------------------------------------------


def test_t25_2_later_events_and_changed_rows_do_not_move_a_figure(moderator: User, kjj: Department) -> None:
    report = frozen(moderator)
    assert differences(report) == []
    running = DutyClock.objects.get(object_label__contains="还在办的措施")
    with at("11-02"):
        change(kjj, "10-12")
        finish_clock(clock=running, at=datetime.datetime.now(datetime.UTC), actor=None)
        late = DutyClock.objects.get(object_label__contains="迟到的措施")
        restart_clock(clock=late, trigger_date=datetime.date(2026, 8, 7), reason="登记有误", actor=None)
    Department.objects.filter(pk=kjj.pk).update(name="科技和工信局", short_name="科工局")
    DutyClock.objects.update(used=99)
    assert differences(report) == []


def test_tampered_content_is_found(moderator: User) -> None:
    report = frozen(moderator)
    content = report.content.replace('"late":1', '"late":0')
    assert content != report.content, "power check"
    tamper("UPDATE policy_pages_frozenreport SET content = %s", content)
    assert differences(FrozenReport.objects.get()) == ["2026 年第三季度第 1 版的内容与其散列不符。"]
    digest = hashlib.sha256(content.encode()).hexdigest()
    tamper("UPDATE policy_pages_frozenreport SET content_hash = %s", digest)
    assert differences(FrozenReport.objects.get()) == ["2026 年第三季度第 1 版与审计链记下的固定报告不符：内容散列。"]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("period", "2026-Q2", "期间"),
        ("edition", 7, "版次"),
        ("as_of", "2026-10-02", "统计截至"),
        ("until_seq", 3, "截至审计事件序号"),
        ("head_hash", "0" * 64, "该事件校验值"),
        ("note", "编的", "说明"),
        ("frozen_at", "2026-10-09 02:00:00+00:00", "固定时间"),
        ("frozen_by_id", lambda: f.user("spj-audit").pk, "固定人"),
    ],
)
def test_each_tampered_column_is_named(moderator: User, column: str, value: Any, words: str) -> None:
    frozen(moderator)
    tamper(f"UPDATE policy_pages_frozenreport SET {column} = %s", value() if callable(value) else value)  # noqa: S608
    report = FrozenReport.objects.get()
    assert differences(report) == [f"{report}与审计链记下的固定报告不符：{words}。"]
    with pytest.raises(CommandError, match="不一致 1 份"):
        call_command("audit_reports", stdout=StringIO())


def as_older_versions_told(report: FrozenReport) -> None:
    """Before as_of, until_seq and head_hash stood in the event."""
    event = Event.objects.get(action="report.frozen", object_id=str(report.pk))
    told = {name: event.payload[name] for name in ("period", "edition", "content_hash", "note")}
    tamper("UPDATE audit_event SET payload_json = %s WHERE seq = %s", canonical_json(told), event.seq)


def test_what_an_older_event_does_not_tell_follows_from_content_and_chain(moderator: User) -> None:
    report = frozen(moderator)
    as_older_versions_told(report)
    assert differences(report) == []
    tamper("UPDATE policy_pages_frozenreport SET as_of = '2026-10-02'")
    assert differences(FrozenReport.objects.get()) == ["2026 年第三季度第 1 版的内容与其散列不符。"]
    tamper("UPDATE policy_pages_frozenreport SET as_of = '2026-10-01', until_seq = 3")
    assert differences(FrozenReport.objects.get()) == ["2026 年第三季度第 1 版的校验值不是第 3 号事件的。"]


def test_a_report_that_nobody_froze_or_froze_twice_is_found(moderator: User) -> None:
    report = frozen(moderator)
    event = Event.objects.get(action="report.frozen")
    again = record(
        action="report.frozen", object_id=report.pk, object_label="2026 年第三季度第 1 版", payload=event.payload
    )
    assert differences(report) == [f"第 {again.seq} 号事件再次记下 2026 年第三季度第 1 版。"]
    tamper("UPDATE audit_event SET payload_json = '[]' WHERE seq = %s", event.seq)
    tamper("UPDATE audit_event SET action = 'a.b' WHERE seq = %s", again.seq)
    assert differences(report) == [f"第 {event.seq} 号事件无法读取。"]
    tamper("UPDATE audit_event SET payload_json = '{' WHERE seq = %s", event.seq)
    assert differences(report) == [f"第 {event.seq} 号事件无法读取。"]
    tamper("UPDATE audit_event SET action = 'a.b' WHERE seq = %s", event.seq)
    assert differences(report) == ["2026 年第三季度第 1 版在审计链中没有记载。"]


def test_an_edition_that_was_taken_away_is_found(moderator: User) -> None:
    frozen(moderator)
    frozen(moderator, note="更正")
    tamper("DELETE FROM policy_pages_frozenreport WHERE edition = 2")
    out, last = StringIO(), Event.objects.latest("seq").seq
    with pytest.raises(CommandError, match=r"固定报告 2 份，不一致 1 份") as caught:
        call_command("audit_reports", stdout=out)
    assert caught.value.returncode == 1
    assert out.getvalue() == f"2026 年第三季度第 2 版已不在，第 {last} 号事件记有它。\n"


# --- A chain that cannot be read -----------------------------------------------------------------------------------------


def spoil_start(words: str) -> int:
    """Make the start of a clock unreadable; return the number of the event."""
    event = Event.objects.filter(action="clock.started", object_label__contains=words).get()
    tamper(
        "UPDATE audit_event SET payload_json = %s WHERE seq = %s", f'{{"clock":{event.payload["clock"]}}}', event.seq
    )
    return event.seq


def test_an_unreadable_start_is_a_difference_in_words(moderator: User, login: Callable[[str], Any]) -> None:
    report = frozen(moderator)
    seq = spoil_start("没有公开的措施")
    [line] = differences(report)
    assert line.startswith("2026 年第三季度第 1 版无法重算：审计链中 1 个时限的事件无法读取或自相矛盾")
    assert f"第 {seq} 号事件无法读取" in line
    with pytest.raises(CommandError, match="不一致 1 份"):
        call_command("audit_reports", stdout=StringIO())
    with at("10-02"):
        page = login("spj-audit").get(reverse("policy_pages_frozen_check", args=[report.pk]))
    assert f"第 {seq} 号事件无法读取" in page.content.decode()


def test_no_report_is_frozen_from_a_chain_that_cannot_be_read(moderator: User, login: Callable[[str], Any]) -> None:
    seq = spoil_start("没有公开的措施")
    with pytest.raises(ValidationError, match=f"第 {seq} 号事件无法读取"):
        frozen(moderator)
    with at("10-02"):
        response = login("spj-moder").post(LIST, {"period": "2026-Q3", "note": "", "confirm": "yes"})
    assert response.status_code == 422
    assert "算不出数字" in response.content.decode()
    assert not FrozenReport.objects.exists()


# --- Two at once -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("note", ["", "乙"])
def test_two_who_freeze_at_once_do_not_make_the_same_edition(
    moderator: User, monkeypatch: pytest.MonkeyPatch, note: str
) -> None:
    """Somebody else freezes while the figures are computed; without a note the first edition, with one the second."""
    if note:
        frozen(moderator)
    real = reports.chain_figures

    def interrupted(**facts: Any) -> dict[str, Any]:
        monkeypatch.setattr(reports, "chain_figures", real)
        freeze_report(code="2026-Q3", note=note and "甲", actor=moderator)
        return real(**facts)

    monkeypatch.setattr(reports, "chain_figures", interrupted)
    with at("10-01"), pytest.raises(Conflict, match="刚刚已由他人固定"):
        freeze_report(code="2026-Q3", note=note, actor=moderator)
    editions = ["2026 年第三季度第 1 版", "2026 年第三季度第 2 版"] if note else ["2026 年第三季度第 1 版"]
    assert [str(report) for report in FrozenReport.objects.order_by("edition")] == editions
    assert Event.objects.filter(action="report.frozen").count() == len(editions)


def test_who_is_second_is_told_on_the_page(
    moderator: User, login: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def frozen_meanwhile(**facts: Any) -> None:
        raise Conflict("2026 年第三季度第 1 版刚刚已由他人固定，请刷新页面。")

    monkeypatch.setattr("policy_pages.reports.views.freeze_report", frozen_meanwhile)
    with at("10-01"):
        response = login("spj-moder").post(LIST, {"period": "2026-Q3", "note": "", "confirm": "yes"})
    assert response.status_code == 409
    assert "刚刚已由他人固定" in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_others_write_while_the_figures_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite too: no lock of the chain, no transaction of the request."""
    f.make_bureau()
    f.make_department()
    real, done = reports.chain_figures, []

    def write() -> None:
        record(action="a.b")
        connections.close_all()

    def slow(**facts: Any) -> dict[str, Any]:
        writer = Thread(target=write)
        writer.start()
        writer.join(timeout=10)
        done.append(not writer.is_alive())
        return real(**facts)

    monkeypatch.setattr(reports, "chain_figures", slow)
    client = Client()
    client.force_login(f.user("spj-moder"))
    assert client.post(LIST, {"period": "2025", "note": "", "confirm": "yes"}).status_code == 302
    assert done == [True]
    monkeypatch.undo()
    report = FrozenReport.objects.get()
    assert differences(report) == []
    assert Event.objects.get(action="a.b").seq > report.until_seq


def test_a_changed_event_is_found(moderator: User) -> None:
    report = frozen(moderator)
    event = Event.objects.filter(action="clock.finished", payload_json__contains='"late"').get()
    tamper(
        "UPDATE audit_event SET payload_json = %s WHERE seq = %s",
        event.payload_json.replace('"late"', '"on_time"'),
        event.seq,
    )
    assert len(differences(report)) == 3, "units, total and the list of late items"


def test_the_command_names_what_differs_and_fails(moderator: User) -> None:
    out = StringIO()
    call_command("audit_reports", stdout=out)
    assert "0 份" in out.getvalue()
    frozen(moderator)
    call_command("audit_reports", stdout=out)
    assert "1 份，全部一致" in out.getvalue()
    tamper("UPDATE policy_pages_frozenreport SET content = '{}'")
    with pytest.raises(CommandError, match="不一致 1 份"):
        call_command("audit_reports", stdout=out)
    assert "内容与其散列不符" in out.getvalue()
