"""Lists of the back office on a phone: wider than the window, they scroll within their own box and nothing is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts.models import Department
from accounts.tests.factories import make_filing
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Right edges, in pixels, of a list's last column once it was scrolled to, and of the window.
EDGES = """() => [...document.querySelectorAll('table.listing')].map(table => {
    table.parentElement.scrollLeft = 9999;
    return Math.round(table.querySelector('tr').lastElementChild.getBoundingClientRect().right);
})"""


def test_every_column_of_a_list_can_be_reached_at_360_pixels(desk: Callable[..., Desk]) -> None:
    kjj = Department.objects.get(code="kjj")
    page = f.make_public(f.make_document(kjj))
    filing = make_filing(kjj)
    desks = {
        "spj-acct": [
            f"/admin/filings/{filing.pk}/",
            f"/admin/accounts/{filing.leaver_id}/",
            "/admin/accounts/",
            "/admin/departments/",
            "/admin/assignments/",
        ],
        "spj-audit": [
            "/admin/events/",
            "/admin/dossiers/",
            f"/admin/dossiers/{page.pk}/",
            "/admin/changes/",
            f"/admin/changes/edit/{page.change_id}/",
        ],
        "kjj-edit": ["/admin/inbox/", "/admin/documents/", f"/admin/pages/{kjj.section_page_id}/"],
    }
    f.make_change(kjj, title="还没有写的政策")
    f.make_file(kjj)
    for username, addresses in desks.items():
        phone = desk(username, width=360, height=740)
        for address in addresses:
            phone.go(address)
            edges = phone.page.evaluate(EDGES)
            assert edges, address
            assert max(edges) <= 360, (address, edges)
            headings = phone.page.evaluate(
                "[...document.querySelectorAll('h1, h2, dt')].map(one => one.getBoundingClientRect().left)"
            )
            assert min(headings, default=0) >= 0, f"{address}: only the list moves"
            assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360, address


#: How wide, in characters, the first cell of each row of figures or of the board is.
FIRST = """() => [...document.querySelectorAll('.hqt-figures tbody th, .hqt-board td.title')].map(cell =>
    cell.clientWidth / parseFloat(getComputedStyle(cell).fontSize))"""


@pytest.mark.parametrize("width", [360, 768])
def test_the_sheet_and_the_board_write_words_in_lines(desk: Callable[..., Desk], width: int) -> None:
    f.make_change(Department.objects.get(code="kjj"), days_ago=0, title="关于支持企业研发的若干措施")
    moderator = desk("spj-moder", width=width)
    for address, least in (("/admin/reports/assessment/", 7), ("/admin/duties/", 12)):
        moderator.go(address)
        widths = moderator.page.evaluate(FIRST)
        assert widths, address
        assert min(widths) >= least, (address, widths)
        assert moderator.page.evaluate("document.documentElement.scrollWidth") <= width, address
    day = moderator.page.locator(".hqt-board .hqt-when").first
    assert day.evaluate("one => one.getClientRects().length") == 1, "a day stays in one line"
