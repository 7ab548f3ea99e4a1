"""录入放假通知: the moderator pastes the notice, looks at the year, confirms; and nobody else does."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from accounts.forms.calendar import first_unknown_year
from accounts.models import User
from accounts.tests.factories import on
from audit.models import CalendarOverride, CalendarYear, DutyClock, Event
from audit.services import enter_year, start_clock
from audit.services.calendar import change_calendar
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client

    from accounts.models import Department

URL = "/admin/calendar/notice/"
NAME, NUMBER = "国务院办公厅关于2027年部分节假日安排的通知", "国办发明电〔2026〕9号"
SOURCE = f"{NAME}（{NUMBER}）"
TEXT = """一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月14日（周日）上班。
三、清明节：4月3日至5日放假，共3天。
四、劳动节：5月1日至5日放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日（周三）放假，共1天。
六、中秋节：9月15日（周三）放假，共1天。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。10月9日（周六）上班。"""
#: The same with one day more, which the sum of the law makes doubtful.
DOUBTFUL = TEXT.replace("共1天。\n六", "共1天。6月10日放假。\n六")
TYPED = {"year": "2027", "name": NAME, "number": NUMBER, "text": TEXT, "reason": ""}


@pytest.fixture(autouse=True)
def _autumn(db: None) -> Iterator[None]:
    with on("2026-11-23"):
        yield


@pytest.fixture
def moderator(bureau: Department, login: Callable[[str], Client]) -> Client:
    return login("spj-moder")


def page(response: Any) -> str:
    assert response.status_code == 200
    return response.content.decode()


def post(client: Client, step: str, **facts: str) -> Any:
    return client.post(URL, {**TYPED, "step": step, **facts})


def confirmed(client: Client, **facts: str) -> Any:
    """Confirm what the preview of these facts shows."""
    soup = BeautifulSoup(page(post(client, "preview", **facts)), "html.parser")
    form = next(form for form in soup.find_all("form") if form.find("button", value="confirm"))
    sent = {field["name"]: field.get("value", "") for field in form.find_all("input") if field.get("type") == "hidden"}
    return client.post(
        URL, {**sent, "step": "confirm", **{k: v for k, v in facts.items() if k in {"checked", "reason"}}}
    )


def told(response: Any) -> str:
    return " ".join(str(message).strip() for message in get_messages(response.wsgi_request))


def gap_clock(department: Department) -> DutyClock:
    return start_clock(
        code="publish_change",
        department=department,
        object_type="policy_pages.changerecord",
        object_id=1,
        object_label="跨年的文件",
        trigger_date=datetime.date(2026, 12, 30),
        basis="印发日期",
        actor=None,
    )


def entered(**facts: Any) -> None:
    days = {"rest_days": [datetime.date(2027, 1, 1)], "work_days": [datetime.date(2027, 5, 9)]}
    enter_year(**{"year": 2027, "notice": "旧通知", **days, "actor": None, **facts})


def untouched() -> bool:
    return (
        not CalendarYear.objects.filter(year=2027).exists()
        and not CalendarOverride.objects.filter(day__year=2027).exists()
    )


# --- Who ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["kjj-edit", "kjj-review", "spj-acct", "spj-audit", "sys-admin", "root"])
def test_nobody_else_enters_a_year(kjj: Department, login: Callable[[str], Client], username: str) -> None:
    if username == "root":
        User.objects.create_superuser("root", password=f.PASSWORD, holder_name="应急账号")
    client = login(username)
    assert client.get(URL).status_code == 302
    for step in ("preview", "confirm", "back"):
        assert post(client, step, seen="x", checked="on").status_code == 302
    assert untouched()
    assert URL not in page(client.get("/admin/"))


def test_the_lists_and_the_menu_lead_there(moderator: Client, login: Callable[[str], Client]) -> None:
    for name in ("calendar_years:index", "calendar_days:index"):
        found = page(moderator.get(reverse(name)))
        assert f'<a class="button" href="{URL}">录入放假通知</a>' in found
        assert "2027 年的工作日安排尚未录入并确认" in found
        assert '"label": "录入放假通知"' in found or "\\u5f55\\u5165\\u653e\\u5047\\u901a\\u77e5" in found, "the menu"
    found = page(login("spj-audit").get(reverse("calendar_years:index")))
    assert "2027 年的工作日安排尚未录入并确认" in found
    assert URL not in found


def test_the_home_page_warns_the_moderator_from_november(
    moderator: Client, kjj: Department, login: Callable[[str], Client]
) -> None:
    warning = "2027 年的工作日安排尚未录入并确认"
    home = page(moderator.get("/admin/"))
    assert warning in home
    assert f'href="{URL}">录入放假通知</a>' in home
    for username in ("kjj-edit", "spj-acct", "spj-audit"):
        assert 'id="calendar-panel"' not in page(login(username).get("/admin/"))
    entered()
    assert 'id="calendar-panel"' not in page(moderator.get("/admin/"))
    found = page(moderator.get(reverse("calendar_years:index")))
    assert warning not in found
    assert f'href="{URL}">录入放假通知</a>' in found


def test_before_november_nothing_is_missing(bureau: Department, login: Callable[[str], Client]) -> None:
    with on("2026-10-31"):
        User.objects.update(password_changed_at=timezone.now())
        assert 'id="calendar-panel"' not in page(login("spj-moder").get("/admin/"))
        assert 'id="calendar-panel"' not in page(login("spj-audit").get(reverse("calendar_years:index")))


# --- The three steps ----------------------------------------------------------------------------------------


def test_from_the_pasted_notice_to_the_settled_clock(moderator: Client, kjj: Department) -> None:
    clock = gap_clock(kjj)
    form = page(moderator.get(URL))
    assert 'name="year" value="2027"' in form
    assert f'value="{NAME}"' in form
    shown = page(post(moderator, "preview"))
    assert "工作日放假 17 天，周末上班 4 天" in shown
    assert "1 个等待安排的时限将算出截止日期，0 个截止日期将变动" in shown
    assert "这一年还没有录入任何日子" in shown
    assert untouched(), "a preview writes nothing"
    assert not Event.objects.filter(action="calendar.year_entered").exists()
    response = confirmed(moderator)
    assert response["Location"] == reverse("calendar_years:index")
    assert told(response) == "2027 年的放假安排已录入并确认。1 个等待安排的时限已算出截止日期，0 个截止日期有变动。"
    clock.refresh_from_db()
    assert clock.due_on == datetime.date(2027, 1, 5)
    assert CalendarYear.objects.get(year=2027).notice == SOURCE
    assert Event.objects.get(action="calendar.year_entered").actor_name == "姓名spj-moder"


def test_the_preview_is_a_year_that_can_be_read_without_colour(moderator: Client) -> None:
    soup = BeautifulSoup(page(post(moderator, "preview")), "html.parser")
    tables = soup.select("table.hqt-month")
    assert [table.caption.text for table in tables] == [f"{month} 月" for month in range(1, 13)]
    for table in tables:
        assert [head.text for head in table.select("thead th[scope=col]")] == list("一二三四五六日")
    days = [cell.text for table in tables for cell in table.select("td") if cell.text]
    assert len(days) == 365
    january, february = tables[0], tables[1]
    assert [cell.text for cell in january.select("td") if "休" in cell.text] == ["1 休", "2 休", "3 休"]
    assert [cell.text for cell in february.select("td") if "班" in cell.text] == ["14 班"]
    assert january.select("tbody tr")[0].select("td")[4].text == "1 休", "1 January 2027 is a Friday"
    row = soup.find("th", string="春节").parent
    assert "2027-02-05（周五）" in row.text
    assert "2027-02-14（周日）" in row.text


def test_every_fault_is_told_and_nothing_typed_is_lost(moderator: Client) -> None:
    text = "1月1日（周四）放假。2月30日放假。\n1月9日上班、1月9日放假。"
    found = page(post(moderator, "preview", name="关于2026年部分节假日安排的通知", text=text))
    for words in ("是周五，与所写的“周四”不符", "不存在的日期", "既写了放假", "写的是 2026 年，与所选的 2027 年不符"):
        assert words in found
    assert text in found
    assert f'value="{NUMBER}"' in found
    assert "核对放假安排" not in found
    assert post(moderator, "confirm", text=text, checked="on").status_code == 200
    assert untouched(), "faults block"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"year": ""}, "必需字段"),
        ({"year": "二〇二七"}, "四位数的年份"),
        ({"year": "1999"}, "2000"),
        ({"year": "2101"}, "2100"),
        ({"name": " ", "number": "", "text": ""}, "必需字段"),
        ({"text": "1月2日至3日放假。"}, "2027 年没有放假的工作日"),
        ({"text": "休" * 20_001}, "20000"),
        ({"text": "1月1日放假\x00"}, "空字符"),
    ],
)
def test_what_cannot_be_is_refused_in_words(moderator: Client, facts: dict[str, str], words: str) -> None:
    for step in ("preview", "confirm", "什么"):
        found = page(post(moderator, step, **facts))
        assert words in found
        assert "还不能继续" in found
    assert untouched()


def test_a_doubt_must_be_ticked(moderator: Client) -> None:
    found = page(post(moderator, "preview", text=DOUBTFUL))
    assert "相差 14 天" in found
    refused = page(confirmed(moderator, text=DOUBTFUL))
    assert "核对无误后勾选“已核对”" in refused
    assert untouched()
    assert confirmed(moderator, text=DOUBTFUL, checked="on").status_code == 302
    assert CalendarOverride.objects.filter(day=datetime.date(2027, 6, 10), source=SOURCE).exists()


def test_back_to_the_text_with_everything_typed(moderator: Client) -> None:
    entered()
    found = BeautifulSoup(page(post(moderator, "back", reason="文号更正", text=DOUBTFUL)), "html.parser")
    kept = {name: found.find("input", {"name": name})["value"] for name in ("year", "name", "number", "reason")}
    assert kept == {"year": "2027", "name": NAME, "number": NUMBER, "reason": "文号更正"}
    assert found.find("textarea", {"name": "text"}).text.strip() == DOUBTFUL
    again = BeautifulSoup(page(post(moderator, "preview", reason="文号更正")), "html.parser")
    assert again.find("textarea", {"name": "reason"}).text.strip() == "文号更正"


# --- Entered again ------------------------------------------------------------------------------------------


def test_a_changed_notice_shows_what_changes_and_needs_a_reason(moderator: Client, kjj: Department) -> None:
    gap_clock(kjj)
    # Until now 31 December, 1 and 6 January; from now on 31 December, 4 and 5 January.
    entered(rest_days=[datetime.date(2027, 1, 4), datetime.date(2027, 1, 5)])
    soup = BeautifulSoup(page(post(moderator, "preview")), "html.parser")
    rows = [[cell.text for cell in row.select("th, td")] for row in soup.select("#notice-changes ~ div tbody tr")]
    assert ["2027年1月4日（周一）", "放假", "平常上班"] in rows
    assert ["2027年1月1日（周五）", "平常上班", "放假"] in rows
    assert ["2027年5月9日（周日）", "调休上班", "平常休息"] in rows
    assert ["2027年5月8日（周六）", "平常休息", "调休上班"] in rows
    assert "0 个等待安排的时限将算出截止日期，1 个截止日期将变动" in soup.text
    refused = page(confirmed(moderator))
    assert "请写明修改理由" in refused
    assert CalendarYear.objects.get(year=2027).notice == "旧通知"
    assert confirmed(moderator, reason="通知更正").status_code == 302
    assert CalendarYear.objects.get(year=2027).notice == SOURCE
    assert Event.objects.filter(action="calendar.year_entered").latest("seq").payload["reason"] == "通知更正"


def test_only_the_source_changes(moderator: Client) -> None:
    confirmed(moderator)
    assert "与已录入的完全一致" in page(post(moderator, "preview"))
    assert told(confirmed(moderator)) == "2027 年的安排与已录入的完全一致，没有改动。"
    assert "各日的安排不变，只更新依据" in page(post(moderator, "preview", number="国办发明电〔2026〕10号"))


def test_who_was_slower_looks_again(moderator: Client) -> None:
    soup = BeautifulSoup(page(post(moderator, "preview")), "html.parser")
    seen = soup.find("input", {"name": "seen"})["value"]
    entered()
    found = page(post(moderator, "confirm", seen=seen, reason="更正"))
    assert "其间有人修改了工作日历，请重新核对后再确认" in found
    assert CalendarYear.objects.get(year=2027).notice == "旧通知"
    assert "其间有人修改了工作日历" in page(post(moderator, "confirm", reason="更正")), "without what was seen"


def test_a_taken_back_year_is_told_when_it_hides_a_clock(moderator: Client, kjj: Department) -> None:
    gap_clock(kjj)
    confirmed(moderator)
    year = CalendarYear.objects.get(year=2027)
    year.confirmed = False
    change_calendar(row=year, actor=None)
    assert DutyClock.objects.get().due_on is None
    assert first_unknown_year() == 2027
    assert told(confirmed(moderator)).startswith("2027 年的放假安排已录入并确认。1 个等待安排")


def test_the_year_offered_is_the_first_that_is_not_known() -> None:
    assert first_unknown_year() == 2027
    entered()
    assert first_unknown_year() == 2028


def test_no_script_is_needed(moderator: Client) -> None:
    for html in (page(moderator.get(URL)), page(post(moderator, "preview"))):
        content = html[html.index('class="nice-padding') :]
        assert not re.search(r"onclick|<script(?! src)", content.partition("</main>")[0].partition("</form>")[0])
