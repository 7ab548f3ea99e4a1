"""Two persons at one filing: one outcome, one account, and the other is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.enums import Role
from accounts.models import AccountFiling, Department, User
from accounts.services import cancel_filing, complete_filing, end_assignment, permission_drift
from accounts.tests.factories import make_filing, make_leaver
from audit.errors import Conflict
from audit.services import verify_chain
from policy_pages.tests import factories as f
from tests.races.ring import Ring, rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from accounts.models import Assignment
    from tests.races.ring import Outcome

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

RACES = 20


@pytest.fixture
def department() -> Department:
    """A department, and a second account officer."""
    bureau, department = f.make_bureau(), f.make_department("kjj", "科学技术局")
    f.make_user("spj-acct2", bureau, Role.ACCOUNT_OFFICER)
    return department


@pytest.fixture
def ring() -> Iterator[Ring]:
    with Ring() as ring:
        yield ring


# --- Contenders: each reads before the race, as a view does, and runs in one transaction ---------------------------


def settling(filing: AccountFiling, username: str, code: str) -> Callable[[], object]:
    read, actor = AccountFiling.objects.get(pk=filing.pk), f.user(username)

    @transaction.atomic
    def run() -> object:
        return complete_filing(filing=read, username=code, actor=actor)

    return run


def striking_out(filing: AccountFiling) -> Callable[[], object]:
    read, actor = AccountFiling.objects.get(pk=filing.pk), f.user("spj-acct2")

    @transaction.atomic
    def run() -> object:
        return cancel_filing(filing=read, reason="误报", actor=actor)

    return run


def filing_of(department: Department, leaver: User, username: str) -> Callable[[], object]:
    @transaction.atomic
    def run() -> object:
        return make_filing(department, leaver, actor=f.user(username))

    return run


def ending(held: Assignment) -> Callable[[], object]:
    @transaction.atomic
    def run() -> object:
        return end_assignment(assignment=held, last_day=held.valid_from, actor=f.user("spj-acct"))

    return run


def one_won(outcomes: tuple[Outcome, Outcome], refusal: type[Exception]) -> None:
    assert sorted(outcome.won for outcome in outcomes) == [False, True], outcomes
    assert [type(outcome.error) for outcome in outcomes if not outcome.won] == [refusal]


def leavers(department: Department) -> list[User]:
    return [make_leaver(department, code=f"kjj-old{number}") for number in range(rounds(RACES))]


# --- Races ----------------------------------------------------------------------------------------------------


def test_two_officers_settle_and_one_account_is_made(department: Department, ring: Ring) -> None:
    for leaver in leavers(department):
        filing = make_filing(department, leaver, newcomer_name=f"接任{leaver.username}")
        before = User.objects.count()
        one = settling(filing, "spj-acct", f"{leaver.username}-a")
        other = settling(filing, "spj-acct2", f"{leaver.username}-b")
        one_won(ring.race(one, other), Conflict)
        assert User.objects.count() == before + 1
    assert verify_chain().ok


def test_settling_and_striking_out(department: Department, ring: Ring) -> None:
    for leaver in leavers(department):
        filing = make_filing(department, leaver, newcomer_name=f"接任{leaver.username}")
        settled, struck = ring.race(settling(filing, "spj-acct", f"{leaver.username}-a"), striking_out(filing))
        one_won((settled, struck), Conflict)
        assert f.user(leaver.username).is_active == struck.won
    assert permission_drift() == []


def test_a_change_filed_twice_at_once_is_filed_once(department: Department, ring: Ring) -> None:
    for leaver in leavers(department):
        contenders = [filing_of(department, leaver, name) for name in ("kjj-edit", "kjj-review")]
        one_won(ring.race(*contenders), ValidationError)
    assert AccountFiling.objects.count() == rounds(RACES)
    assert verify_chain().ok


def test_filing_and_the_end_of_the_same_role_do_not_wait_for_each_other(department: Department, ring: Ring) -> None:
    """Both lock the account before the chain; in two orders PostgreSQL would end one of them by a deadlock."""
    for leaver in leavers(department):
        filed, ended = ring.race(filing_of(department, leaver, "kjj-edit"), ending(leaver.assignments.get()))
        assert ended.won, ended
        assert filed.won or isinstance(filed.error, ValidationError), filed


def test_the_race_finds_two_outcomes_when_the_lock_is_taken_away(
    department: Department, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power check: without reading anew under lock both settle; a newcomer's second account is refused for itself."""
    monkeypatch.setattr("accounts.services.filings.settling._lock", lambda filing, account: None)
    monkeypatch.setattr("accounts.services.filings.settling.finish_clock", lambda **facts: None)
    filing = make_filing(department, make_leaver(department), newcomer_name="", newcomer_phone="")
    outcomes = ring.race(settling(filing, "spj-acct", ""), settling(filing, "spj-acct2", ""))
    assert [outcome.won for outcome in outcomes] == [True, True]
