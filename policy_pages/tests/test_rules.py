"""The pure rules, as tables written from the regulation and from domain §2–§3."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from policy_pages import rules
from policy_pages.rules import DocumentFacts, GuideFacts, Limit, Window

D = datetime.date
TODAY = D(2026, 11, 23)


@pytest.mark.parametrize(
    ("window", "today", "status"),
    [
        (Window("year_round"), TODAY, "year_round"),
        (Window("year_round", D(2026, 12, 1)), TODAY, "year_round"),
        (Window("window_pending"), TODAY, "pending"),
        (Window(""), TODAY, "pending"),
        (Window("fixed_window"), TODAY, "pending"),
        (Window("fixed_window", TODAY), TODAY, "pending"),
        (Window("fixed_window", None, D(2026, 11, 30)), TODAY, "pending"),
        (Window("fixed_window", None, D(2026, 11, 22)), TODAY, "closed"),
        (Window("fixed_window", D(2026, 11, 24)), TODAY, "upcoming"),
        (Window("fixed_window", D(2026, 11, 24), D(2026, 12, 31)), TODAY, "upcoming"),
        (Window("fixed_window", D(2026, 11, 23), D(2026, 12, 31)), TODAY, "open"),
        (Window("fixed_window", D(2026, 11, 1), D(2026, 11, 30)), TODAY, "open"),
        (Window("fixed_window", D(2026, 11, 1), D(2026, 11, 29)), TODAY, "closing"),
        (Window("fixed_window", D(2026, 11, 1), D(2026, 11, 23)), TODAY, "closing"),
        (Window("fixed_window", D(2026, 11, 1), D(2026, 11, 22)), TODAY, "closed"),
    ],
)
def test_t11_5_window_status_is_computed(window: Window, today: D, status: str) -> None:
    assert rules.window_status(window, today, soon_days=7) == status


def test_the_last_day_is_open_until_its_end() -> None:
    """Closing at 24:00, not at 0:00 (domain §5a): the day itself still counts as open."""
    window = Window("fixed_window", D(2026, 11, 1), TODAY)
    assert rules.window_status(window, TODAY, soon_days=0) == "open"


def test_t12_5_a_repealed_basis_closes_every_window() -> None:
    for window in (Window("year_round"), Window("fixed_window", D(2026, 11, 1), D(2027, 1, 1)), Window("")):
        assert rules.window_status(window, TODAY, soon_days=7, basis_ended=True) == "closed"


@pytest.mark.parametrize(
    ("window", "fields"),
    [
        (Window("year_round"), []),
        (Window("year_round", D(2026, 1, 1)), []),
        (Window("window_pending"), []),
        (Window("fixed_window", D(2026, 1, 1), D(2026, 1, 1)), []),
        (Window(""), ["window_type"]),
        (Window("year_round", None, D(2026, 1, 1)), ["window_end"]),
        (Window("window_pending", D(2026, 1, 1), D(2026, 1, 2)), ["window_start", "window_end"]),
        (Window("fixed_window"), ["window_start", "window_end"]),
        (Window("fixed_window", D(2026, 1, 2), D(2026, 1, 1)), ["window_end"]),
    ],
)
def test_t11_1_t11_2_window_contradictions(window: Window, fields: list[str]) -> None:
    assert [fault.field for fault in rules.window_faults(window)] == fields


@pytest.mark.parametrize(
    ("promised", "statutory", "fields"),
    [
        (Limit(10), Limit(20), []),
        (Limit(20), Limit(20), []),
        (Limit(0), Limit(20), []),
        (Limit(21), Limit(20), ["promised_limit"]),
        (Limit(10), Limit(None), []),
        (Limit(None), Limit(20), []),
        (Limit(5, "working_days"), Limit(20, "calendar_days"), ["promised_unit"]),
        (Limit(-1), Limit(20), ["promised_limit"]),
        (Limit(5), Limit(-2), ["statutory_limit"]),
    ],
)
def test_t19_1_promised_never_exceeds_statutory(promised: Limit, statutory: Limit, fields: list[str]) -> None:
    assert [fault.field for fault in rules.limit_faults(promised, statutory)] == fields


@pytest.mark.parametrize(
    "text",
    [
        "0510-81820000",
        "0510 8182 0000",
        "（0510）81820000",
        "0510-81820000转801",
        "010-55590088",
        "55590088",
        "8182000",
        "13812345678",
        "+86 138 1234 5678",
        "400-123-4567",
        "12345",
        "12333",
        "12366",
        "110",
        "96111",
    ],
)
def test_t10_2_phones(text: str) -> None:
    assert rules.is_phone(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1" * 20,
        "打给我",
        "123",
        "1381234567",
        "0510-12",
        "12345678901234",
        "８１８２００００x",
        "+1 202 555 0100",
        "++",
        "2026-11-23",
    ],
)
def test_t10_2_no_phones(text: str) -> None:
    assert not rules.is_phone(text)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("锡政办发〔2023〕1号", "锡政办发〔2023〕1号"),
        ("锡政办发[2023] 1 号", "锡政办发〔2023〕1号"),
        ("锡政办发(2023)01号", "锡政办发〔2023〕1号"),
        ("闽政办﹝2023﹞8号", "闽政办〔2023〕8号"),
        ("苏财规［2022］3号", "苏财规〔2022〕3号"),
        ("苏财规（2022）3号", "苏财规〔2022〕3号"),
        ("锡科发【2026】10号", "锡科发〔2026〕10号"),
        ("国务院令第722号", "国务院令第722号"),
        (" 不是文号 ", "不是文号"),
        ("", ""),
    ],
)
def test_numbers_get_hexagon_brackets(typed: str, stored: str) -> None:
    assert rules.normalise_number(typed) == stored


@pytest.mark.parametrize(
    ("text", "is_number"),
    [
        ("锡政办发〔2023〕1号", True),
        ("锡政办发 [2023] 1号", True),
        ("国务院令第722号", True),
        ("财政部公告2023年第5号", True),
        ("第八号文", False),
        ("锡政办发〔203〕1号", False),
        ("2023年1号", False),
    ],
)
def test_form_of_a_number(text: str, is_number: bool) -> None:
    assert rules.is_document_number(text) is is_number


COMPLETE = GuideFacts(
    title="事项",
    conditions=["在本市登记"],
    materials=["申请表"],
    steps=["受理"],
    promised=Limit(10),
    statutory=Limit(20),
    division="高新处",
    hotlines=["0510-81820000"],
    window=Window("year_round"),
)


def test_a_complete_guide_has_no_fault() -> None:
    assert rules.guide_faults(COMPLETE) == []


def test_t10_1_the_six_elements_in_their_fixed_order() -> None:
    """A10 names them: 申报条件、申报材料、办理流程、承诺时限、责任处室、咨询电话."""
    faults = rules.missing_elements(GuideFacts(title="空"))
    order = ["conditions", "materials", "steps", "promised_limit", "responsible_division", "hotlines"]
    assert [fault.field for fault in faults] == order
    assert all(fault.is_absence for fault in faults)


def test_rows_of_blanks_are_no_rows() -> None:
    blank = replace(COMPLETE, conditions=["  "], materials=[""], steps=[" "], division=" ", hotlines=[" "])
    fields = [fault.field for fault in rules.guide_faults(blank)]
    assert fields == ["conditions", "materials", "steps", "responsible_division", "hotlines"]


def test_a_guide_that_asks_for_no_papers_says_so() -> None:
    assert rules.guide_faults(replace(COMPLETE, materials=[], no_materials=True)) == []


def test_all_faults_of_a_guide_at_once() -> None:
    bad = replace(
        COMPLETE,
        title=" ",
        division="",
        promised=Limit(30),
        window=Window(""),
        hotlines=["打给我", "12345"],
        other_phones=[("complaint_phone", "没有"), ("complaint_phone", "")],
    )
    fields = [fault.field for fault in rules.guide_faults(bad)]
    assert fields == ["title", "responsible_division", "promised_limit", "window_type", "hotlines", "complaint_phone"]


DOCUMENT = DocumentFacts(
    title="措施", number="锡科发〔2026〕8号", issuing_body="科技局", written_on=D(2026, 11, 20), has_text=True
)


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({}, []),
        ({"number": ""}, []),
        ({"issued_on": D(2026, 11, 20), "effective_on": TODAY, "expires_on": TODAY}, []),
        ({"written_on": TODAY}, []),
        ({"status": "repealed", "repealed_on": TODAY, "repeal_reason": "被替代"}, []),
        ({"title": ""}, ["title"]),
        ({"issuing_body": " "}, ["issuing_body"]),
        ({"written_on": None}, ["written_on"]),
        ({"issuing_body": "", "written_on": None, "stock": True}, []),
        ({"has_text": False}, ["body"]),
        ({"number": "八号文"}, ["doc_number"]),
        ({"number": "八号文", "stock": True}, []),
        ({"number_taken_by": "旧文件"}, ["doc_number"]),
        ({"written_on": D(2026, 11, 24)}, ["written_on"]),
        ({"issued_on": D(2026, 11, 24)}, ["issued_on"]),
        ({"issued_on": D(2026, 11, 19)}, ["issued_on"]),
        ({"effective_on": D(2026, 1, 2), "expires_on": D(2026, 1, 1)}, ["expires_on"]),
        ({"status": "repealed"}, ["repealed_on", "repeal_reason"]),
        ({"status": "repealed", "repealed_on": D(2026, 11, 24), "repeal_reason": "x"}, ["repealed_on"]),
    ],
)
def test_document_faults(facts: dict, fields: list[str]) -> None:
    assert [fault.field for fault in rules.document_faults(replace(DOCUMENT, **facts), TODAY)] == fields
