"""The demo: what the contract promises, through the real services, once and only once."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections import Counter

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import load_workbook

from accounts.enums import Role
from accounts.models import AccountFiling, Assignment, Department, User
from audit.rules import WorkCalendar
from audit.services import verify_chain
from audit.services.records import check_records
from audit.services.replay import replay_verdicts
from audit.services.twins import check_twins
from policy_pages.demo import filling, notation
from policy_pages.demo.dates import DemoDays, in_words, serial_on, years_later
from policy_pages.demo.files import make_file
from policy_pages.enums import ChangeKind, DocumentStatus, PublicationKind, WindowStatus
from policy_pages.forms.files import SIGNATURES
from policy_pages.inbox import inbox_for
from policy_pages.models import (
    POLICY_PAGE_TYPES,
    ApplicationGuidePage,
    ChangeRecord,
    CorrectionTicket,
    InterpretationPage,
    LateReason,
    PolicyDocumentPage,
    PolicyFile,
    PublicationRecord,
)
from policy_pages.services.moderation import submission_faults
from policy_pages.templatetags.guides import is_automatic
from policy_pages.templatetags.public import site_facts
from policy_pages.tests.open_data_world import Judge

CODES = {"kjj", "gxj", "rsj", "swj", "czj", "jy-gxj"}
BUREAU = {"spj-moder", "spj-acct", "spj-audit", "sys-admin"}
FRIDAY = datetime.date(2026, 11, 20)
MONDAY = datetime.date(2026, 11, 23)


def calendar(*years: int) -> WorkCalendar:
    """A calendar of plain weeks."""
    return WorkCalendar(years=frozenset(years), rest_days=frozenset(), work_days=frozenset(), version="plain")


# --- The whole -----------------------------------------------------------------------------------------------


def row_counts() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models(include_auto_created=True)}


@pytest.mark.slow
@pytest.mark.django_db
@time_machine.travel(datetime.datetime(2026, 11, 23, 2, tzinfo=datetime.UTC))  # a Monday with its calendar around it
def test_the_demo_is_what_the_contract_says_and_a_second_run_changes_nothing() -> None:
    # One test on purpose: seeding takes seconds, and two workers would each do it.
    output = io.StringIO()
    call_command("seed_demo", stdout=output)
    assert "演示内容已生成" in output.getvalue()
    check_people()
    check_filings()
    check_policies()
    check_changes()
    check_inboxes()
    check_corrections()
    report = verify_chain()
    assert report.ok, report.problem
    replayed = replay_verdicts(with_objects=True)
    assert replayed.clocks > 100
    assert replayed.differences == []
    assert check_records() == []
    assert check_twins() == []
    assert Judge(Client()).judge_all() > 60, "open data of the whole demo keep their published schemas"

    before, output = row_counts(), io.StringIO()
    call_command("seed_demo", stdout=output)
    assert output.getvalue().strip() == "演示内容已经存在，未作任何改动。"
    assert row_counts() == before


def check_people() -> None:
    assert set(Department.objects.values_list("code", flat=True)) == CODES | {"spj"}
    assert Department.objects.get(code="jy-gxj").parent.code == "gxj"
    wanted = BUREAU | {f"{code}-{role}" for code in CODES for role in ("edit", "review")}
    handed_over = {"swj-edit2", "swj-edit3", "swj-edit4"}
    assert set(User.objects.values_list("username", flat=True)) == wanted | handed_over
    assert all(User.objects.values_list("holder_name", flat=True))
    for name in wanted:
        assert User.objects.get(username=name).check_password("Huiqitong-demo-2026")
    kept = Assignment.objects.exclude(user__username__in=handed_over)
    roles = Counter(kept.values_list("role", flat=True))
    assert (roles[Role.EDITOR], roles[Role.REVIEWER], roles[Role.MODERATOR]) == (6, 6, 1)


def check_filings() -> None:
    settled, waiting = AccountFiling.objects.order_by("pk")
    assert (settled.filing_verdict().code, settled.completion_verdict().code) == ("on_time", "on_time")
    assert (settled.successor.username, settled.leaver.is_active) == ("swj-edit4", False)
    assert (waiting.filing_verdict().code, waiting.filing_verdict().used) == ("late", 5)
    assert waiting.is_open
    assert waiting.completion_verdict().code == "running"


def check_policies() -> None:
    live = {model: list(model.objects.live()) for model in POLICY_PAGE_TYPES}
    assert len(live[PolicyDocumentPage]) >= 24
    assert len(live[ApplicationGuidePage]) >= 40
    assert len(live[InterpretationPage]) >= 4
    assert {guide.window_status() for guide in live[ApplicationGuidePage]} == set(WindowStatus)
    assert {guide.listing.route for guide in live[ApplicationGuidePage]} == {"no_application", "simple", "complex"}
    for guide in live[ApplicationGuidePage]:
        says_where = bool(
            guide.apply_url.startswith("https://example.com/") and guide.address and guide.visits is not None
        )
        assert says_where == (not is_automatic(guide)), (
            "whoever applies reads where, and nobody is sent to apply for what comes by itself"
        )
    for pages in live.values():
        for page in pages:
            assert page.content_faults() == []
            assert page.live_revision_id == page.latest_revision_id
            assert "{" not in page.title + page.summary + page.search_text
            assert len(PublicationRecord.objects.filter(page_id=page.pk).latest("version").approvals) == 2
    assert {file.file.name.rpartition(".")[2] for file in PolicyFile.objects.all()} == {"xlsx", "docx", "pdf"}
    assert all(file.is_public() for file in PolicyFile.objects.all())
    indexes = list(PolicyDocumentPage.objects.values_list("index_number", flat=True))
    assert len(set(indexes)) == len(indexes)


def check_changes() -> None:
    verdicts = Counter(change.verdict().code for change in ChangeRecord.objects.all())
    assert set(verdicts) == {"on_time", "late", "running", "overdue"}
    repealed = PolicyDocumentPage.objects.get(document_status=DocumentStatus.REPEALED)
    assert repealed.live
    assert repealed.successor.live
    assert repealed.repealed_on == repealed.change.trigger_date
    assert PublicationRecord.objects.filter(page_id=repealed.pk, kind=PublicationKind.REPEAL).count() == 1
    assert all(guide.window_status() == WindowStatus.CLOSED for guide in repealed.live_guides())
    amended = PolicyDocumentPage.objects.filter(document_status=DocumentStatus.AMENDED)
    assert {page.change.kind for page in amended} == {ChangeKind.AMENDED}
    first, second = PublicationRecord.objects.filter(page_id=amended.first().pk).order_by("version")
    assert first.content != second.content
    assert second.change_note
    assert ChangeRecord.objects.open().filter(page=None).count() > 0
    assert ChangeRecord.history.filter(history_change_reason__contains="更正").exists()
    agreed, waiting = LateReason.objects.order_by("-public_text")
    assert (agreed.public_text, agreed.waits) == (agreed.text, False)
    assert (waiting.public_text, waiting.waits) == ("", True)
    assert not {word for word in "〔〕{}" if word in agreed.text + waiting.text}


def check_inboxes() -> None:
    inboxes = {user.username: inbox_for(user) for user in User.objects.all()}
    assert len(inboxes["spj-moder"].to_decide) >= 3
    assert len(inboxes["spj-moder"].late_reasons) == 1
    for code in ("kjj", "gxj", "rsj", "swj", "jy-gxj"):
        assert inboxes[f"{code}-review"].to_decide
    for code in ("kjj", "jy-gxj"):  # by the department's reviewer, by the bureau
        assert [waiting.state.comment != "" for waiting in inboxes[f"{code}-edit"].returned] == [True]
    assert {owed.verdict.code for owed in inboxes["czj-edit"].owed} >= {"running", "overdue"}
    draft = ApplicationGuidePage.objects.get(live=False, latest_revision__task_states__isnull=True)
    assert draft.missing_elements() == ["申报材料", "承诺时限", "责任处室", "咨询电话"]
    assert len(submission_faults(draft)) == 4


def check_corrections() -> None:
    tickets = CorrectionTicket.objects.order_by("received_at")
    assert [(ticket.department.code, ticket.verdict().code) for ticket in tickets] == [
        ("rsj", "overdue"),
        ("kjj", "on_time"),
        ("gxj", "running"),
    ]
    assert site_facts()["id_code"] == "3202000000"


def test_outside_the_demo_it_is_refused(settings) -> None:
    settings.HUIQITONG_DEMO = False
    with pytest.raises(CommandError, match="不是演示环境"):
        call_command("seed_demo")


# --- Days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "workdays", "day"),
    [
        (MONDAY, 0, MONDAY),
        (MONDAY, 1, FRIDAY),
        (MONDAY, 5, datetime.date(2026, 11, 16)),
        (datetime.date(2026, 11, 22), 0, FRIDAY),  # Sunday
        (datetime.date(2026, 11, 22), 1, datetime.date(2026, 11, 19)),
    ],
)
def test_back_counts_working_days_that_have_passed(today, workdays, day) -> None:
    assert DemoDays(today, calendar(2026)).back(workdays) == day


def test_an_unknown_year_falls_back_to_weekdays() -> None:
    days = DemoDays(datetime.date(2027, 1, 4), calendar(2026))
    assert days.back(1) == datetime.date(2027, 1, 1)
    assert days.ago(2) == datetime.date(2027, 1, 1)
    assert days.ahead(-4) == datetime.date(2026, 12, 31)


def test_years_end_the_day_before_also_from_a_leap_day() -> None:
    assert years_later(datetime.date(2026, 3, 1), 3) == datetime.date(2029, 2, 28)
    assert years_later(datetime.date(2024, 2, 29), 3) == datetime.date(2027, 2, 28)


def test_serials_grow_and_never_repeat() -> None:
    taken: set[int] = set()
    assert [serial_on(day, taken, 10) for day in (datetime.date(2026, 1, 5), FRIDAY, FRIDAY)] == [1, 33, 34]
    assert in_words(FRIDAY) == "2026年11月20日"


# --- Notation and files --------------------------------------------------------------------------------------


def test_a_text_becomes_chapters_articles_paragraphs_and_sheets() -> None:
    text = "开头。\n# 第一章 总则\n第一条 甲。\n（一）乙\n|= 表\n|子|丑|\n> 结尾<"
    kinds = filling.body_blocks(text)
    assert kinds == [
        ("paragraph", "<p>开头。</p>"),
        ("chapter", {"number": "第一章", "title": "总则"}),
        ("article", {"number": "第一条", "text": "<p>甲。</p><p>（一）乙</p>"}),
        ("sheet", {"caption": "表", "has_header": True, "cells": "子\t丑"}),
        ("paragraph", "<p>结尾&lt;</p>"),
    ]
    assert notation.articles(text) == {"第一条": ["甲。", "（一）乙"]}


def test_flags_of_a_material() -> None:
    ((_kind, row),) = filling.material_rows("名册|可选 原件 2份 核发 表:a|说明", {"a": (1, 2)})
    assert row == {
        "name": "名册",
        "necessity": "optional",
        "form": "original",
        "copies": 2,
        "source": "government",
        "note": "说明",
        "blank_form": 1,
        "sample_form": 2,
    }


@pytest.mark.parametrize("kind", ["xlsx", "docx", "pdf"])
def test_made_files_are_what_they_say(kind) -> None:
    data = make_file(kind, "申请表", [("企业名称", ""), ("金额<万元>", "12")])
    assert data.startswith(SIGNATURES[kind])
    if kind == "xlsx":
        assert load_workbook(io.BytesIO(data)).active["B3"].value == "12"
    elif kind == "docx":
        text = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
        assert "金额&lt;万元&gt;" in text
    else:
        start = int(data.split(b"startxref\n")[1].split()[0])
        assert data[start:].startswith(b"xref")
