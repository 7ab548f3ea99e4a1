"""Forms of the change register."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from accounts.permissions import editable_departments
from policy_pages import rules


class ChangeRecordForm(WagtailAdminModelForm):
    """Registers a change for one of the person's own departments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "department" in self.fields:
            own = editable_departments(self.for_user)
            self.fields["department"].queryset = own
            self.fields["department"].empty_label = None if own.count() == 1 else _("请选择单位")

    def clean_trigger_date(self) -> Any:
        """A change that has not happened yet starts no clock."""
        day = self.cleaned_data["trigger_date"]
        if day > timezone.localdate():
            raise ValidationError(_("触发日期晚于今天，请核对年份和月份；变更发生后再登记。"))
        return day

    def clean_doc_number(self) -> str:
        """文号 with hexagon brackets."""
        return rules.normalise_number(self.cleaned_data["doc_number"])


class CorrectionForm(forms.Form):
    """The bureau corrects a trigger date; the old one stays in the history (open point 4)."""

    trigger_date = forms.DateField(label=_("更正后的触发日期"))
    reason = forms.CharField(label=_("更正理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)

    def clean_trigger_date(self) -> Any:
        """Not in the future."""
        day = self.cleaned_data["trigger_date"]
        if day > timezone.localdate():
            raise ValidationError(_("触发日期晚于今天，请核对年份和月份。"))
        return day
