"""The self-check: ticked without logging in, answered without scripts, kept by nobody."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from policy_pages.guides import views
from policy_pages.models import GuideBasis
from policy_pages.tests import factories as f
from policy_pages.tests.public_reading import in_order, words
from policy_pages.tests.test_guide_glance import condition
from policy_pages.tests.test_public_lists import queries_of, shelve_document, shelve_guide

if TYPE_CHECKING:
    from accounts.models import Department

ROWS = [
    condition("第四条", text="在本市登记注册"),
    condition(text="研发费用不低于 100 万元"),
    condition(kind="bonus", text="首次入规的上浮"),
    condition(kind="discretion", text="专家评审认定"),
]


@pytest.fixture
def guide(kjj: Department) -> Any:
    page = shelve_guide(
        kjj,
        "研发补助",
        conditions=ROWS,
        responsible_division="高新技术处",
        hotlines=[("hotline", {"number": "0510-81820000", "contact": "", "hours": "工作日"})],
    )
    GuideBasis.objects.create(guide=page, document=shelve_document(kjj, "实施办法"), clause="第四条")
    return page


def address(page: Any) -> str:
    return f"/policies/kjj/{page.slug}/check/"


def names(client: Client, page: Any) -> list[str]:
    """Names of the questions, in order."""
    soup = BeautifulSoup(client.get(address(page)).content, "html.parser")
    return [group.select_one("input")["name"] for group in soup.select("fieldset") if group.select_one("input")]


def answered(client: Client, page: Any, *answers: str) -> BeautifulSoup:
    response = client.post(address(page), dict(zip(names(client, page), answers, strict=False)))
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def shown(soup: BeautifulSoup, selector: str) -> list[str]:
    """Words of what is not hidden."""
    return [
        one.get_text(" ", strip=True)
        for one in soup.select(selector)
        if not one.has_attr("hidden") and not any(parent.has_attr("hidden") for parent in one.parents)
    ]


def overall(soup: BeautifulSoup) -> str:
    return " ".join(shown(soup, "[data-result] strong, [data-result] p"))


def told(soup: BeautifulSoup) -> list[str]:
    return shown(soup, "fieldset .badge")


# --- Asking -------------------------------------------------------------------------------------------------------------


def test_each_condition_is_a_group_of_three_answers(client: Client, guide: Any) -> None:
    soup = BeautifulSoup(client.get(address(guide)).content, "html.parser")
    groups = soup.select("form fieldset")
    assert [group.legend.get_text(" ", strip=True).split(" ")[0] for group in groups] == [
        "1．在本市登记注册",
        "2．研发费用不低于",
        "3．首次入规的上浮",
        "4．专家评审认定",
    ]
    for group in groups[:3]:
        assert [label.get_text(strip=True) for label in group.select("label")] == ["符合", "不符合", "不清楚"]
        assert [radio["value"] for radio in group.select("input[type=radio]")] == ["yes", "no", "unclear"]
        assert not group.select("[checked]"), "nothing is answered for the visitor"
    assert not groups[3].select("input"), "what the unit judges is not asked"
    assert "由责任单位审核认定" in groups[3].get_text()
    assert soup.select_one("legend a")["href"].endswith("#第四条")
    assert soup.select_one("form")["method"] == "post"
    assert soup.select_one("form")["action"] == address(guide)
    assert shown(soup, "[data-result]") == []


def test_asking_leaves_no_cookie_and_no_token(client: Client, guide: Any) -> None:
    response = client.get(address(guide))
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert b"csrf" not in response.content
    assert queries_of(client, address(guide)) <= 15


# --- Answering ----------------------------------------------------------------------------------------------------------


def test_all_met_is_met_and_never_a_promise(client: Client, guide: Any) -> None:
    soup = answered(client, guide, "yes", "yes", "yes")
    assert "从您勾选的看符合门槛条件，以责任单位审核为准" in overall(soup)
    assert "这不是审核结论" in overall(soup)
    assert "第 3 项加成条件勾选了“符合”：可能增加支持" in overall(soup)
    assert "第 4 项由责任单位审核认定" in overall(soup)
    assert told(soup) == ["符合", "符合", "符合", "待核实"]


def test_one_that_is_not_met_decides(client: Client, guide: Any) -> None:
    soup = answered(client, guide, "yes", "no", "yes")
    assert overall(soup).startswith("从您勾选的看不符合门槛条件")
    assert "第 2 项勾选了“不符合”" in overall(soup)
    assert told(soup) == ["符合", "不符合", "符合", "待核实"]


def test_what_is_open_is_listed(client: Client, guide: Any) -> None:
    for answers in ((), ("", "unclear"), ("perhaps", "\0", "x" * 5000)):
        soup = answered(client, guide, *answers)
        assert overall(soup).startswith("还有门槛条件待核实")
        assert "第 1、2 项门槛条件待核实" in overall(soup)
        assert told(soup) == ["待核实"] * 4
    assert "第 2 项门槛条件待核实" in overall(answered(client, guide, "yes", "unclear", "no"))


def test_an_answer_page_keeps_what_was_ticked(client: Client, guide: Any) -> None:
    soup = answered(client, guide, "yes", "no")
    assert [radio["value"] for radio in soup.select("input[checked]")] == ["yes", "no", "unclear"]


def test_answers_to_other_words_are_no_answers(client: Client, guide: Any, kjj: Department) -> None:
    """Between asking and answering the guide was revised."""
    before = names(client, guide)
    rows = [condition(text="在本市登记注册"), condition(text="研发费用不低于 200 万元")]
    other = shelve_guide(kjj, "改过的", conditions=rows)
    response = client.post(address(other), dict.fromkeys(before, "yes"))
    assert told(BeautifulSoup(response.content, "html.parser")) == ["符合", "待核实"]


def test_without_thresholds_nothing_is_said_to_be_met(client: Client, kjj: Department) -> None:
    page = shelve_guide(kjj, "只看专家", conditions=ROWS[2:])
    text = overall(answered(client, page, "yes"))
    assert "没有门槛条件，能否申报由责任单位审核认定" in text
    assert "从您勾选的看" not in text


# --- Nothing is kept ----------------------------------------------------------------------------------------------------


def test_nothing_of_an_answer_is_stored_or_logged(guide: Any, caplog: pytest.LogCaptureFixture) -> None:
    client = Client(enforce_csrf_checks=True)
    asked = names(client, guide)
    with CaptureQueriesContext(connection) as queries, caplog.at_level(logging.DEBUG):
        response = client.post(address(guide), dict.fromkeys(asked, "yes"))
    assert response.status_code == 200, "no token is asked for"
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    written = [query["sql"] for query in queries if not query["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))]
    assert [sql for sql in written if not sql.startswith(("BEGIN", "COMMIT"))] == []
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not any(name in line for line in logged for name in asked)


def test_an_address_answers_nothing(client: Client, guide: Any) -> None:
    query = "&".join(f"{name}=yes" for name in names(client, guide))
    soup = BeautifulSoup(client.get(f"{address(guide)}?{query}", follow=True).content, "html.parser")
    assert shown(soup, "[data-result]") == []
    assert not soup.select("[checked]")
    assert "yes&" not in str(soup.select("form")[0].get("action"))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xff\xfe=%zz&&&", "application/x-www-form-urlencoded"),
        (b"c=1", "application/x-www-form-urlencoded; charset=nonsense"),
        (b"{}", "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
    ],
)
def test_garbage_is_answered_calmly(client: Client, guide: Any, body: bytes, content_type: str) -> None:
    response = client.generic("POST", address(guide), body, content_type=content_type)
    assert response.status_code in {200, 400}
    if response.status_code == 200:
        assert told(BeautifulSoup(response.content, "html.parser")) == ["待核实"] * 4


# --- States -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [[], [condition(text=" ")]])
def test_a_guide_without_conditions_says_whom_to_call(client: Client, kjj: Department, rows: list[Any]) -> None:
    hotline = {"number": "0510-81820000", "contact": "综合处", "hours": "工作日"}
    page = shelve_guide(kjj, "存量", is_stock=True, conditions=rows, hotlines=[("hotline", hotline)])
    for response in (client.get(address(page)), client.post(address(page), {"c1": "yes"})):
        html = response.content.decode()
        assert in_order(words(html), "要素待补", "科学技术局", "0510-81820000", "综合处", "工作日")
        assert "<form" not in html.split("<main", 1)[1]


def test_a_guide_without_a_phone_says_that_too(client: Client, kjj: Department) -> None:
    page = shelve_guide(kjj, "只有标题", is_stock=True)
    assert "咨询电话待补" in client.get(address(page)).content.decode()


def test_a_closed_window_is_said_first(client: Client, kjj: Department) -> None:
    page = shelve_guide(kjj, "过期的", -9, -1, conditions=ROWS)
    assert "本次申报已截止" in client.get(address(page)).content.decode()
    GuideBasis.objects.create(guide=page, document=shelve_document(kjj, "旧办法", document_status="repealed"))
    assert "不再受理申报" in client.get(address(page)).content.decode()


def test_conditions_are_those_of_the_public_version(client: Client, kjj: Department) -> None:
    page = f.make_public(f.make_guide(kjj))
    f.save_draft(page, conditions=[condition(text="还没有批准的条件")])
    html = client.get(address(page)).content.decode()
    assert "在本市登记注册" in html
    assert "还没有批准" not in html


def test_what_is_said_of_keeping_is_said_once_and_before_answering(client: Client, guide: Any) -> None:
    soup = BeautifulSoup(client.get(address(guide)).content, "html.parser")
    lead = soup.select_one(".guide-check .lead")
    assert "网站不保存、不记录您的勾选" in lead.get_text()
    assert lead.select_one(".js-only").get_text() == "勾选只留在您这个标签页里，关闭后消失，也可以随时清除。"
    assert soup.get_text().count("标签页") == 1
    assert answered(client, guide, "yes").select(".guide-check .lead") == [], "an answer begins with the finding"


@pytest.mark.django_db(transaction=True)
def test_no_lock_is_held_while_answers_are_judged(client: Client, guide: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes nothing: on SQLite a transaction would wait for whoever writes, and hold up the next."""
    seen: list[bool] = []
    real = views.check_context

    def watched(*args: Any) -> Any:
        seen.append(connection.in_atomic_block)
        return real(*args)

    monkeypatch.setattr(views, "check_context", watched)
    assert client.post(address(guide), {}).status_code == 200
    assert seen == [False]


def test_more_than_a_form_can_say_is_not_even_read(client: Client, guide: Any) -> None:
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"):
        response = client.generic("POST", address(guide), b"x" * (views.LONGEST_ANSWER + 1), content_type=content_type)
        assert response.status_code == 413
        assert "填写的内容太长" in response.content.decode()
        assert response["Cache-Control"] == "no-store"
    fits = client.generic(
        "POST",
        address(guide),
        b"c=" + b"x" * (views.LONGEST_ANSWER - 2),
        content_type="application/x-www-form-urlencoded",
    )
    assert fits.status_code == 200
