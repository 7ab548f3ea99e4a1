"""Forms of the change register."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from accounts.forms.dates import DayField
from accounts.permissions import editable_departments
from policy_pages import rules
from policy_pages.enums import ChangeKind, ChangeSubject


def countable(day: datetime.date) -> datetime.date:
    """The day, or the register's own objection as a field error."""
    from policy_pages.services.register import require_countable

    try:
        require_countable(day)
    except ValidationError as error:
        raise ValidationError(error.message_dict["trigger_date"]) from error
    return day


class ChangeRecordForm(WagtailAdminModelForm):
    """Registers a change for one of the person's own departments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "department" in self.fields:
            own = editable_departments(self.for_user)
            self.fields["department"].queryset = own
            self.fields["department"].empty_label = None if own.count() == 1 else _("请选择单位")

    def clean(self) -> dict[str, Any]:
        """A guide is never repealed by itself."""
        cleaned = super().clean()
        if (cleaned.get("kind"), cleaned.get("subject")) == (ChangeKind.REPEALED, ChangeSubject.GUIDE):
            self.add_error("subject", _("指南随所依据的文件废止而关闭，请登记政策文件的废止。"))
        return cleaned

    def clean_trigger_date(self) -> Any:
        """A change that has not happened yet, or happened before the rule, starts no clock."""
        return countable(self.cleaned_data["trigger_date"])

    def clean_doc_number(self) -> str:
        """文号 with hexagon brackets."""
        return rules.normalise_number(self.cleaned_data["doc_number"])


class CorrectionForm(forms.Form):
    """The bureau corrects a trigger date; the old one stays in the history (open point 4)."""

    trigger_date = DayField(label=_("更正后的触发日期"))
    reason = forms.CharField(label=_("更正理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)

    def clean_trigger_date(self) -> Any:
        """As at registering."""
        return countable(self.cleaned_data["trigger_date"])
