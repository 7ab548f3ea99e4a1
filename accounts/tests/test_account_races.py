"""Two at one account, one code or the last two auditors at the same instant: one outcome, told in words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import AccountFiling, Assignment, User
from accounts.services import (
    allot_account,
    assignments,
    complete_filing,
    disable_account,
    end_assignment,
    reset_password,
)
from accounts.services.logins import open_session
from accounts.services.officer import allot_for_holder, end_role
from accounts.services.passwords import change_password
from accounts.services.roster import import_roster, read_roster
from accounts.tests.factories import make_filing, make_leaver
from accounts.tests.rosters import book
from audit.errors import Conflict
from audit.services import verify_chain
from policy_pages.tests import factories as f
from tests.races.ring import Ring, rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from accounts.models import Department

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

RACES = 10
GOOD = "Ganlan-Shu7-Yueguang"


@pytest.fixture
def bureau() -> Department:
    """The bureau with a second officer and a second auditor."""
    bureau = f.make_bureau()
    f.make_user("spj-acct2", bureau, Role.ACCOUNT_OFFICER)
    f.make_user("spj-audit2", bureau, Role.AUDITOR)
    return bureau


@pytest.fixture
def ring() -> Iterator[Ring]:
    with Ring() as ring:
        yield ring


# --- A reset and the holder's own change ---------------------------------------------------------------------------


def test_a_change_begun_before_a_reset_does_not_undo_it(bureau: Department) -> None:
    """The middleware reads the account, the officer resets it, then the old request would save its own password."""
    thief = f.user("spj-moder")
    password = reset_password(user=f.user("spj-moder"), reason="密码外泄", actor=f.user("spj-acct"))
    with pytest.raises(Conflict, match="重新登录"):
        change_password(user=thief, password=GOOD)
    stands = f.user("spj-moder")
    assert stands.check_password(password)
    assert stands.must_change_password


def test_of_a_reset_and_a_change_the_reset_stands(bureau: Department, ring: Ring) -> None:
    for _round in range(rounds(RACES)):
        officer, target, thief = f.user("spj-acct"), f.user("spj-moder"), f.user("spj-moder")
        reset, change = ring.race(
            lambda target=target, officer=officer: reset_password(user=target, reason="密码外泄", actor=officer),
            lambda thief=thief: change_password(user=thief, password=GOOD),
        )
        assert reset.won, reset
        assert change.won or isinstance(change.error, Conflict), change
        stands = f.user("spj-moder")
        assert stands.check_password(str(reset.value))
        assert stands.must_change_password


# --- The last two auditors -----------------------------------------------------------------------------------------


def disabling(username: str, officer: str) -> Callable[[], object]:
    user, actor = f.user(username), f.user(officer)
    return lambda: disable_account(user=user, reason="调离", actor=actor)


def ending(username: str, officer: str) -> Callable[[], object]:
    post, actor = Assignment.objects.select_related("user", "department").get(user__username=username), f.user(officer)
    return lambda: end_role(assignment=post, last_day=timezone.localdate(), actor=actor)


@pytest.mark.parametrize("first", [disabling, ending])
@pytest.mark.parametrize("second", [disabling, ending])
def test_two_officers_do_not_take_both_auditors(
    bureau: Department, ring: Ring, first: Callable, second: Callable
) -> None:
    for _round in range(rounds(RACES // 2)):
        outcomes = ring.race(first("spj-audit", "spj-acct"), second("spj-audit2", "spj-acct2"))
        assert sorted(outcome.won for outcome in outcomes) == [False, True], outcomes
        assert [type(outcome.error) for outcome in outcomes if not outcome.won] == [ValidationError], outcomes
        User.objects.update(is_active=True)
        Assignment.objects.update(valid_until=None)
    assert verify_chain().ok


def test_the_race_finds_nobody_left_when_the_lock_is_taken_away(
    bureau: Department, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power check: without reading the auditors under lock both ends are accepted."""
    monkeypatch.setattr(assignments, "is_only_auditor", lambda user, first_day=None: False)
    outcomes = ring.race(ending("spj-audit", "spj-acct"), ending("spj-audit2", "spj-acct2"))
    assert [outcome.won for outcome in outcomes] == [True, True], outcomes


def test_the_end_of_one_auditor_s_role_and_his_disabling_do_not_deadlock(bureau: Department, ring: Ring) -> None:
    post = Assignment.objects.select_related("user", "department").get(user__username="spj-audit")
    outcomes = ring.race(
        lambda: end_assignment(assignment=post, last_day=timezone.localdate(), actor=f.user("spj-acct2")),
        disabling("spj-audit", "spj-acct"),
    )
    assert [outcome.won for outcome in outcomes] == [True, True], outcomes


# --- One code, two units -------------------------------------------------------------------------------------------


def at_the_desk(unit: Department, number: int, officer: str) -> Callable[[], object]:
    actor, facts = f.user(officer), newcomer(unit, number)
    return lambda: allot_for_holder(**facts, valid_from=timezone.localdate(), actor=actor)


def by_service(unit: Department, number: int, officer: str) -> Callable[[], object]:
    """As the operator's command allots: by the service alone."""
    actor, facts = f.user(officer), newcomer(unit, number)
    return lambda: allot_account(**facts, actor=actor)


def newcomer(unit: Department, number: int) -> dict[str, Any]:
    name, phone = f"使用人{unit.code}", f"138{number:08d}"
    return {
        "username": f"same-code{number}",
        "holder_name": name,
        "phone": phone,
        "department": unit,
        "roles": [Role.EDITOR],
    }


