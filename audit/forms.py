"""The one field for a day that a clerk types, in every form of ours and in Wagtail's, and the filter made of two."""

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_filters.fields import DateRangeField
from wagtail.admin.filters import DateRangePickerWidget

from .rules.typed_days import DayFault, typed_day

_WORDS = {
    DayFault.SHAPE: _("日期写法不对，请按“2026-11-23”填写；也可以写成 2026年11月23日、2026/11/23 或 20261123。"),
    DayFault.YEAR: _("日期的年份请写四位，例如 2026-11-23。"),
    DayFault.IMPOSSIBLE: _("“%(typed)s”不是有效的日期，请核对年、月、日。"),
}


class DayField(forms.DateField):
    """A day as clerks write it: 2026-11-24, 2026/11/24, 2026.11.24, 2026年11月24日, 20261124, full width too."""

    def to_python(self, value: Any) -> date | None:
        """Return the day; None for nothing. Raises ValidationError that says what to write instead."""
        if isinstance(value, date) or value in self.empty_values or not str(value).strip():
            return super().to_python(value if isinstance(value, date) else None)
        day = typed_day(str(value))
        if isinstance(day, DayFault):
            raise ValidationError(_WORDS[day], code="invalid", params={"typed": str(value).strip()[:20]})
        return day


class DayRangeField(DateRangeField):
    """From one day to another, each read by `DayField`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = (DayField(required=False), DayField(required=False))


class DayRangeFilter(django_filters.DateFromToRangeFilter):
    """A list by days, both included, with Wagtail's pickers."""

    field_class = DayRangeField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, widget=DateRangePickerWidget, **kwargs)
