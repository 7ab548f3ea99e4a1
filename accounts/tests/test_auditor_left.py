"""Somebody can always read the chain: the officer neither ends, disables nor takes over the only auditor."""

from __future__ import annotations

import datetime
import re
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Assignment, User
from accounts.services import assign_role, disable_account, end_assignment, reset_password
from accounts.services.second_factor import ask_recovery, confirm_recovery
from accounts.views.officer import stamp
from audit.models import Event
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import Department

pytestmark = pytest.mark.django_db
ONE_TIME = re.compile(r"[A-Z][a-z]{2}\d(?:-[A-Z][a-z]{2}\d){3}")
ONLY = "唯一在任的审计账号"


def day(ahead: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=ahead)


def post(username: str) -> Assignment:
    return Assignment.objects.select_related("user", "department").get(user__username=username)


def end(username: str, last_day: datetime.date) -> None:
    end_assignment(assignment=post(username), last_day=last_day, actor=f.user("spj-acct"))


@pytest.fixture
def second(bureau: Department) -> User:
    return f.make_user("spj-audit2", bureau, Role.AUDITOR)


def test_two_ends_ahead_leave_somebody(second: User) -> None:
    end("spj-audit", day(1))
    for last_day in (day(0), day(1), day(2), day(200)):
        with pytest.raises(ValidationError, match=ONLY):
            end("spj-audit2", last_day)
    assert post("spj-audit2").valid_until is None


def test_an_auditor_with_a_last_day_does_not_stand_in_for_one_without(second: User) -> None:
    end("spj-audit", day(30))
    with pytest.raises(ValidationError, match=ONLY):
        disable_account(user=second, reason="调离", actor=f.user("spj-acct"))


def test_the_next_one_takes_over_without_a_gap(bureau: Department) -> None:
    new = f.make_user("spj-audit2")
    assign_role(user=new, department=bureau, role=Role.AUDITOR, valid_from=day(5), actor=f.user("spj-acct"))
    with pytest.raises(ValidationError, match=ONLY):
        end("spj-audit", day(3))
    end("spj-audit", day(4))
    with pytest.raises(ValidationError, match=ONLY):
        disable_account(user=f.user("spj-audit2"), reason="不来了", actor=f.user("spj-acct"))


def test_a_disabled_auditor_is_nobody(second: User) -> None:
    disable_account(user=second, reason="休假", actor=f.user("spj-acct"))
    with pytest.raises(ValidationError, match=ONLY):
        end("spj-audit", day(1))


def test_the_only_auditor_s_password_is_not_the_officer_s_to_reset(bureau: Department, login: Callable) -> None:
    auditor = f.user("spj-audit")
    client: Client = login("spj-acct")
    data = {"action": "reset", "seen": stamp(auditor), "reason": "本人遗忘"}
    html = client.post(f"/admin/accounts/{auditor.pk}/", data).content.decode()
    assert ONLY in html
    assert "manage.py reset_account" in html
    assert "本人遗忘" in html, "nothing typed is lost"
    assert f.user("spj-audit").check_password(f.PASSWORD)
    f.make_user("spj-audit2", bureau, Role.AUDITOR)
    reset_password(user=f.user("spj-audit"), reason="本人遗忘", actor=f.user("spj-acct"))


# --- The operator's command --------------------------------------------------------------------------------------


def by_operator(*arguments: str) -> str:
    out = StringIO()
    call_command("reset_account", *arguments, stdout=out)
    return out.getvalue()


def test_the_operator_resets_the_only_auditor_and_the_event_says_so(bureau: Department) -> None:
    nonce = f.user("spj-audit").session_nonce
    [password] = ONE_TIME.findall(by_operator("spj-audit", "--reason", "本人到机房申请"))
    auditor = f.user("spj-audit")
    assert auditor.check_password(password)
    assert auditor.must_change_password
    assert auditor.session_nonce != nonce
    event = Event.objects.get(action="account.password_reset")
    assert (event.actor_id, event.actor_name, event.payload["reason"]) == (None, "系统", "本人到机房申请")
    assert password not in event.payload_json


def test_the_operator_helps_where_every_officer_had_a_part_in_the_recovery(bureau: Department, bind: Callable) -> None:
    bind("spj-moder")
    recovery = ask_recovery(user=f.user("spj-moder"), reason="手机丢失", actor=f.user("spj-acct"))
    confirm_recovery(recovery=recovery, actor=f.user("sys-admin"))
    [password] = ONE_TIME.findall(by_operator("spj-moder"))
    assert f.user("spj-moder").check_password(password)


def test_the_command_says_in_words_what_it_does_not_reset(bureau: Department) -> None:
    User.objects.create_superuser("glass", password=f.PASSWORD)
    disable_account(user=f.user("spj-moder"), reason="休假", actor=None)
    for arguments, words in (
        (("nobody-1",), "没有账号"),
        (("glass",), "manage.py changepassword"),
        (("spj-moder",), "已停用"),
        (("spj-audit", "--reason", " "), "请写明原因"),
    ):
        with pytest.raises(CommandError, match=words):
            by_operator(*arguments)
    assert not Event.objects.filter(action="account.password_reset").exists()
