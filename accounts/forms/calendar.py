"""Forms of 录入放假通知: the notice as it is pasted, and the confirmation of what was read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.rules.notices import read_notice, wrong_years
from audit.services import current_calendar, plan_year

if TYPE_CHECKING:
    from audit.rules.notices import Notice
    from audit.services import YearPlan

FIRST_YEAR, LAST_YEAR = 2000, 2100
TEXT_LENGTH = 20_000
REASON_LENGTH = 500


def first_unknown_year() -> int:
    """The first year, from this one on, whose working days are not known."""
    year, known = timezone.localdate(timezone=timezone.get_default_timezone()).year, current_calendar().years
    while year in known:
        year += 1
    return year


class NoticeForm(forms.Form):
    """A notice: valid when every day in it was understood. `read` and `plan` then tell what it says and would change."""

    read: Notice
    plan: YearPlan

    year = forms.IntegerField(
        label=gettext_lazy("年份"),
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        error_messages={"invalid": gettext_lazy("请填写四位数的年份，例如 2027。")},
    )
    name = forms.CharField(label=gettext_lazy("通知名称"), max_length=200)
    number = forms.CharField(
        label=gettext_lazy("文号"), max_length=60, help_text=gettext_lazy("例如：国办发明电〔2026〕7号。")
    )
    text = forms.CharField(
        label=gettext_lazy("通知正文"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "从国务院网站复制通知全文粘贴即可；也可以每行写一天，例如“2027-01-01 放假”“2027-01-09 上班”。"
        ),
    )
    #: Typed beside the preview; kept while the text is corrected.
    reason = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def preset(cls) -> NoticeForm:
        """The form for the first year that is not known."""
        year = first_unknown_year()
        return cls(initial={"year": year, "name": _("国务院办公厅关于%s年部分节假日安排的通知") % year})

    def clean(self) -> dict[str, Any]:
        """Read the text; say every fault in it at its field."""
        data: dict[str, Any] = super().clean()  # type: ignore[assignment]  # a plain form returns its data
        year = data.get("year")
        if year is None:
            return data
        for fault in wrong_years(data.get("name", ""), year):
            self.add_error("name", fault)
        if data.get("text"):
            self.read = read_notice(data["text"], year)
            for fault in self.read.faults:
                self.add_error("text", fault)
        if not self.errors:
            self._plan(data)
        return data

    def _plan(self, data: dict[str, Any]) -> None:
        try:
            self.plan = plan_year(**self.facts(data))
        except ValueError as error:
            self.add_error("text", str(error))

    def facts(self, data: dict[str, Any]) -> dict[str, Any]:
        """What the service is told."""
        return {
            "year": data["year"],
            "notice": _("%(name)s（%(number)s）") % data,
            "rest_days": self.read.rest_days,
            "work_days": self.read.work_days,
        }


class ConfirmForm(forms.Form):
    """Below the preview: the doubts are checked, the reason of a change is given. `seen` is the calendar it was shown on."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("修改理由"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("这一年已经录入并确认；已有的截止日期可能因此变动，理由记入审计事件。"),
        error_messages={"required": gettext_lazy("请写明修改理由。")},
    )
    checked = forms.BooleanField(
        label=gettext_lazy("已核对"),
        error_messages={"required": gettext_lazy("请逐条对照通知原文核对上面的提示，核对无误后勾选“已核对”。")},
    )

    def __init__(self, *args: Any, plan: YearPlan, warnings: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not plan.needs_reason:
            del self.fields["reason"]
        if not warnings:
            del self.fields["checked"]
