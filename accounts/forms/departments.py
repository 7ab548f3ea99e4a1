"""The form of the day on which a unit was founded."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.filings import TolerantForm
from audit.forms import DayField


class FoundingForm(TolerantForm):
    """What `accounts.services.departments.set_founding_day` takes; it judges, this reads."""

    established_on = DayField(
        label=_("设立日期"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"placeholder": _("例如 2026-11-23"), "autocomplete": "off"}),
        help_text=_("机构新设立的才填写；设立之前的变更不由本单位承担时限。误填的，清空即恢复为未登记。"),
    )
    reason = forms.CharField(
        label=_("依据或更正理由"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("批准设立的文件名称和文号；更正的，写明为什么。"),
    )
