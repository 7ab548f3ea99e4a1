"""设立日期: who sets the day a unit was founded, what is refused in words, and what it keeps away."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Department
from accounts.services.departments import set_founding_day
from accounts.services.filings import correct_filing, file_change
from accounts.tests.factories import facts, make_filing, make_leaver, on
from accounts.tests.test_duties import clock_of, html
from audit.models import Event
from audit.services import cancel_clock
from policy_pages.services.register import register_change
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    Login = Callable[[str], Client]

pytestmark = pytest.mark.django_db

D = datetime.date
EVIDENCE = "编发〔2026〕3号"


def address(unit: Department) -> str:
    return f"/admin/departments/{unit.pk}/"


def founded(unit: Department, day: datetime.date | None, reason: str = EVIDENCE) -> Department:
    return set_founding_day(department=unit, established_on=day, reason=reason, actor=f.user("spj-acct"))


def test_an_officer_sets_and_corrects_it_and_all_of_it_is_kept(thursday: D, kjj: Department, login: Login) -> None:
    client = login("spj-acct")
    assert f'href="{address(kjj)}"' in html(client, "/admin/departments/")
    assert "登记设立日期" in html(client, address(kjj))
    told = {"established_on": "2026年3月2日", "reason": EVIDENCE}
    assert client.post(address(kjj), told).status_code == 302
    assert client.post(address(kjj), {"established_on": "2026-03-03", "reason": "文件为 3 日"}).status_code == 302
    kjj.refresh_from_db()
    assert kjj.established_on == D(2026, 3, 3)
    events = Event.objects.filter(action="department.founded", department_code="kjj").order_by("seq")
    assert [event.payload for event in events] == [
        {"before": None, "established_on": "2026-03-02", "reason": EVIDENCE},
        {"before": "2026-03-02", "established_on": "2026-03-03", "reason": "文件为 3 日"},
    ]
    kept = kjj.history.exclude(history_change_reason=None).order_by("history_id")
    told_so = [(row.history_user, row.established_on, row.history_change_reason) for row in kept]
    officer = f.user("spj-acct")
    assert told_so == [(officer, D(2026, 3, 2), EVIDENCE), (officer, D(2026, 3, 3), "文件为 3 日")]
    for username in ("spj-acct", "spj-audit", "sys-admin"):
        shown = html(login(username), address(kjj))
        assert "2026-03-02 → 2026-03-03；文件为 3 日" in shown
        assert f"未登记 → 2026-03-02；{EVIDENCE}" in shown
        assert ("登记设立日期</h2>" in shown) == (username == "spj-acct")


def test_a_day_entered_by_mistake_is_taken_back(thursday: D, kjj: Department) -> None:
    founded(kjj, D(2026, 3, 2))
    assert founded(kjj, None, "误填，本单位不是新设立的").established_on is None
    assert Event.objects.filter(action="department.founded").latest("seq").payload["established_on"] is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"established_on": "2026-03-13"}, "设立日期晚于今天"),
        ({"established_on": "2026-03-11"}, "最早一项时限的触发日期（政策变更公开，2026-03-10）"),
        ({"established_on": "2026-03-02"}, "与现在登记的设立日期相同"),
        ({"established_on": "三月"}, "日期写法不对"),
        ({"reason": " "}, "请写明依据"),
        ({"reason": "长" * 301}, "不要超过 300 个字"),
    ],
)
def test_what_is_wrong_is_told_beside_what_was_typed(
    thursday: D, kjj: Department, login: Login, typed: dict[str, str], words: str
) -> None:
    founded(kjj, D(2026, 3, 2))
    clock_of(kjj, trigger_date=D(2026, 3, 10), object_label="还没公开的措施")
    clock_of(kjj, "interpret", trigger_date=D(2026, 3, 11))
    body = {"established_on": "2026-03-04", "reason": EVIDENCE, **typed}
    shown = login("spj-acct").post(address(kjj), body).content.decode()
    assert words in shown
    assert body["reason"].strip() in shown
    assert "还没公开的措施" not in shown, "who keeps units reads no changes"
    kjj.refresh_from_db()
    assert kjj.established_on == D(2026, 3, 2)


def test_it_may_be_the_very_day_of_the_first_duty_and_struck_out_ones_do_not_count(
    thursday: D, kjj: Department
) -> None:
    cancel_clock(clock=clock_of(kjj, trigger_date=D(2026, 3, 2)), reason="误登", actor=None)
    clock_of(kjj, trigger_date=D(2026, 3, 10))
    assert founded(kjj, D(2026, 3, 10)).established_on == D(2026, 3, 10)


def test_none_is_set_where_none_was(thursday: D, kjj: Department) -> None:
    with pytest.raises(ValidationError) as found:
        founded(kjj, None)
    assert "请填写设立日期" in found.value.message_dict["established_on"][0]


@pytest.mark.parametrize("username", ["spj-moder", "spj-audit", "sys-admin", "kjj-edit", "kjj-review"])
def test_only_an_officer_sets_it(thursday: D, kjj: Department, login: Login, username: str) -> None:
    told: dict[str, Any] = {"established_on": D(2026, 3, 2), "reason": EVIDENCE}
    with pytest.raises(PermissionDenied):
        set_founding_day(department=kjj, actor=f.user(username), **told)
    assert login(username).post(address(kjj), told).status_code != 200
    kjj.refresh_from_db()
    assert kjj.established_on is None
    if username in {"spj-moder", "kjj-edit", "kjj-review"}:
        assert login(username).get(address(kjj)).status_code == 404


def test_neither_a_change_nor_a_change_of_person_is_older_than_the_unit(thursday: D, kjj: Department) -> None:
    kjj = founded(kjj, D(2026, 3, 10))
    early = D(2026, 3, 9)
    with pytest.raises(ValidationError) as found:
        file_change(leaver=make_leaver(kjj), actor=f.user("kjj-edit"), **facts(kjj, changed_on=early))
    assert "变更日期早于科学技术局设立之日（2026-03-10）" in found.value.message_dict["changed_on"][0]
    with pytest.raises(ValidationError) as found:
        register_change(
            department=kjj,
            kind="created",
            title="措施",
            trigger_date=early,
            evidence="印发件",
            actor=f.user("kjj-edit"),
        )
    assert "设立之日（2026-03-10）" in found.value.message_dict["trigger_date"][0]
    filing = make_filing(kjj, f.user("kjj-old"), changed_on=D(2026, 3, 11))
    with on("2026-03-13"), pytest.raises(ValidationError) as found:
        correct_filing(filing=filing, changed_on=early, reason="核对", actor=f.user("spj-acct"))
    assert "设立之日（2026-03-10）" in found.value.message_dict["changed_on"][0]