@pytest.mark.parametrize("allot", [at_the_desk, by_service])
def test_a_code_taken_meanwhile_by_another_unit_is_a_sentence_at_its_field(
    bureau: Department, ring: Ring, allot: Callable
) -> None:
    units = f.make_department("kjj", "科学技术局"), f.make_department("gxj", "工业和信息化局")
    for number in range(rounds(RACES)):
        outcomes = ring.race(allot(units[0], number, "spj-acct"), allot(units[1], number, "spj-acct2"))
        assert sorted(outcome.won for outcome in outcomes) == [False, True], outcomes
        [error] = [outcome.error for outcome in outcomes if not outcome.won]
        assert isinstance(error, ValidationError), error
        assert error.message_dict == {"username": [f"账号“same-code{number}”已存在，请换一个。"]}
    assert verify_chain().ok


def test_an_import_whose_last_code_is_taken_meanwhile_opens_nothing_and_says_which_row(
    bureau: Department, ring: Ring
) -> None:
    units = f.make_department("kjj", "科学技术局"), f.make_department("gxj", "工业和信息化局")
    for number in range(rounds(RACES // 2)):
        lines = [["kjj", "录入员", "张甲", f"137{number:08d}", f"other-code{number}"]]
        lines.append(["kjj", "录入员", "李乙", f"136{number:08d}", f"same-code{number}"])
        rows, actor = read_roster(book(lines)), f.user("spj-acct")
        imported, allotted = ring.race(
            lambda rows=rows, actor=actor: import_roster(rows=rows, lenient=False, actor=actor),
            at_the_desk(units[1], number, "spj-acct2"),
        )
        assert imported.won, imported
        accounts = imported.value.accounts  # type: ignore[attr-defined]  # what an import returns
        assert bool(accounts) != allotted.won, (imported, allotted)
        assert User.objects.filter(username=f"other-code{number}").exists() == bool(accounts)
        assert [bool(row.faults) for row in rows] == [False, not accounts]
    assert verify_chain().ok


# --- The one order of locks ----------------------------------------------------------------------------------------


def importing(lines: list[list[str]], officer: str) -> Callable[[], object]:
    rows, actor = read_roster(book(lines)), f.user(officer)
    return lambda: import_roster(rows=rows, lenient=False, actor=actor)


def settling(filing: AccountFiling, code: str, officer: str) -> Callable[[], object]:
    read, actor = AccountFiling.objects.get(pk=filing.pk), f.user(officer)

    @transaction.atomic
    def run() -> object:
        return complete_filing(filing=read, username=code, actor=actor)

    return run


def logging_in(username: str) -> Callable[[], object]:
    user = f.user(username)
    return lambda: open_session(user=user, address="192.0.2.1")


def later(number: int, run: Callable[[], object]) -> Callable[[], object]:
    """So many hundredths of a second after the other began, in the middle of what he does."""

    def waited() -> object:
        time.sleep(number / 100)
        return run()

    return waited


@pytest.mark.parametrize("is_settled", [True, False], ids=["settled", "by the command"])
def test_an_import_and_another_allotment_of_its_last_code_do_not_deadlock(
    bureau: Department, ring: Ring, is_settled: bool
) -> None:
    unit = f.make_department("kjj", "科学技术局")
    for number in range(rounds(2 * RACES)):
        code = f"same-code{number}"
        lines = [["kjj", "录入员", f"甲{n}", f"137{number:04d}{n:04d}", f"first{number}-{n}"] for n in range(8)]
        lines.append(["kjj", "录入员", "末", f"136{number:08d}", code])
        if is_settled:
            leaver = make_leaver(unit, code=f"kjj-old{number}")
            other = settling(make_filing(unit, leaver, newcomer_name=f"接任{number}"), code, "spj-acct2")
        else:
            other = by_service(unit, number, "spj-acct2")
        imported, allotted = ring.race(importing(lines, "spj-acct"), later(number, other))
        assert imported.won, imported
        assert allotted.won or isinstance(allotted.error, ValidationError), allotted
        assert User.objects.filter(username=code).count() == 1
        assert bool(imported.value.accounts) != allotted.won  # type: ignore[attr-defined]  # what an import returns
    assert verify_chain().ok


def test_an_officer_settles_while_he_logs_in_elsewhere(bureau: Department, ring: Ring) -> None:
    """The filing names its officer after the chain is locked; a login locks the officer before it."""
    unit = f.make_department("kjj", "科学技术局")
    for number in range(rounds(2 * RACES)):
        leaver = make_leaver(unit, code=f"kjj-old{number}")
        filing = make_filing(unit, leaver, newcomer_name=f"接任{number}")
        settled = settling(filing, f"kjj-new{number}", "spj-acct")
        outcomes = ring.race(settled, later(number, logging_in("spj-acct")))
        assert [outcome.won for outcome in outcomes] == [True, True], outcomes


def test_a_reset_and_a_failed_login_of_the_same_account(bureau: Department, ring: Ring) -> None:
    """A failed login counts, then tells the chain; a reset lifts the count, then tells it too."""

    def hammering() -> object:
        return Client().post("/admin/login/", {"username": "spj-moder", "password": "wrong"}, REMOTE_ADDR="192.0.2.9")

    hammering()
    for _round in range(rounds(RACES)):
        outcomes = ring.race(
            lambda: reset_password(user=f.user("spj-moder"), reason="本人申请", actor=f.user("spj-acct")), hammering
        )
        assert [outcome.won for outcome in outcomes] == [True, True], outcomes
        assert outcomes[1].value.status_code in {200, 429}  # type: ignore[attr-defined]  # a response
