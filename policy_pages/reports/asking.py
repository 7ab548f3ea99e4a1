"""What a report is asked for: period, duty and unit. A GET form, no script."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Resource, Verb
from accounts.models import Department
from accounts.permissions import departments_with
from audit.enums import DutyCode
from audit.models import DutyRule
from audit.rules import Period, month_of, quarter_of, read_period, year_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from accounts.models import User

#: Periods offered of each length; any other may be typed.
OFFERED = 8


def offered_periods(today: datetime.date) -> list[Period]:
    """The latest quarters, years and months, the current first."""
    found = []
    for period, number in ((quarter_of(today), OFFERED), (year_of(today), 3), (month_of(today), OFFERED)):
        for _place in range(number):
            found.append(period)
            period = period.previous
    return found


class PeriodField(forms.CharField):
    """A period as `audit.rules.read_period` reads it: 2026-Q4, 2026年第四季度, 2026年11月."""

    def clean(self, value: Any) -> Period | None:
        """The period; None for nothing. Raises ValidationError that says how to write it."""
        typed = str(value or "").strip()
        if not typed:
            return None
        period = read_period(typed)
        if period is None:
            raise forms.ValidationError(
                _("“%(typed)s”不是一个期间；请写年、季度或月，例如 2026年、2026年第三季度或 2026年11月。")
                % {"typed": typed[:20]}
            )
        if period.since > timezone.localdate():
            raise forms.ValidationError(_("%s还没有开始，没有数字可报。") % period.label)
        return period


class ReportForm(forms.Form):
    """Period, duty and unit; `units` are those the person may read."""

    period = PeriodField(
        label=_("期间"),
        required=False,
        widget=forms.TextInput(attrs={"list": "report-periods", "autocomplete": "off"}),
        help_text=_("例如：2026年、2026年第三季度（2026-Q3）、2026年11月（2026-11）。"),
    )
    duty = forms.ChoiceField(
        label=_("义务"),
        required=False,
        choices=DutyRule.objects.duties,
        error_messages={"invalid_choice": _("没有“%(value)s”这项义务，请从列表中选择。")},
    )
    unit = forms.ModelChoiceField(
        label=_("单位"),
        required=False,
        queryset=Department.objects.none(),
        empty_label=_("全部"),
        error_messages={"invalid_choice": _("没有这个单位，请从列表中选择。")},
    )

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 -- for the type checker
        field.queryset = units


@dataclass(frozen=True)
class Question:
    """A report's period, duty (a code of `DutyRule.objects.duties`) and units, as of `today` (a day in Shanghai), asked by `user`."""

    period: Period
    duty: str
    units: tuple[Department, ...]
    unit: Department | None
    today: datetime.date
    user: User

    @cached_property
    def ids(self) -> list[int]:
        """Keys of the units."""
        return [unit.pk for unit in self.units]

    @cached_property
    def codes(self) -> dict[str, int]:
        """Code of each unit, and its key."""
        return {unit.code: unit.pk for unit in self.units}

    @property
    def since(self) -> datetime.datetime:
        """The instant with which the period begins."""
        return _midnight(self.period.since)

    @property
    def before(self) -> datetime.datetime:
        """The instant with which it is over."""
        return _midnight(self.period.until + datetime.timedelta(days=1))

    def query(self) -> dict[str, str]:
        """The same as parameters of an address, whole."""
        asked = {"period": self.period.code, "duty": self.duty}
        return {**asked, "unit": str(self.unit.pk)} if self.unit else asked

    def facts(self) -> dict[str, str]:
        """The same for the event of an export."""
        asked = {"period": self.period.code, "duty": self.duty}
        return {**asked, "unit": self.unit.code} if self.unit else asked


def ask(
    data: Mapping[str, str], user: User, default: Callable[[datetime.date], Period] = quarter_of
) -> tuple[ReportForm, Question]:
    """The form as it was typed, and what is answered: for a field that is wrong or empty, its default.

    An empty period is shown as the one that is answered.

    Units are those whose reports the person may read today. Default: the period `default` gives of today, the duty of
    A12, every unit.
    """
    units = departments_with(user, Resource.REPORT, Verb.READ)
    form = ReportForm(data, units=units)
    form.is_valid()
    told, today = form.cleaned_data, timezone.localdate()
    unit = told.get("unit")
    chosen = (unit,) if unit else tuple(units)
    period = told.get("period") or default(today)
    if not data.get("period", "").strip():
        form.data = {**data, "period": period.code}
    return form, Question(period, told.get("duty") or DutyCode.PUBLISH_CHANGE, chosen, unit, today, user)


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min), timezone.get_default_timezone())
