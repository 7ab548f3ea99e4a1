"""时限规则: a new number holds from today on, and what runs keeps the number it began with."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError

from accounts.tests.factories import on
from accounts.tests.test_duties import clock_of, html
from audit.enums import DutyCode
from audit.models import DutyRule, Event
from audit.services import restart_clock
from audit.services.duty_rules import set_rule
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import Department

    Login = Callable[[str], Client]

pytestmark = pytest.mark.django_db

D = datetime.date
RULES, NEW = "/admin/duty-rules/", "/admin/duty-rules/new/"
SOURCE = "局办公会〔2026〕3号"
VERSION = {"code": "interpret", "days": "5", "unit": "working", "effective_from": "2026-03-12", "source": SOURCE}


def test_a_new_version_leaves_running_clocks_on_theirs(thursday: D, kjj: Department, login: Login) -> None:
    running = clock_of(kjj, DutyCode.INTERPRET)
    assert login("spj-moder").post(NEW, VERSION).status_code == 302
    running.refresh_from_db()
    assert (running.rule.days, running.due_on) == (3, D(2026, 3, 17))
    assert clock_of(kjj, DutyCode.INTERPRET).due_on == D(2026, 3, 19)
    rule = DutyRule.objects.get(code="interpret", days=5)
    assert (rule.set_by, rule.article, rule.is_setting) == (f.user("spj-moder"), "第二十二条", True)
    told = Event.objects.get(action="rule.set").payload
    assert (told["before"]["days"], told["after"]["days"], told["source"]) == (3, 5, SOURCE)
    for username in ("spj-moder", "spj-audit", "sys-admin"):
        shown = html(login(username), RULES)
        assert all(words in shown for words in (SOURCE, "审批局设定", "办法规定", "系统预置"))
        assert ("设定新的天数" in shown) == (username == "spj-moder")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"effective_from": "2026-03-11"}, "不能早于今天"),
        ({"effective_from": "x"}, "日期写法不对"),
        ({"days": "366"}, "1 到 365"),
        ({"days": "0"}, "1 到 365"),
        ({"days": "三"}, "请填写整数天数"),
        ({"source": " "}, "请写明依据"),
        ({"code": "publish_change", "source": "会议决定"}, "办法规定的天数只能依新的文件改"),
    ],
)
def test_a_version_says_what_is_wrong_and_keeps_what_was_typed(
    thursday: D, bureau: Department, login: Login, change: dict[str, str], words: str
) -> None:
    before = DutyRule.objects.count()
    typed = {**VERSION, **change}
    shown = login("spj-moder").post(NEW, typed).content.decode()
    assert words in shown
    assert f'value="{typed["days"]}"' in shown
    assert DutyRule.objects.count() == before


def test_several_faults_are_told_at_once_and_no_day_has_two_versions(
    thursday: D, bureau: Department, login: Login
) -> None:
    facts: dict[str, Any] = {"days": 3, "unit": "working", "effective_from": D(2026, 3, 12), "source": "会议"}
    with pytest.raises(ValidationError) as caught:
        set_rule(code="nothing", actor=None, **{**facts, "days": 999, "unit": "weeks", "source": ""})
    assert set(caught.value.message_dict) == {"code", "days", "unit", "source"}
    client = login("spj-moder")
    client.post(NEW, VERSION)
    assert "已有一条规则" in client.post(NEW, VERSION).content.decode()
    DutyRule.objects.filter(code="write_guide").update(effective_from=D(2027, 1, 1))
    set_rule(code="write_guide", actor=None, **facts)
    assert Event.objects.filter(action="rule.set").last().payload["before"] is None
    assert "系统，2026-03-12" in html(client, RULES)


@pytest.mark.parametrize("username", ["kjj-edit", "spj-acct", "spj-audit", "sys-admin"])
def test_only_the_moderator_sets_rules(thursday: D, kjj: Department, login: Login, username: str) -> None:
    before = DutyRule.objects.count()
    assert login(username).get(NEW).status_code == 302
    assert login(username).post(NEW, VERSION).status_code == 302
    assert DutyRule.objects.count() == before
    assert html(login("spj-moder"), NEW).count("<textarea") == 1


@pytest.mark.parametrize(
    "number", ["锡政发〔2026〕12号", "锡政发[2026]12 号", "锡政发（2026）第12号", "锡政发【2026年】12号"]
)
def test_a_limit_of_the_regulation_follows_another_document(thursday: D, bureau: Department, number: str) -> None:
    facts: dict[str, Any] = {"days": 5, "unit": "working", "effective_from": D(2026, 3, 12), "actor": None}
    assert set_rule(code="publish_change", source=f"修改办法的决定（{number}）", **facts).days == 5


# --- Withdrawal ---------------------------------------------------------------------------------------------------


def withdrawal(rule: DutyRule) -> str:
    return f"{RULES}{rule.pk}/withdraw/"


def test_a_slip_is_withdrawn_and_set_right_on_the_same_day(thursday: D, kjj: Department, login: Login) -> None:
    client = login("spj-moder")
    client.post(NEW, {**VERSION, "days": "50"})
    slip = DutyRule.objects.get(days=50)
    assert withdrawal(slip) in html(client, RULES)
    assert "请写明撤回理由" in client.post(withdrawal(slip), {"reason": " "}).content.decode()
    assert (
        "请不要超过 500 个字（现在 501 个）" in client.post(withdrawal(slip), {"reason": "误" * 501}).content.decode()
    )
    assert "50工作日" in html(client, withdrawal(slip))
    assert client.post(withdrawal(slip), {"reason": "天数输错"}).status_code == 302
    assert not DutyRule.objects.filter(pk=slip.pk).exists()
    told = Event.objects.get(action="rule.withdrawn")
    assert (told.payload["before"]["days"], told.payload["reason"], told.object_id) == (50, "天数输错", str(slip.pk))
    assert DutyRule.history.filter(id=slip.pk).first().history_type == "-"
    assert clock_of(kjj, DutyCode.INTERPRET).rule.days == 3, "what held before holds again"
    assert client.post(NEW, VERSION).status_code == 302


def test_a_version_that_a_clock_has_used_stays(thursday: D, kjj: Department, login: Login) -> None:
    client = login("spj-moder")
    client.post(NEW, VERSION)
    rule = DutyRule.objects.get(code="interpret", days=5)
    clock = clock_of(kjj, DutyCode.INTERPRET)
    restart_clock(clock=clock, trigger_date=D(2026, 3, 11), reason="更正", actor=None)
    assert not rule.clocks.exists()
    assert "已有时限按这条规则计算" in client.post(withdrawal(rule), {"reason": "误"}).content.decode()
    assert DutyRule.objects.filter(pk=rule.pk).exists()
    assert withdrawal(rule) not in html(client, RULES)


def test_what_the_regulation_set_and_what_has_begun_stays(thursday: D, bureau: Department, login: Login) -> None:
    client = login("spj-moder")
    client.post(NEW, VERSION)
    seed, rule = DutyRule.objects.get(code="publish_change"), DutyRule.objects.get(code="interpret", days=5)
    assert "系统预置" in html(client, withdrawal(seed))
    with on("2026-03-13"):
        client = login("spj-moder")
        assert "已经施行" in client.post(withdrawal(rule), {"reason": "误"}).content.decode()
    assert DutyRule.objects.filter(pk__in=[seed.pk, rule.pk]).count() == 2


@pytest.mark.parametrize("username", ["kjj-edit", "spj-acct", "spj-audit", "sys-admin"])
def test_only_the_moderator_withdraws(thursday: D, kjj: Department, login: Login, username: str) -> None:
    login("spj-moder").post(NEW, VERSION)
    rule = DutyRule.objects.get(code="interpret", days=5)
    assert login(username).post(withdrawal(rule), {"reason": "误"}).status_code != 200
    assert DutyRule.objects.filter(pk=rule.pk).exists()
    if username in {"spj-audit", "sys-admin"}:
        assert withdrawal(rule) not in html(login(username), RULES)
