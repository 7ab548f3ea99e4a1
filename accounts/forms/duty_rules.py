"""The form of a new version of a duty's limit."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.filings import TolerantForm
from accounts.forms.texts import WordsField
from audit.enums import DayUnit
from audit.forms import DayField
from audit.models import DutyRule
from audit.services.duty_rules import DAYS


class DutyRuleForm(TolerantForm):
    """What `audit.services.duty_rules.set_rule` takes; it judges, this reads."""

    code = forms.ChoiceField(label=_("事项"), choices=DutyRule.objects.duties)
    days = forms.IntegerField(
        label=_("天数"),
        error_messages={"invalid": _("请填写整数天数，%(fewest)d 到 %(most)d。") % DAYS, "required": _("请填写天数。")},
    )
    unit = forms.ChoiceField(label=_("单位"), choices=DayUnit.choices, initial=DayUnit.WORKING)
    effective_from = DayField(
        label=_("施行日期"), help_text=_("不早于今天；这一天及以后触发的事项按新天数，正在计时的不变。")
    )
    source = forms.CharField(
        label=_("依据"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "文件名称和文号，或会议决定。办法规定的天数，须写明修改它的文件名称和文号，例如：某某办法（某政发〔2026〕12号）。"
        ),
    )


class WithdrawalForm(TolerantForm):
    """Why a version is taken back."""

    reason = WordsField(
        label=_("撤回理由"), limit=500, required=False, help_text=_("例如：天数输错。理由记入审计事件，最多 500 个字。")
    )
