"""固定报告 (A25, T25.1, T25.2): frozen from the chain, never changed, recomputed to the same figures ever after."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import Department
from audit.models import Event
from policy_pages.models import FrozenReport
from policy_pages.services.reports import freeze_report, preview_report
from policy_pages.tests import factories as f
from policy_pages.tests.report_world import at, frozen, tamper

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User

pytestmark = pytest.mark.django_db

LIST = "/admin/reports/frozen/"


def test_t25_1_the_figures_are_those_of_the_period(moderator: User) -> None:
    """As of 1 October: the change of 28 September still runs (29, 30 and, after the holiday, one more day); gxj's is overdue."""
    report = frozen(moderator)
    content = json.loads(report.content)
    assert content["units"]["kjj"] == {
        "changes": 4,
        "on_time": 2,
        "late": 1,
        "overdue": 0,
        "running": 1,
        "gap": 0,
        "rate": 667,
        "median": 3.0,
        "worst": 5,
        "department_days": 7,
        "bureau_days": 2,
        "updates": 0,
        "returns": 0,
        "documents": 0,
        "guides": 0,
    }
    assert (content["units"]["gxj"]["overdue"], content["units"]["gxj"]["rate"]) == (1, 0)
    assert (content["total"]["changes"], content["total"]["rate"]) == (5, 500)
    assert [
        (late["unit"], late["trigger"], late["due"], late["published"], late["used"]) for late in content["late"]
    ] == [("kjj", "2026-08-03", "2026-08-06", "2026-08-10", 5)]
    assert (content["period"], content["since"], content["until"], content["as_of"]) == (
        "2026-Q3",
        "2026-07-01",
        "2026-09-30",
        "2026-10-01",
    )
    assert report.content_hash == hashlib.sha256(report.content.encode()).hexdigest()
    event = Event.objects.get(action="report.frozen")
    assert event.payload["content_hash"] == report.content_hash
    assert report.until_seq < event.seq
    assert Event.objects.get(seq=report.until_seq).hash == report.head_hash


def test_the_public_counts_come_from_the_chain(moderator: User, kjj: Department) -> None:
    with at("09-01"):
        page = f.act(f.hand_in(f.make_document(kjj)), "kjj-review", "reject", comment="依据不全")
        page = f.make_public(f.save_draft(page))
        f.make_public(f.make_guide(kjj))
        withdrawn = f.make_public(f.make_guide(kjj, title="撤下的指南"))
    with at("09-02"):
        withdrawn.unpublish()
    with at("10-01"):
        report = freeze_report(code="2026-Q3", actor=moderator)
        empty = freeze_report(code="2025", actor=moderator)
    units = json.loads(report.content)["units"]
    assert {name: units["kjj"][name] for name in ("updates", "returns", "documents", "guides")} == {
        "updates": 3,
        "returns": 1,
        "documents": 1,
        "guides": 1,
    }
    assert json.loads(empty.content)["units"]["kjj"]["updates"] == 0, "another year"


# --- Who, when, and a second edition --------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["kjj-edit", "spj-audit", "spj-acct", "sys-admin"])
def test_only_a_moderator_freezes(moderator: User, who: str) -> None:
    with pytest.raises(PermissionDenied):
        frozen(f.user(who))
    assert not FrozenReport.objects.exists()


@pytest.mark.parametrize(
    ("code", "says"), [("2026-Q4", "还没有结束"), ("2026-10", "还没有结束"), ("x", "请写期间"), ("", "请写期间")]
)
def test_only_an_ended_period_is_frozen(moderator: User, code: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        frozen(moderator, code=code)


def test_the_last_day_must_be_over(moderator: User) -> None:
    with at("09-30"), pytest.raises(ValidationError, match="还没有结束"):
        freeze_report(code="2026-Q3", actor=moderator)


def test_a_second_edition_says_why_and_stands_beside_the_first(moderator: User) -> None:
    first = frozen(moderator)
    with pytest.raises(ValidationError, match="再出一版的原因"):
        frozen(moderator, note="  ")
    second = frozen(moderator, note="更正触发日期")
    assert (str(first), str(second), second.note) == (
        "2026 年第三季度第 1 版",
        "2026 年第三季度第 2 版",
        "更正触发日期",
    )
    assert FrozenReport.objects.count() == 2


# --- The page -----------------------------------------------------------------------------------------------------------


def test_a_moderator_freezes_on_the_page_and_checks(moderator: User, login: Callable[[str], Any]) -> None:
    with at("10-01"):
        client = login("spj-moder")
        assert "还没有固定报告" in client.get(LIST).content.decode()
        seen = client.post(LIST, {"period": " 2026年三季度 ", "note": ""})
        assert seen.status_code == 200
        assert not FrozenReport.objects.exists(), "a look freezes nothing"
        page = BeautifulSoup(seen.content, "html.parser")
        total = [cell.get_text(strip=True) for cell in page.select("tfoot tr > *")]
        assert total[:7] == ["合计", "5", "2", "1", "1", "1", "0"]
        assert "确认固定并公开" in page.get_text()
        hidden = {field["name"]: field["value"] for field in page.select("form.hqt-filing input[type=hidden]")}
        assert (hidden["period"], hidden["note"]) == ("2026-Q3", "")
        assert client.post(LIST, {**hidden, "confirm": "yes"}).status_code == 302
        report = FrozenReport.objects.get()
        assert preview_report(code="2026-Q2", actor=moderator).edition == 1
        html = client.get(LIST).content.decode()
        assert report.content_hash in html
        assert "/timeliness/reports/2026-Q3/?edition=1" in html
        assert "2026 年第三季度第 1 版" in html
        checked = client.get(reverse("policy_pages_frozen_check", args=[report.pk])).content.decode()
        assert "每一个数字都相同" in checked
        response = client.post(LIST, {"period": "2026-Q3", "note": "", "confirm": "yes"})
        assert response.status_code == 422
        assert "再出一版的原因" in response.content.decode()
        response = client.post(LIST, {"period": "第三季度", "note": "更正"})
        assert 'value="第三季度"' in response.content.decode()
        assert 'value="更正"' in response.content.decode()
        assert FrozenReport.objects.count() == 1


def test_the_auditor_checks_and_does_not_freeze(moderator: User, login: Callable[[str], Any]) -> None:
    report = frozen(moderator)
    tamper("UPDATE policy_pages_frozenreport SET content = '{}'")
    with at("10-02"):
        client = login("spj-audit")
        assert LIST in client.get("/admin/").content.decode(), "in the menu"
        assert "再出一版" not in client.get(LIST).content.decode()
        for confirm in ({}, {"confirm": "yes"}):
            assert client.post(LIST, {"period": "2026-Q2", "note": "", **confirm}).status_code != 200
        assert FrozenReport.objects.count() == 1
        checked = client.get(reverse("policy_pages_frozen_check", args=[report.pk])).content.decode()
        assert "不一致" in checked
        assert client.get(reverse("policy_pages_frozen_check", args=[report.pk + 1])).status_code == 404


@pytest.mark.parametrize("who", ["kjj-edit", "kjj-review", "spj-acct", "sys-admin"])
def test_others_find_no_frozen_editions_in_the_back_office(moderator: User, login: Any, who: str) -> None:
    report = frozen(moderator)
    with at("10-02"):
        client = login(who)
        for url in (LIST, reverse("policy_pages_frozen_check", args=[report.pk])):
            assert client.get(url).status_code != 200
