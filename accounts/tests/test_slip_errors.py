"""A one-time password stands on its slip only: when the page fails, the error report does not show it either."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.utils import timezone
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from accounts.enums import Role
from accounts.services import allot_account
from accounts.services.allotment import OneTime
from accounts.services.passwords import change_password
from accounts.tests.rosters import book, confirm, ordinary, upload
from accounts.views.officer import AllotView, stamp
from accounts.views.roster import ImportView
from audit.errors import ChainBroken
from audit.models import ChainHead
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from django.views import View
    from pytest_django.fixtures import SettingsWrapper

    from accounts.models import Department

pytestmark = pytest.mark.django_db
ONE_TIME = re.compile(r"[A-Z][a-z]{2}\d(?:-[A-Z][a-z]{2}\d){3}")
SECRET = "-".join(("Kpm7", "Xqw4", "Hat9", "Ruv3"))  # in parts: the report quotes source lines too


def report_of(act: Callable[[], Any]) -> str:
    """What is mailed or logged when this fails: every frame with its variables."""
    try:
        act()
    except Exception:
        return ExceptionReporter(None, *sys.exc_info()).get_traceback_html()
    pytest.fail("nothing failed")


def reset(client: Client) -> Any:
    user = f.user("kjj-edit")
    data = {"action": "reset", "seen": stamp(user), "reason": "遗忘"}
    return client.post(f"/admin/accounts/{user.pk}/", data)


def allot(client: Client) -> Any:
    facts = {"holder_name": "李接任", "phone": "0510-81820001", "valid_from": timezone.localdate().isoformat()}
    unit = f.user("kjj-edit").assignments.get().department_id
    return client.post("/admin/accounts/new/", {"department": unit, "roles": ["editor"], **facts})


def open_many(client: Client) -> Any:
    return confirm(client, upload(client, book(ordinary(1))))


@pytest.mark.parametrize("act", [reset, allot, open_many])
def test_a_slip_that_fails_shows_no_password(
    kjj: Department, login: Callable, settings: SettingsWrapper, act: Callable[[Client], Any]
) -> None:
    client = login("spj-acct")
    settings.WAGTAILADMIN_BASE_URL = None  # the slip cannot be made: its address has no host
    report = report_of(lambda: act(client))
    assert "slips_page" in report
    assert ONE_TIME.findall(report) == []


def test_an_account_that_fails_in_the_middle_shows_no_password(kjj: Department) -> None:
    ChainHead.objects.all().delete()
    facts = {"username": "kjj-edit9", "holder_name": "李接任", "phone": "0510-81820001", "department": kjj}
    report = report_of(
        lambda: allot_account(**facts, roles=[Role.EDITOR], actor=None, one_time=OneTime(SECRET, "unusable"))
    )
    assert ChainBroken.__name__ in report
    assert SECRET not in report
    report = report_of(lambda: change_password(user=f.user("kjj-edit"), password=SECRET))
    assert ChainBroken.__name__ in report
    assert SECRET not in report


def test_the_report_would_show_it_without_the_guard(bureau: Department) -> None:
    """Power check: the same report of an unguarded frame has the password."""

    def unguarded(one_time: OneTime) -> None:
        raise ChainBroken

    assert SECRET in report_of(lambda: unguarded(OneTime(SECRET, "unusable")))


@pytest.mark.parametrize(("view", "name"), [(AllotView, "phone"), (ImportView, "rows")])
def test_people_s_data_in_the_form_is_not_in_the_report(kjj: Department, view: type[View], name: str) -> None:
    request = RequestFactory().post("/", {name: "13812345678"})
    request.user = f.user("kjj-edit")
    with pytest.raises(PermissionDenied):
        view.as_view()(request)
    kept = SafeExceptionReporterFilter().get_post_parameters(request)
    assert list(kept) == [name]
    assert "13812345678" not in str(kept)
