"""时限看板: who sees which clock, in which words, and what the bureau may do about it (A12, T12.6)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import on
from accounts.viewsets.duties import readable_departments
from audit.enums import DutyCode
from audit.errors import Conflict
from audit.models import CalendarOverride, CalendarYear, DutyClock, DutyNotice, DutyRule, Event
from audit.services import cancel_clock, finish_clock, hand_clock, registry, restart_clock, start_clock
from audit.services.notices import chase, rejudge, relieve
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department

    Login = Callable[[str], Client]

pytestmark = pytest.mark.django_db

D = datetime.date
BOARD = "/admin/duties/"


def clock_of(department: Department, code: str = DutyCode.PUBLISH_CHANGE, **facts: Any) -> DutyClock:
    """Triggered on Thursday 2026-03-12 unless told otherwise; 3 working days end on Tuesday 2026-03-17."""
    values = {
        "object_type": "none.none",
        "object_id": "7",
        "object_label": "某事项",
        "trigger_date": D(2026, 3, 12),
        "basis": "印发之日",
        "actor": None,
    }
    return start_clock(code=code, department=department, **{**values, **facts})


def html(client: Client, url: str = BOARD, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def detail(clock: DutyClock) -> str:
    return f"{BOARD}{clock.pk}/"


def act(client: Client, clock: DutyClock, action: str, text: str = "请今天办理") -> Any:
    return client.post(detail(clock), {"action": action, "text": text})


def later(days: int) -> datetime.datetime:
    return timezone.now() + datetime.timedelta(days=days)


@pytest.mark.parametrize(
    ("day", "words", "code"),
    [
        ("2026-03-12", "还剩 3 个工作日", "running"),
        ("2026-03-14", "还剩 2 个工作日", "running"),
        ("2026-03-16", "还剩 1 个工作日", "due_soon"),
        ("2026-03-17", "今天到期", "due_soon"),
        ("2026-03-18", "已超期 1 个工作日", "overdue"),
    ],
)
def test_days_left_are_told_in_words_with_icon_and_colour(
    thursday: D, kjj: Department, login: Login, day: str, words: str, code: str
) -> None:
    clock_of(kjj)
    with on(day):
        shown = html(login("kjj-edit"))
    assert f"hqt-verdict--{code}" in shown
    assert words in shown
    assert shown.count("hqt-verdict__icon") == 1


def test_a_last_day_followed_by_rest_days_only_is_over_all_the_same(thursday: D, kjj: Department, login: Login) -> None:
    clock_of(kjj, trigger_date=D(2026, 3, 10))  # ends on Friday the 13th
    with on("2026-03-14"):
        shown = html(login("kjj-edit"))
    assert "hqt-verdict--overdue" in shown
    assert "已超期 0" not in shown


def test_calendar_days_are_told_as_calendar_days_and_lateness_with_them(
    thursday: D, kjj: Department, login: Login
) -> None:
    rule = DutyRule.objects.get(code=DutyCode.PUBLISH_CHANGE)
    DutyRule.objects.filter(pk=rule.pk).update(unit="calendar", days=5)  # ends on Tuesday the 17th, too
    running, late = clock_of(kjj), clock_of(kjj)
    finish_clock(clock=late, at=later(8), actor=None)
    client = login("kjj-edit")
    assert "还剩 5 日" in html(client)
    assert "还剩 5 日" in html(client, detail(running))
    assert "逾期 3 日" in html(client, f"{BOARD}?state=finished")
    assert "逾期 3 日" in html(client, detail(late))
    with on("2026-03-21"):
        assert "已超期 4 日" in html(login("kjj-edit"))


def test_a_gap_is_told_as_waiting_for_the_state_council(thursday: D, kjj: Department, login: Login) -> None:
    early = clock_of(kjj)
    CalendarYear.objects.filter(year=2026).update(confirmed=False)
    clock_of(kjj)
    with on("2026-03-13"):
        shown, page = html(login("kjj-edit")), html(login("kjj-edit"), detail(early))
    assert shown.count("待国务院公布 2026 年放假安排") == 2
    assert "待国务院公布 2026 年放假安排" in page
    assert "<dd>—</dd>" in page


def test_what_is_finished_or_cancelled_is_shown_when_asked_for(thursday: D, kjj: Department, login: Login) -> None:
    done, late, struck = clock_of(kjj), clock_of(kjj), clock_of(kjj)
    finish_clock(clock=done, at=later(0), actor=None)
    finish_clock(clock=late, at=later(9), actor=None)
    cancel_clock(clock=struck, reason="误登", actor=None)
    gap = clock_of(kjj, trigger_date=D(2026, 12, 30))
    finish_clock(clock=gap, at=later(400), actor=None)
    client = login("kjj-edit")
    assert "没有符合条件的时限" in html(client)
    finished = html(client, f"{BOARD}?state=finished")
    assert all(f"hqt-verdict--{code}" in finished for code in ("on_time", "late", "gap"))
    assert "hqt-verdict--cancelled" in html(client, f"{BOARD}?state=cancelled")
    assert html(client, f"{BOARD}?state=all").count("hqt-verdict__icon") == 4
    assert "已取消" in html(client, detail(struck))


def test_what_is_past_its_limit_is_found_finished_or_not(thursday: D, kjj: Department, login: Login) -> None:
    running, late = clock_of(kjj, object_label="还没办的"), clock_of(kjj, object_label="办晚了的")
    finish_clock(clock=late, at=later(9), actor=None)
    finish_clock(clock=clock_of(kjj, object_label="按时办的"), at=later(0), actor=None)
    with on("2026-03-25"):
        client = login("kjj-edit")
        found = {
            state: html(client, f"{BOARD}?overdue=yes&state={state}") for state in ("open", "finished", "all", "x")
        }
    told = {state: [name in shown for name in ("还没办的", "办晚了的", "按时办的")] for state, shown in found.items()}
    assert told["open"] == told["x"] == [True, False, False], "an unknown state is the default"
    assert (told["finished"], told["all"]) == ([False, True, False], [True, True, False])
    assert "只看超期的（未完成已超期，或逾期完成）" in found["open"]
    assert "时限看板" in found["open"][: found["open"].index("</title>")]
    assert running.is_open


def test_a_board_shows_overdue_first_and_a_gap_last(thursday: D, kjj: Department, login: Login) -> None:
    clock_of(kjj, object_label="事项乙")
    clock_of(kjj, object_label="事项甲", trigger_date=D(2026, 3, 2))
    clock_of(kjj, object_label="事项丙", trigger_date=D(2026, 12, 30))
    shown = html(login("spj-moder"))
    assert shown.index("事项甲") < shown.index("事项乙") < shown.index("事项丙")
    only = html(login("spj-moder"), f"{BOARD}?overdue=yes&department={kjj.pk}&duty=publish_change&holder=department")
    assert "事项甲" in only
    assert "事项乙" not in only


def test_a_unit_sees_its_own_and_on_a_second_tab_what_the_bureau_does_about_its_items(
    thursday: D, bureau: Department, kjj: Department, gxj: Department, login: Login
) -> None:
    mine, other = clock_of(kjj, object_label="本局事项"), clock_of(gxj, object_label="别局事项")
    bureaus = clock_of(bureau, DutyCode.MODERATE, object_label="在审事项", concerned=kjj)
    first, second = html(login("kjj-edit")), html(login("kjj-edit"), f"{BOARD}?tab=bureau")
    assert [word in first for word in ("本局事项", "别局事项", "在审事项")] == [True, False, False]
    assert [word in second for word in ("本局事项", "别局事项", "在审事项")] == [False, False, True]
    assert "审批局 0 天" in second
    for clock, status in ((mine, 200), (bureaus, 200), (other, 404)):
        html(login("kjj-edit"), detail(clock), status)
    everything = html(login("spj-audit"))
    assert [word in everything for word in ("本局事项", "别局事项", "在审事项")] == [True, True, True]
    assert "审批局正在办理的" not in everything
    assert ['name="department"' in shown for shown in (first, everything)] == [False, True], "units to choose from"
    assert "在审事项" in html(login("spj-moder"), f"{BOARD}?holder=bureau")


@pytest.mark.parametrize("username", ["spj-acct", "sys-admin"])
def test_who_reads_no_duties_sees_no_board(thursday: D, kjj: Department, login: Login, username: str) -> None:
    clock = clock_of(kjj)
    assert login(username).get(BOARD).status_code == 302
    assert login(username).get(detail(clock)).status_code == 404


def test_the_bureau_sees_its_units_overdue_first(thursday: D, kjj: Department, gxj: Department, login: Login) -> None:
    clock_of(gxj)
    late = clock_of(kjj, trigger_date=D(2026, 3, 2))
    chase(clock=late, message="请今天公开", actor=f.user("spj-moder"))
    context = login("spj-moder").get(BOARD).context
    told = [(row["name"], row["owed"], row["overdue"], row["chases"]) for row in context["units"]]
    assert told == [(kjj.short_name, 1, 1, 1), (gxj.short_name, 1, 0, 0)]
    assert (context["summary"]["owed"], context["summary"]["overdue"], context["summary"]["due_today"]) == (2, 1, 0)
    assert "已超期的单位" in html(login("spj-moder"), "/admin/inbox/")
    assert "已超期的单位" not in html(login("kjj-edit"), "/admin/inbox/")


def test_days_are_told_apart_by_who_held_the_matter(thursday: D, kjj: Department, login: Login) -> None:
    clock = clock_of(kjj)
    hand_clock(clock=clock, side="bureau", at=later(1), actor=None)
    with on("2026-03-16"):
        shown = html(login("kjj-edit"), detail(clock))
    assert "部门 1 天，审批局 1 天" in shown
    assert "交给审批局" in shown


def test_a_board_costs_the_same_however_many_rows(thursday: D, kjj: Department, login: Login) -> None:
    client = login("spj-moder")
    clock_of(kjj)
    html(client)
    with CaptureQueriesContext(connection) as one:
        html(client)
    for _place in range(12):
        clock_of(kjj)
    with CaptureQueriesContext(connection) as many:
        html(client)
    assert len(many) == len(one)


def test_a_filing_has_no_names_for_the_moderator(thursday: D, kjj: Department, login: Login) -> None:
    clock = clock_of(kjj, DutyCode.FILE_ACCOUNT, object_type="accounts.accountfiling", object_label="张三 → 李四")
    for url in (BOARD, detail(clock)):
        shown = html(login("spj-moder"), url)
        assert "张三" not in shown
        assert "人员变更备案（第 7 号）" in shown


def test_a_row_leads_to_its_change_and_its_dossier(thursday: D, kjj: Department, login: Login) -> None:
    page = f.make_document(kjj)
    clock_of(kjj, DutyCode.INTERPRET, object_type="policy_pages.policydocumentpage", object_id=str(page.pk))
    shown = html(login("kjj-edit"))
    assert f'href="/admin/changes/edit/{page.change.pk}/"' in shown
    assert f'href="/admin/dossiers/{page.pk}/"' in shown


def test_a_clock_tells_its_history_in_words(thursday: D, kjj: Department, login: Login) -> None:
    clock = clock_of(kjj)
    clock.save()  # an entry that changes nothing told
    restart_clock(clock=clock, trigger_date=D(2026, 3, 11), reason="印发单写明 11 日", actor=f.user("spj-moder"))
    shown = html(login("kjj-edit"), detail(clock))
    assert "触发日期：2026-03-12（周四） → 2026-03-11（周三）" in shown
    assert "印发单写明 11 日" in shown
    assert shown.count("开始计时") == 1
    assert "时限更正" not in shown, "events are for the auditor"
    assert "时限更正" in html(login("spj-audit"), detail(clock))


def test_only_the_bureau_has_buttons(thursday: D, kjj: Department, login: Login) -> None:
    clock = clock_of(kjj, DutyCode.INTERPRET)
    for username in ("kjj-edit", "kjj-review", "spj-audit"):
        assert 'name="action"' not in html(login(username), detail(clock))
        for action in ("chase", "relieve", "rejudge", "none"):
            act(login(username), clock, action)
    act(login("spj-moder"), clock, "none")
    clock.refresh_from_db()
    assert clock.is_open
    assert not clock.notices.exists()
    shown = html(login("spj-moder"), detail(clock))
    assert [f'value="{action}"' in shown for action in ("chase", "relieve", "rejudge")] == [True, True, False]


def test_a_chase_reaches_inbox_board_and_mail_and_is_counted(
    thursday: D, kjj: Department, login: Login, django_capture_on_commit_callbacks: Any
) -> None:
    User.objects.filter(username="kjj-edit").update(email="kjj@example.com")
    clock = clock_of(kjj, object_label="某\n事项 {0} %s")
    with django_capture_on_commit_callbacks(execute=True):
        assert act(login("spj-moder"), clock, "chase", "请今天公开 {x}").status_code == 302
    [sent] = mail.outbox
    assert sent.to == ["kjj@example.com"]
    assert sent.subject.startswith("【督办】")
    assert "某 事项 {0} %s" in sent.subject
    assert "请今天公开 {x}" in sent.body
    assert detail(clock) in sent.body
    assert Event.objects.get(action="duty.chased").payload["message"] == "请今天公开 {x}"
    for username in ("kjj-edit", "kjj-review"):
        assert "请今天公开 {x}" in html(login(username), "/admin/inbox/")
    assert "请今天公开" not in html(login("spj-acct"), "/admin/inbox/")
    assert "1 次" in html(login("kjj-edit"))
    assert "请今天公开" in html(login("kjj-edit"), detail(clock))
    again = act(login("spj-moder"), clock, "chase", "再催一次").content.decode()
    assert "每天只能督办一次" in again
    assert "再催一次" in again, "nothing typed is lost"
    with on("2026-03-13"):
        chase(clock=clock, message="第二天再催", actor=f.user("spj-moder"))
    assert clock.notices.count() == 2


def test_a_mail_server_that_refuses_breaks_nothing(
    thursday: D,
    kjj: Department,
    settings: SettingsWrapper,
    django_capture_on_commit_callbacks: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    User.objects.filter(username="kjj-edit").update(email="kjj@example.com")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with django_capture_on_commit_callbacks(execute=True):
        chase(clock=clock_of(kjj), message="请今天公开", actor=f.user("spj-moder"))
    assert DutyNotice.objects.get().mails == 1
    assert "could not be mailed" in caplog.text


@pytest.mark.parametrize(("text", "words"), [("  ", "请写明督办内容"), ("字" * 501, "现在有 501 个字")])
def test_a_chase_says_what_is_wrong_with_it(thursday: D, kjj: Department, login: Login, text: str, words: str) -> None:
    assert words in act(login("spj-moder"), clock_of(kjj), "chase", text).content.decode()
    assert not DutyNotice.objects.exists()


def test_what_ended_meanwhile_is_a_conflict(thursday: D, kjj: Department) -> None:
    moderator = f.user("spj-moder")
    ended, running = clock_of(kjj, DutyCode.INTERPRET), clock_of(kjj)
    stale = DutyClock.objects.get(pk=ended.pk)
    cancel_clock(clock=ended, reason="不需要", actor=None)
    with pytest.raises(Conflict, match="不用再督办"):
        chase(clock=stale, message="请办理", actor=moderator)
    with pytest.raises(Conflict, match="不能再免除"):
        relieve(clock=stale, reason="不需要", actor=moderator)
    with pytest.raises(Conflict, match="没有可以重新裁定的结论"):
        rejudge(clock=running, reason="日历更正", actor=moderator)


def test_a_unit_is_relieved_only_of_what_not_every_document_needs(thursday: D, kjj: Department, login: Login) -> None:
    guide, change = clock_of(kjj, DutyCode.WRITE_GUIDE), clock_of(kjj)
    assert "请写明免除理由" in act(login("spj-moder"), guide, "relieve", "").content.decode()
    assert act(login("spj-moder"), guide, "relieve", "本文件不涉及申报").status_code == 302
    guide.refresh_from_db()
    assert guide.outcome == "cancelled"
    assert Event.objects.get(action="clock.cancelled").payload["reason"] == "本文件不涉及申报"
    act(login("spj-moder"), change, "relieve", "忙")
    change.refresh_from_db()
    assert change.is_open


def test_a_changed_calendar_offers_both_verdicts_and_judges_anew_for_a_reason(
    thursday: D, kjj: Department, login: Login
) -> None:
    clock = clock_of(kjj)
    finish_clock(clock=clock, at=later(6), actor=None)  # Wednesday the 18th: late
    assert 'value="rejudge"' not in html(login("spj-moder"), detail(clock))
    CalendarOverride.objects.create(day=D(2026, 3, 16), is_workday=False, source="临时放假")
    shown = html(login("spj-moder"), detail(clock))
    assert (
        "原结论：逾期（截止 2026-03-17（周二），用时 4 天）；按现行工作日历：按时（截止 2026-03-18（周三），用时 3 天）"
    ) in shown
    assert "请写明重新裁定的理由" in act(login("spj-moder"), clock, "rejudge", "").content.decode()
    assert act(login("spj-moder"), clock, "rejudge", "补录 16 日放假").status_code == 302
    after = html(login("spj-moder"), detail(clock))
    assert "结论：逾期 → 按时" in after
    assert "补录 16 日放假" in after


def test_links_are_for_readers_only(thursday: D, kjj: Department, gxj: Department) -> None:
    page = f.make_document(kjj)
    clock_of(kjj, DutyCode.INTERPRET, object_type="policy_pages.policydocumentpage", object_id=str(page.pk))
    clocks = list(DutyClock.objects.all())
    assert all(shown.url for shown in registry.shown_to(f.user("kjj-edit"), clocks).values())
    assert not any(shown.url for shown in registry.shown_to(f.user("gxj-edit"), clocks).values())


def test_the_filter_by_unit_names_only_what_the_person_reads(
    thursday: D, kjj: Department, gxj: Department, login: Login
) -> None:
    request: Any = type("Request", (), {"user": f.user("kjj-edit")})()
    assert list(readable_departments(request)) == [kjj]
    assert 'name="department"' not in html(login("kjj-edit"))
    assert 'name="department"' in html(login("spj-moder"))
