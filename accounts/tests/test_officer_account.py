"""The page of one account: what it tells, what the officer does to it, what nobody may (A15)."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role, SessionEnd
from accounts.models import AccountFiling, Assignment, User
from accounts.services import assign_role, disable_account, permission_drift
from accounts.services.officer import end_role, give_role
from accounts.views.officer import stamp
from audit.errors import Conflict
from audit.models import Event
from audit.services import start_clock
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from accounts.models import Department

Login = "Callable[[str], Client]"
LIST = "/admin/accounts/"
PASSWORD = re.compile(r"[A-Z][a-z]{2}[2-9](?:-[A-Z][a-z]{2}[2-9]){3}")
DAY = datetime.timedelta(days=1)
TODAY = timezone.localdate


def address(username: str) -> str:
    return f"/admin/accounts/{f.user(username).pk}/"


def act(client: Client, username: str, action: str, /, **facts: Any) -> HttpResponse:
    data = {"action": action, "seen": stamp(f.user(username)), "reason": "本人到窗口申请", **facts}
    return client.post(address(username), data)


def line(client: Client, username: str) -> str:
    soup = BeautifulSoup(client.get(f"{LIST}?q={username}").content, "html.parser")
    return soup.select_one("tbody tr").get_text(" ", strip=True)


# --- One account ------------------------------------------------------------------------------------------------


def test_the_page_of_an_account_tells_its_story(kjj: Department, login: Login) -> None:
    assign_role(user=f.user("kjj-edit"), department=kjj, role=Role.REVIEWER, actor=f.user("spj-acct"))
    disable_account(user=f.user("kjj-edit"), reason="长期病假", actor=f.user("spj-acct"))
    for username in ("spj-acct", "spj-audit"):
        page = login(username).get(address("kjj-edit")).content.decode()
        for words in ("姓名kjj-edit", "停用", "长期病假", "停用账号", "任职变更记录", "审核员", "姓名spj-acct"):
            assert words in page, words
        assert ("启用账号</h2>" in page) == (username == "spj-acct")


def test_the_page_shows_filings(kjj: Department, login: Login) -> None:
    clocks = [
        start_clock(
            code=code,
            department=kjj,
            object_type="accounts.accountfiling",
            object_id=1,
            object_label="x",
            trigger_date=TODAY(),
            basis="x",
            actor=None,
        )
        for code in ("file_account", "complete_filing")
    ]
    AccountFiling.objects.create(
        department=kjj,
        leaver=f.user("kjj-edit"),
        leaver_name="姓名kjj-edit",
        newcomer_name="新来的人",
        changed_on=TODAY(),
        reason="调离",
        filed_by=f.user("kjj-review"),
        filed_at=timezone.now(),
        filing_clock=clocks[0],
        completion_clock=clocks[1],
    )
    page = login("spj-acct").get(address("kjj-edit")).content.decode()
    assert "新来的人" in page
    assert "待办结" in page


def test_a_reset_gives_a_new_slip_and_kills_the_old_password(kjj: Department, login: Login) -> None:
    client, nonce = login("spj-acct"), f.user("kjj-edit").session_nonce
    response = act(client, "kjj-edit", "reset")
    [password] = set(PASSWORD.findall(response.content.decode()))
    user = f.user("kjj-edit")
    assert "no-store" in response["Cache-Control"]
    assert user.check_password(password)
    assert not user.check_password(f.PASSWORD)
    assert user.must_change_password
    assert user.session_nonce != nonce
    assert user.session_ended_because == SessionEnd.PASSWORD_RESET
    assert Event.objects.latest("seq").payload == {"username": "kjj-edit", "reason": "本人到窗口申请"}
    assert password not in client.get(address("kjj-edit")).content.decode()


def test_a_reset_sent_again_resets_nothing(kjj: Department, login: Login) -> None:
    client = login("spj-acct")
    data = {"action": "reset", "seen": stamp(f.user("kjj-edit")), "reason": "遗失"}
    [password] = set(PASSWORD.findall(client.post(address("kjj-edit"), data).content.decode()))
    again = client.post(address("kjj-edit"), data)
    assert again.status_code == 409
    assert f.user("kjj-edit").check_password(password)


def test_disable_and_enable_with_a_reason(kjj: Department, login: Login) -> None:
    client, editor = login("spj-acct"), login("kjj-edit")
    assert act(client, "kjj-edit", "disable").status_code == 302
    assert not f.user("kjj-edit").is_active
    assert permission_drift() == [], "groups follow at once"
    assert editor.get("/admin/inbox/").status_code == 302
    assert act(client, "kjj-edit", "enable").status_code == 302
    assert f.user("kjj-edit").is_active
    assert permission_drift() == []
    actions = [event.action for event in Event.objects.for_object("accounts.user", f.user("kjj-edit").pk)]
    assert actions[-2:] == ["account.disabled", "account.enabled"]


@pytest.mark.parametrize("reason", ["", "  ", "原" * 201])
def test_a_reason_is_asked_and_what_was_typed_stays(kjj: Department, login: Login, reason: str) -> None:
    response = act(login("spj-acct"), "kjj-edit", "disable", reason=reason)
    assert response.status_code == 200
    assert "原因" in str(response.context_data["forms"]["disable"].errors)
    assert f.user("kjj-edit").is_active
    assert reason.strip() in response.content.decode()


@pytest.mark.parametrize(
    ("action", "facts"), [("reset", {}), ("disable", {}), ("give", {"role": "reviewer"}), ("end", {})]
)
def test_a_stale_form_is_a_conflict(kjj: Department, login: Login, action: str, facts: dict) -> None:
    """Somebody else disabled the account meanwhile."""
    seen = stamp(f.user("kjj-edit"))
    row = Assignment.objects.get(user__username="kjj-edit")
    disable_account(user=f.user("kjj-edit"), reason="他人先停用", actor=f.user("spj-acct"))
    day = TODAY().isoformat()
    more = {"assignment": row.pk, "last_day": day, "valid_from": day, "department": kjj.pk, **facts}
    client = login("spj-acct")  # a login is an event too
    number = Event.objects.count()
    response = act(client, "kjj-edit", action, seen=seen, **more)
    assert response.status_code == 409
    assert "已有变动" in response.content.decode()
    assert Event.objects.count() == number
    row.refresh_from_db()
    assert row.valid_until is None


def test_a_form_without_its_stamp_is_a_conflict(kjj: Department, login: Login) -> None:
    assert act(login("spj-acct"), "kjj-edit", "disable", seen="").status_code == 409
    assert f.user("kjj-edit").is_active


def test_a_role_is_given_and_ended(kjj: Department, gxj: Department, login: Login) -> None:
    client = login("spj-acct")
    facts = {"department": gxj.pk, "role": "editor", "valid_from": TODAY().isoformat()}
    assert act(client, "kjj-edit", "give", **facts).status_code == 302
    row = Assignment.objects.get(user__username="kjj-edit", department=gxj)
    assert act(client, "kjj-edit", "end", assignment=row.pk, last_day=TODAY().isoformat()).status_code == 302
    row.refresh_from_db()
    assert row.valid_until == TODAY()
    assert permission_drift() == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"role": "editor"}, "已有这个角色"),
        ({"role": "moderator"}, "审批局的角色"),
        ({"role": "account_officer"}, "不能在这里分配"),
        ({"role": ""}, "请选择角色"),
        ({"department": ""}, "请选择单位"),
        ({"department": "9999"}, "没有这个单位"),
        ({"valid_from": "2020-01-01"}, "不能早于今天"),
        ({"valid_from": "x"}, "日期写法不对"),
    ],
)
def test_a_role_that_does_not_fit_is_told(kjj: Department, login: Login, facts: dict, words: str) -> None:
    data = {"department": kjj.pk, "role": "reviewer", "valid_from": TODAY().isoformat(), **facts}
    response = act(login("spj-acct"), "kjj-edit", "give", **data)
    assert words in str(response.context_data["forms"]["give"].errors)
    assert Assignment.objects.filter(user__username="kjj-edit").count() == 1


def test_two_separated_powers_are_refused_also_for_later_days(bureau: Department, login: Login) -> None:
    client, day = login("spj-acct"), (TODAY() + 9 * DAY).isoformat()
    f.make_user("spj-new")
    facts = {"department": bureau.pk, "valid_from": day}
    assert act(client, "spj-new", "give", role="auditor", **facts).status_code == 302
    response = act(client, "spj-new", "give", role="moderator", **facts)
    assert "须由不同的人担任" in str(response.context_data["forms"]["give"].errors)
    assert Assignment.objects.filter(user__username="spj-new").count() == 1


def test_a_role_given_again_after_its_last_day_starts_anew(kjj: Department, login: Login) -> None:
    client, row = login("spj-acct"), Assignment.objects.get(user__username="kjj-edit")
    act(client, "kjj-edit", "end", assignment=row.pk, last_day=TODAY().isoformat())
    facts = {"department": kjj.pk, "role": "editor", "valid_from": (TODAY() + DAY).isoformat()}
    assert act(client, "kjj-edit", "give", **facts).status_code == 302
    assert Assignment.objects.filter(user__username="kjj-edit", valid_until=None).count() == 1


def test_a_last_day_before_the_first_is_told_in_words(kjj: Department, login: Login) -> None:
    row = Assignment.objects.get(user__username="kjj-edit")
    day = (row.valid_from - DAY).isoformat()
    response = act(login("spj-acct"), "kjj-edit", "end", assignment=row.pk, last_day=day)
    page = response.content.decode()
    assert f"离任日期早于任职起始日（{row.valid_from.isoformat()}）" in page
    assert f'value="{day}"' in page
    row.refresh_from_db()
    assert row.valid_until is None


def test_an_ended_role_is_not_ended_again(kjj: Department) -> None:
    Assignment.objects.filter(user__username="kjj-edit").update(valid_from=TODAY() - 9 * DAY, valid_until=TODAY() - DAY)
    with pytest.raises(Conflict):
        end_role(
            assignment=Assignment.objects.get(user__username="kjj-edit"), last_day=TODAY(), actor=f.user("spj-acct")
        )


def test_another_account_s_assignment_does_not_exist_here(kjj: Department, login: Login) -> None:
    other = Assignment.objects.get(user__username="kjj-review")
    response = act(login("spj-acct"), "kjj-edit", "end", assignment=other.pk, last_day=TODAY().isoformat())
    assert response.status_code == 404
    other.refresh_from_db()
    assert other.valid_until is None


@pytest.mark.parametrize("number", ["0", "9" * 30, "x"])
def test_odd_addresses_are_not_found(kjj: Department, login: Login, number: str) -> None:
    assert login("spj-acct").get(f"/admin/accounts/{number}/").status_code == 404
    assert act(login("spj-acct"), "kjj-edit", "destroy").status_code == 404


# --- What nobody may --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["spj-acct", "root"])
def test_an_officer_touches_neither_himself_nor_a_superuser(bureau: Department, login: Login, target: str) -> None:
    User.objects.create_superuser("root", password=f.PASSWORD)
    client = login("spj-acct")
    page = client.get(address(target)).content.decode()
    assert "重置密码</h2>" not in page
    if target == "root":
        assert "应急超级账号" in page
        assert "应急超级账号" in line(client, "root")
    before = User.objects.filter(username=target).values().get(), Event.objects.count(), Assignment.objects.count()
    facts = {"department": bureau.pk, "role": "auditor", "valid_from": TODAY().isoformat()}
    for action in ("reset", "disable", "enable", "give", "end"):
        row = Assignment.objects.filter(user__username=target).first()
        more = {**facts, "assignment": row.pk if row else 1, "last_day": TODAY().isoformat()}
        assert act(client, target, action, **more).status_code in {302, 404}
    after = User.objects.filter(username=target).values().get(), Event.objects.count(), Assignment.objects.count()
    assert after == before


def test_the_services_hold_the_same_line(bureau: Department) -> None:
    officer, root = f.user("spj-acct"), User.objects.create_superuser("root", password=f.PASSWORD)
    for user, role in ((officer, Role.AUDITOR), (root, Role.AUDITOR), (f.make_user("new"), Role.ACCOUNT_OFFICER)):
        with pytest.raises(PermissionDenied):
            give_role(user=user, department=bureau, role=role, valid_from=TODAY(), actor=officer)
    with pytest.raises(PermissionDenied):
        end_role(assignment=Assignment.objects.get(user=officer), last_day=TODAY(), actor=officer)
    with pytest.raises(PermissionDenied):
        end_role(assignment=Assignment.objects.get(user=officer), last_day=TODAY(), actor=f.user("spj-audit"))


def test_the_auditor_changes_nothing(kjj: Department, login: Login) -> None:
    client = login("spj-audit")  # a login is an event too
    number = Event.objects.count()
    for action in ("reset", "disable", "give", "end"):
        assert act(client, "kjj-edit", action).status_code == 302
    assert Event.objects.count() == number
    assert f.user("kjj-edit").is_active


def test_a_forged_post_of_every_field_changes_only_what_the_form_is_for(kjj: Department, login: Login) -> None:
    forged = {field.name: "1" for field in User._meta.get_fields()} | {"username": "stolen", "password": "forged"}
    before = User.objects.filter(username="kjj-edit").values().get()
    response = act(login("spj-acct"), "kjj-edit", "disable", **forged)
    assert response.status_code == 302
    after = User.objects.filter(pk=before["id"]).values().get()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"is_active", "disabled_at", "disabled_reason", "session_nonce", "session_ended_because"}


def test_the_page_asks_a_fixed_number_of_queries(kjj: Department, gxj: Department, login: Login) -> None:
    def number() -> int:
        client = login("spj-acct")
        client.get(address("kjj-edit"))
        with CaptureQueriesContext(connection) as asked:
            client.get(address("kjj-edit"))
        return len(asked)

    one = number()
    assign_role(user=f.user("kjj-edit"), department=gxj, role=Role.EDITOR)
    assign_role(user=f.user("kjj-edit"), department=gxj, role=Role.REVIEWER)
    disable_account(user=f.user("kjj-review"), reason="x", actor=f.user("spj-acct"))
    assert number() == one
