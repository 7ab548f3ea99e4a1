"""The list of 人员变更备案 and the home page: the most urgent first, each side's verdict, own departments only."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import cancel_filing, complete_filing
from accounts.tests.factories import make_filing, make_leaver, on
from policy_pages.tests import factories as f
from tests.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from accounts.models import AccountFiling, Department

pytestmark = pytest.mark.django_db

Login = "Callable[[str], Client]"
LIST, RESULTS = "/admin/filings/", "/admin/filings/results/"


def page_of(filing: AccountFiling) -> str:
    return reverse("filings:detail", args=[filing.pk])


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


# --- The list ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(settled_in: None, kjj: Department, gxj: Department) -> dict[str, AccountFiling]:
    """As of Friday 20 March 2026: one of each kind."""

    def build() -> dict[str, AccountFiling]:
        officer, filings = f.user("spj-acct"), {}
        changed = datetime.date(2026, 3, 11)
        with on("2026-03-12"):
            filings["overdue"] = make_filing(kjj, make_leaver(kjj, code="k-overdue"), changed_on=changed)
            filings["settled"] = make_filing(kjj, make_leaver(kjj, code="k-settled"), changed_on=changed)
            filings["late_settled"] = make_filing(gxj, make_leaver(gxj, code="g-late"), changed_on=changed)
            filings["struck"] = make_filing(gxj, make_leaver(gxj, code="g-struck"), changed_on=changed)
            complete_filing(filing=filings["settled"], username="kjj-edit2", actor=officer)
            cancel_filing(filing=filings["struck"], reason="误报", actor=officer)
        with on("2026-03-18"):
            complete_filing(filing=filings["late_settled"], username="gxj-edit2", actor=officer)
            filings["waiting"] = make_filing(gxj, make_leaver(gxj, code="g-waiting"), changed_on=changed)
        return filings

    return scene("many filings", build)


def listed(page: str) -> list[str]:
    """Codes of the leavers in the order of the page."""
    codes = ("k-overdue", "k-settled", "g-late", "g-struck", "g-waiting")
    return sorted((code for code in codes if f"（{code}）" in page), key=lambda code: page.index(f"（{code}）"))


def test_the_officer_sees_the_overdue_first_and_each_side_s_verdict(
    many: dict[str, AccountFiling], login: Login
) -> None:
    with on("2026-03-20"):
        page = text(login("spj-acct"), LIST)
        assert listed(page) == ["k-overdue", "g-waiting", "g-struck", "g-late", "k-settled"]
        assert page.count("已超期 4 个工作日") == 1  # the bureau's: due 16 March
        assert page.count("逾期 2 个工作日") == 2  # the department's: due 16 March, filed 18; the bureau's: 18 March
        assert page.count("今天到期") == 1
        assert page.count("按时") == 4, "what was struck out is judged no more"


def test_officer_and_department_each_see_their_own_lateness(many: dict[str, AccountFiling], login: Login) -> None:
    with on("2026-03-20"):
        late = text(login("gxj-edit"), page_of(many["waiting"]))
        assert "逾期 2 个工作日" in late
        assert "今天到期" in late
        overdue = text(login("spj-acct"), page_of(many["overdue"]))
        assert "已超期 4 个工作日" in overdue
        assert "按时" in overdue


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("situation=open", ["k-overdue", "g-waiting"]),
        ("situation=settled", ["g-late", "k-settled"]),
        ("situation=cancelled", ["g-struck"]),
        ("situation=late_filed", ["g-waiting"]),
        ("situation=late_settled", ["k-overdue", "g-late"]),
        ("situation=nonsense", ["k-overdue", "g-waiting", "g-struck", "g-late", "k-settled"]),
        ("q=overdue", ["k-overdue"]),
        ("q=李接任", ["k-overdue", "g-waiting", "g-struck", "g-late", "k-settled"]),
    ],
)
def test_the_list_is_filtered(many: dict[str, AccountFiling], login: Login, query: str, codes: list[str]) -> None:
    with on("2026-03-20"):
        assert listed(text(login("spj-acct"), f"{RESULTS}?{query}")) == codes


def test_the_list_is_filtered_by_unit(many: dict[str, AccountFiling], kjj: Department, login: Login) -> None:
    with on("2026-03-20"):
        assert listed(text(login("spj-audit"), f"{RESULTS}?department={kjj.pk}")) == ["k-overdue", "k-settled"]
        assert listed(text(login("kjj-edit"), LIST)) == ["k-overdue", "k-settled"]


@pytest.mark.parametrize("url", [LIST, "/admin/"])
def test_one_row_and_many_take_as_many_queries(
    thursday: datetime.date, kjj: Department, login: Login, url: str, django_assert_num_queries: Callable
) -> None:
    make_filing(kjj)
    client = login("spj-acct")
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    expected = len(few)
    for number in range(5):
        make_filing(kjj, make_leaver(kjj, code=f"kjj-old{number}"))
    client = login("spj-acct")
    client.get(url)
    with django_assert_num_queries(expected):
        client.get(url)


@pytest.mark.parametrize("name", ["edit", "delete", "copy", "inspect", "history", "usage"])
def test_a_filing_has_no_address_that_rewrites_it(name: str) -> None:
    for args in ([], [1]):
        with pytest.raises(NoReverseMatch):
            reverse(f"filings:{name}", args=args)


@pytest.mark.parametrize(
    ("username", "shown"),
    [("kjj-edit", True), ("kjj-review", True), ("spj-acct", True), ("spj-audit", True), ("spj-moder", False)],
)
def test_who_has_it_in_the_menu(kjj: Department, login: Login, username: str, shown: bool) -> None:
    assert (f'"{LIST}"' in text(login(username), "/admin/inbox/").replace("\\u002D", "-")) == shown


# --- The home page ------------------------------------------------------------------------------------------------------


def test_home_tells_the_officer_what_is_owed_and_the_department_where_it_stands(
    many: dict[str, AccountFiling], login: Login
) -> None:
    with on("2026-03-20"):
        officer = text(login("spj-acct"), "/admin/")
        assert "待办结的人员变更备案" in officer
        assert officer.index("已超期 4 个工作日") < officer.index("今天到期")
        department = text(login("gxj-edit"), "/admin/")
        assert "已备案，待审批局办结" in department
        assert "姓名g-waiting → 李接任" in department
        assert "k-overdue" not in department
        assert "待办结的人员变更备案" not in text(login("spj-moder"), "/admin/")


def test_home_without_open_filings(kjj: Department, login: Login) -> None:
    assert "没有等待办结的备案" in text(login("spj-acct"), "/admin/")
    assert "人员变更备案</h2>" not in text(login("kjj-edit"), "/admin/")


def test_a_calendar_gap_is_told_and_never_late(settled_in: None, kjj: Department, login: Login) -> None:
    with on("2026-12-30"):
        filing = make_filing(kjj)
    with on("2027-03-01"):
        User.objects.update(password_changed_at=timezone.now())  # or it were due for renewal
        page = text(login("spj-acct"), page_of(filing))
        assert "待国务院公布 2027 年放假安排" in page
        assert "逾期" not in page
        assert listed(text(login("spj-acct"), f"{RESULTS}?situation=late_settled")) == []
