"""A day is read as clerks write it, in every form; a bad one gets a sentence that says what to write (T1, bad input)."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError

from accounts.forms.filings import CorrectionForm, FilingForm
from accounts.forms.officer import AllotForm, EndRoleForm, GiveRoleForm
from audit.forms import DayField
from policy_pages.forms.register import CorrectionForm as ChangeCorrectionForm
from policy_pages.models import ApplicationGuidePage, ChangeRecord, PolicyDocumentPage
from policy_pages.tests import factories as f

if TYPE_CHECKING:
    from accounts.models import Department

DAY = datetime.date(2026, 11, 4)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-04",
        "2026-11-4",
        "2026/11/04",
        "2026.11.4",
        "2026年11月04日",
        "2026年11月4日",
        "2026 年 11 月 4 日",
        "2026年11月4号",
        "2026年11月4",
        "20261104",
        "２０２６－１１－０４",
        "２０２６年１１月４日",
        "２０２６／１１／０４",
        "２０２６．１１．０４",
        "２０２６１１０４",
        " 2026-11-04 ",
        "\u30002026-11-04\u3000",
        "2026 - 11 - 04",
        "2026—11—04",
        "2026–11–04",
    ],
)
def test_every_usual_writing_is_the_same_day(typed: str) -> None:
    assert DayField().clean(typed) == DAY


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("26-11-24", "年份请写四位"),
        ("26年11月24日", "年份请写四位"),
        ("02026-11-24", "年份请写四位"),
        ("2026-02-30", "“2026-02-30”不是有效的日期"),
        ("20261340", "“20261340”不是有效的日期"),
        ("2026年0月1日", "“2026年0月1日”不是有效的日期"),
        ("0026-11-24", "“0026-11-24”不是有效的日期"),
        ("9999-12-31", "“9999-12-31”不是有效的日期"),
        ("2026-11", "日期写法不对"),
        ("2026-11/24", "日期写法不对"),
        ("2026112", "日期写法不对"),
        ("24.11.2026", "日期写法不对"),
        ("明天", "日期写法不对"),
        ("2026-11-24 10:00", "日期写法不对"),
        ("²026-11-24x", "日期写法不对"),
        ("٢٠٢٦-11-24", "日期写法不对"),
        ("-", "日期写法不对"),
        ("9" * 5000, "日期写法不对"),
        ("9" * 5000 + "-11-11", "年份请写四位"),
        ("\x00", "日期写法不对"),
    ],
)
def test_what_is_no_day_is_told_in_words(typed: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        DayField().clean(typed)


@pytest.mark.parametrize("typed", ["", None, "  ", "\u3000"])
def test_nothing_typed_is_no_day(typed: Any) -> None:
    assert DayField(required=False).clean(typed) is None
    with pytest.raises(ValidationError):
        DayField().clean(typed)


def test_every_form_in_which_a_clerk_types_a_day_has_the_field(kjj: Department, login: Any) -> None:
    editor = f.user("kjj-edit")
    forms: list[Any] = [FilingForm(user=editor), CorrectionForm(), AllotForm(), EndRoleForm(), GiveRoleForm()]
    forms.append(ChangeCorrectionForm())
    for model in (PolicyDocumentPage, ApplicationGuidePage):
        forms.append(model.get_edit_handler().get_form_class()(for_user=editor, instance=model()))
    fields = [(type(form).__name__, name, field) for form in forms for name, field in form.fields.items()]
    days = [(form, name) for form, name, field in fields if type(field) is DayField]
    others = [(form, name) for form, name, field in fields if "DateField" in type(field).__name__]
    assert others == []
    assert len(days) >= len(forms)


def test_a_change_is_registered_with_a_day_in_chinese(kjj: Department, login: Any) -> None:
    day = datetime.date.today() - datetime.timedelta(days=1)
    data = {"department": kjj.pk, "kind": "created", "subject": "document", "title": "登记", "doc_number": ""}
    data |= {"trigger_basis": "issued", "evidence": "印发件", "trigger_date": "26-11-24"}
    client = login("kjj-edit")
    assert "年份请写四位" in client.post("/admin/changes/new/", data).content.decode()
    typed = f"{day.year}年{day.month}月{day.day}日"
    assert client.post("/admin/changes/new/", {**data, "trigger_date": typed}).status_code == 302
    assert ChangeRecord.objects.get(title="登记").trigger_date == day
