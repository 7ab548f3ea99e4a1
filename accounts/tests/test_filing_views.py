"""The screens of 人员变更备案: the list, the report, the page of one, the home page; and what a leaver can do next."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import AccountFiling, User
from accounts.tests.factories import make_filing, make_leaver, wide_state
from audit.models import DutyClock
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from accounts.models import Department

pytestmark = pytest.mark.django_db

Login = "Callable[[str], Client]"
NEW, LIST, RESULTS = "/admin/filings/new/", "/admin/filings/", "/admin/filings/results/"
OLD = "姓名kjj-old（kjj-old）"


def page_of(filing: AccountFiling) -> str:
    return reverse("filings:detail", args=[filing.pk])


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def typed(leaver: User | int | str, **changed: str) -> dict[str, str]:
    """What a department types."""
    pk = str(leaver.pk if isinstance(leaver, User) else leaver)
    values = {
        "leaver": pk,
        "changed_on": "2026-03-11",
        "newcomer_name": "李接任",
        "newcomer_phone": "0510-81820000",
        "reason": "调离本市",
    }
    return {**values, **changed}


def said(response: object) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


# --- Filing -------------------------------------------------------------------------------------------------------


def test_a_department_files_and_sees_its_filing(thursday: datetime.date, kjj: Department, login: Login) -> None:
    leaver, client = make_leaver(kjj), login("kjj-review")
    form = text(client, NEW)
    assert "姓名kjj-old（kjj-old，录入员）" in form
    assert "gxj-edit" not in form
    assert 'name="department"' not in form, "who works in one unit is not asked"
    response = client.post(NEW, typed(leaver))
    filing = AccountFiling.objects.get()
    assert response["Location"] == page_of(filing)
    assert f"第 {filing.pk} 号" in said(response)
    page = text(client, page_of(filing))
    for words in (
        OLD,
        "李接任",
        "0510-81820000",
        "调离本市",
        "录入员",
        "按时",
        "还剩 2 个工作日",
        "2026-03-16（周一）",
    ):
        assert words in page
    assert "已备案，待审批局办结" in page
    assert 'name="username"' not in page, "settling is the officer's"
    assert OLD in text(client, LIST)


def test_everything_typed_is_kept_and_every_fault_is_told(
    thursday: datetime.date, kjj: Department, login: Login
) -> None:
    leaver, client = make_leaver(kjj), login("kjj-edit")
    before = wide_state()
    response = client.post(
        NEW, typed(leaver, changed_on="2026-03-13", newcomer_phone="没有", newcomer_name="王某", reason="")
    )
    page = response.content.decode()
    assert response.status_code == 200
    for words in ("变更日期晚于今天", "固定电话（带区号）或手机号", "请写明变更原因"):
        assert words in page
    for value in ('value="2026-03-13"', 'value="没有"', 'value="王某"', f'value="{leaver.pk}" selected'):
        assert value in page
    wrong_day = client.post(NEW, typed(leaver, changed_on="三月")).content.decode()
    assert "请按“2026-11-23”填写" in wrong_day
    assert "请填写变更日期" not in wrong_day
    assert 'value="三月"' in wrong_day
    assert wide_state() == before


@pytest.mark.parametrize("value", ["gxj-edit", "spj-acct", "999999", "-1", "x", "1 OR 1=1", ""])
def test_a_forged_leaver_does_not_exist(thursday: datetime.date, kjj: Department, login: Login, value: str) -> None:
    """Another department's account, the bureau's, none: refused alike, and nothing is written."""
    client = login("kjj-edit")
    known = User.objects.filter(username=value).first()
    before = wide_state()
    response = client.post(NEW, typed(known or value))
    assert response.status_code == 200
    page = response.content.decode()
    assert ("请选择原使用人的账号" if value == "" else "本单位没有这个账号，请从列表中选择。") in page
    assert "gxj-edit" not in page
    assert wide_state() == before


def test_more_fields_than_the_form_has_change_nothing(
    thursday: datetime.date, kjj: Department, gxj: Department, login: Login
) -> None:
    forged = {
        "department": str(gxj.pk),
        "filed_at": "2020-01-01",
        "filed_by": "1",
        "completed_at": "2020-01-01",
        "roles": '[{"role": "moderator"}]',
        "successor": "1",
        "leaver_name": "别人",
        "actor": "1",
    }
    login("kjj-edit").post(NEW, typed(make_leaver(kjj), **forged))
    filing = AccountFiling.objects.get()
    assert (filing.department, filing.filed_by.username, filing.leaver_name) == (kjj, "kjj-edit", "姓名kjj-old")
    assert (filing.handed_roles, filing.completed_at, filing.successor) == ([Role.EDITOR], None, None)


def test_who_works_in_two_units_chooses_one(
    thursday: datetime.date, kjj: Department, gxj: Department, login: Login
) -> None:
    make_leaver(gxj, Role.REVIEWER, code="kjj-review")
    leaver, client = make_leaver(kjj), login("kjj-review")
    assert 'name="department"' in text(client, NEW)
    assert "请选择单位" in client.post(NEW, typed(leaver)).content.decode()
    wrong = client.post(NEW, typed(leaver, department=str(gxj.pk))).content.decode()
    assert "本单位没有这个账号" in wrong
    bureau = str(DutyClock._meta.get_field("department").related_model.objects.get(code="spj").pk)
    assert client.post(NEW, typed(leaver, department=bureau)).status_code == 200
    assert not AccountFiling.objects.exists()
    assert client.post(NEW, typed(leaver, department=str(kjj.pk))).status_code == 302
    assert AccountFiling.objects.get().department == kjj


@pytest.mark.parametrize("username", ["spj-acct", "spj-audit", "spj-moder", "sys-admin"])
def test_the_bureau_files_nothing(thursday: datetime.date, kjj: Department, login: Login, username: str) -> None:
    leaver, client = make_leaver(kjj), login(username)
    assert client.get(NEW).status_code == 302
    assert client.post(NEW, typed(leaver)).status_code == 302
    assert not AccountFiling.objects.exists()
    if username in {"spj-acct", "spj-audit"}:
        assert "新备案" not in text(client, LIST)


def test_who_files_his_own_departure_is_told_and_then_out(
    thursday: datetime.date, kjj: Department, login: Login
) -> None:
    leaver = make_leaver(kjj)
    client = login("kjj-old")
    response = client.post(NEW, typed(leaver, changed_on="2026-03-06"))
    page = response.content.decode()
    filing = AccountFiling.objects.get()
    assert response.status_code == 200
    for words in (f"已备案：第 {filing.pk} 号", "2026-03-12（周四） 10:00", "逾期 1 个工作日", "本次登录随即结束"):
        assert words in page
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get(page_of(filing)).status_code == 302


def test_old_cookie_old_password_and_rights_are_dead_at_the_next_request(
    thursday: datetime.date, kjj: Department, login: Login
) -> None:
    leaver = make_leaver(kjj)
    draft = f.make_document(kjj)
    cookie = login("kjj-old")
    edit = f"/admin/pages/{draft.pk}/edit/"
    assert cookie.get(edit).status_code == 200
    login("kjj-edit").post(NEW, typed(leaver))
    for url in ("/admin/", edit, LIST):
        assert cookie.get(url)["Location"].startswith("/admin/login/")
    again = Client().post("/admin/login/", {"username": "kjj-old", "password": f.PASSWORD})
    assert again.status_code == 200, "the log-in page again, no redirect"
    assert "_auth_user_id" not in again.client.session


def test_who_works_elsewhere_loses_this_department_at_the_next_request(
    thursday: datetime.date, kjj: Department, gxj: Department, login: Login
) -> None:
    leaver = make_leaver(kjj)
    make_leaver(gxj, code="kjj-old")
    theirs, ours = f.make_document(kjj), f.make_document(gxj)
    login("kjj-edit").post(NEW, typed(leaver))
    client = login("kjj-old")
    assert client.get(f"/admin/pages/{theirs.pk}/edit/").status_code == 404
    assert client.get(f"/admin/pages/{ours.pk}/edit/").status_code == 200
    assert client.get(page_of(AccountFiling.objects.get())).status_code == 404


# --- Settling and striking out ---------------------------------------------------------------------------------------


def test_the_officer_settles_and_hands_over_the_slip(thursday: datetime.date, kjj: Department, login: Login) -> None:
    filing, client = make_filing(kjj), login("spj-acct")
    assert 'value="kjj-edit2"' in text(client, page_of(filing)), "a free code is suggested"
    response = client.post(page_of(filing), {"action": "complete", "username": "kjj-edit2"})
    (slip,) = response.context["slips"]
    assert (slip.user.username, slip.user.holder_name) == ("kjj-edit2", "李接任")
    assert slip.password in response.content.decode()
    assert "录入员" in slip.posts
    assert slip.expires_at == f.user("kjj-edit2").password_expires_at
    assert "no-store" in response["Cache-Control"]
    assert f.user("kjj-edit2").check_password(slip.password)
    page = text(client, page_of(filing))
    assert slip.password not in page, "shown once"
    for words in ("已办结", "kjj-edit2", "办结人员变更备案", "按时"):
        assert words in page
    twice = client.post(page_of(filing), {"action": "complete", "username": "kjj-edit3"})
    assert twice.status_code == 409
    assert "刚刚已被办结或撤销" in twice.content.decode()


def test_the_newcomer_s_own_account_may_inherit(thursday: datetime.date, kjj: Department, login: Login) -> None:
    heir = make_leaver(kjj, Role.REVIEWER, code="kjj-heir")
    filing, client = make_filing(kjj, newcomer_name=heir.holder_name), login("spj-acct")
    assert "姓名kjj-heir（kjj-heir）" in text(client, page_of(filing))
    posted = {
        "action": "complete",
        "username": "kjj-edit2",
        "account": str(heir.pk),
    }  # the suggested code left as it was
    response = client.post(page_of(filing), posted)
    assert response["Location"] == page_of(filing)
    assert f.user("kjj-heir").holds(Role.EDITOR)


def test_faults_of_settling_are_told_and_kept(thursday: datetime.date, kjj: Department, login: Login) -> None:
    filing, client = make_filing(kjj), login("spj-acct")
    response = client.post(page_of(filing), {"action": "complete", "username": "kjj-edit"})
    assert "已存在" in response.content.decode()
    assert 'value="kjj-edit"' in response.content.decode()
    forged = client.post(page_of(filing), {"action": "complete", "account": str(f.user("gxj-edit").pk)})
    assert "请填写要分配的新账号" in forged.content.decode(), "the field is not there, so it is not read"
    kjj.is_active = False
    kjj.save()
    closed = client.post(page_of(filing), {"action": "complete", "username": "kjj-edit2"})
    assert "这个单位已停用" in closed.content.decode()
    assert AccountFiling.objects.get().is_open


def test_a_filing_without_newcomer_is_settled_by_one_click(
    thursday: datetime.date, kjj: Department, login: Login
) -> None:
    filing, client = make_filing(kjj, newcomer_name="", newcomer_phone=""), login("spj-acct")
    page = text(client, page_of(filing))
    assert "暂时没有接任人" in page
    assert 'name="username"' not in page
    assert client.post(page_of(filing), {"action": "complete"}).status_code == 302
    assert not AccountFiling.objects.get().is_open


def test_the_officer_strikes_out_with_a_reason(thursday: datetime.date, kjj: Department, login: Login) -> None:
    filing, client = make_filing(kjj), login("spj-acct")
    assert "请写明撤销理由" in client.post(page_of(filing), {"action": "cancel", "reason": ""}).content.decode()
    assert AccountFiling.objects.get().is_open
    client.post(page_of(filing), {"action": "cancel", "reason": "报错了人"})
    page = text(login("kjj-edit"), page_of(filing))
    for words in ("已撤销", "报错了人", "撤销人员变更备案", "已取消", "已撤销，不计"):
        assert words in page
    assert Client().post("/admin/login/", {"username": "kjj-old", "password": f.PASSWORD}).status_code == 302


@pytest.mark.parametrize("username", ["kjj-edit", "kjj-review", "spj-audit"])
@pytest.mark.parametrize("action", ["complete", "cancel", ""])
def test_readers_settle_nothing(
    thursday: datetime.date, kjj: Department, login: Login, username: str, action: str
) -> None:
    filing, client = make_filing(kjj), login(username)
    before = wide_state()
    data = {"action": action, "username": "kjj-edit2", "reason": "误报"}
    assert client.post(page_of(filing), data).status_code == 302
    assert wide_state() == before


@pytest.mark.parametrize("username", ["gxj-edit", "gxj-review", "spj-moder", "sys-admin"])
def test_to_others_a_filing_does_not_exist(
    thursday: datetime.date, kjj: Department, login: Login, username: str
) -> None:
    filing, client = make_filing(kjj), login(username)
    missing = reverse("filings:detail", args=[filing.pk + 1])
    for send in (client.get, lambda url: client.post(url, {"action": "cancel", "reason": "误报"})):
        assert (send(page_of(filing)).status_code, send(missing).status_code) == (404, 404)
    if username.startswith("gxj"):
        for url in (LIST, f"{RESULTS}?q=kjj-old", f"{RESULTS}?department={kjj.pk}", f"{RESULTS}?situation=open"):
            assert "kjj-old" not in text(client, url)
    else:
        assert client.get(LIST).status_code == 302
