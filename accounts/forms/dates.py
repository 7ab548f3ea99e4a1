"""The one field for a day that a clerk types, in every form of ours and in Wagtail's."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.rules import DayFault, typed_day

_WORDS = {
    DayFault.SHAPE: _("日期写法不对，请按“2026-11-23”填写；也可以写成 2026年11月23日、2026/11/23 或 20261123。"),
    DayFault.YEAR: _("日期的年份请写四位，例如 2026-11-23。"),
    DayFault.IMPOSSIBLE: _("“%(typed)s”不是有效的日期，请核对年、月、日。"),
}


class DayField(forms.DateField):
    """A day as clerks write it: 2026-11-24, 2026/11/24, 2026.11.24, 2026年11月24日, 20261124, full width too."""

    def to_python(self, value: Any) -> datetime.date | None:
        """The day; None for nothing. Raises ValidationError that says what to write instead."""
        if isinstance(value, datetime.date) or value in self.empty_values or not str(value).strip():
            return super().to_python(value if isinstance(value, datetime.date) else None)
        day = typed_day(str(value))
        if isinstance(day, DayFault):
            raise ValidationError(_WORDS[day], code="invalid", params={"typed": str(value).strip()[:20]})
        return day
