"""工作日历: which years are known, and the days that are not what their weekday says."""

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, ExtractYear
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.menu import Menu, SubmenuMenuItem
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSetGroup

from ..models import CalendarOverride, CalendarYear
from ..services.calendar import ClockEffect, change_calendar, clock_effect, planned_calendar, remove_override
from ..templatetags.deadlines import chinese_date
from .base import NarrowViewSet

_SATURDAY = 5
#: How the seed names where its days come from.
_SEED_SOURCE = "chinesecalendar "


def source_in_words(text: str) -> str:
    """Return where a year or day comes from; the seed's own note is completed."""
    return _("系统预置（%s）") % text if text.startswith(_SEED_SOURCE) else text


def effect_words(effect: ClockEffect) -> str:
    """Return what a change would do to running clocks that have a last day; empty where it does nothing to them."""
    if not effect.moved + effect.hidden:
        return ""
    words = _("有 %d 个未完成的时限会改变截止日期") % (effect.moved + effect.hidden)
    return words + (_("，其中 %d 个将暂不可计算") % effect.hidden if effect.hidden else "")


class EffectForm(WagtailAdminModelForm):
    """A change that moves the last day of clocks is not saved before the person has seen how many."""

    checked = forms.BooleanField(
        label=gettext_lazy("已核对"),
        required=False,
        help_text=gettext_lazy("改动会影响未完成的时限时，系统会先说明有几个；核对无误后勾选，再保存。"),
    )

    def _post_clean(self) -> None:
        """After the row carries what was typed."""
        super()._post_clean()
        if self.errors or self.cleaned_data.get("checked"):
            return
        words = effect_words(clock_effect(planned_calendar(self.instance)))
        if words:
            self.add_error("checked", _("这样改，%s；核对无误的，请勾选“已核对”再保存。") % words)


class CalendarYearForm(EffectForm):
    """A year is confirmed once, from its notice, when its days are in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # To rename a year would turn the old one into a gap without a word.
        self.fields["year"].disabled = self.instance.pk is not None

    def clean(self) -> dict[str, Any]:
        """Refuse to confirm a year without its notice or without any day off, and to take back one that has begun."""
        data = super().clean()
        was_confirmed = CalendarYear.objects.filter(pk=self.instance.pk, confirmed=True).exists()
        begun = timezone.localdate(timezone=timezone.get_default_timezone()).year
        if was_confirmed and not data.get("confirmed") and self.instance.year <= begun:
            words = _("%s 年的安排已用于计算时限，不能取消确认；通知有更正的，请在“录入放假通知”中重新录入。")
            self.add_error("confirmed", words % self.instance.year)
        if data.get("confirmed") and data.get("year"):
            if not data.get("notice", "").strip():
                self.add_error("notice", _("确认前请填写依据：国务院办公厅通知的名称和文号。"))
            if not CalendarOverride.objects.filter(day__year=data["year"], is_workday=False).exists():
                self.add_error(
                    "confirmed", _("%s 年还没有录入任何放假日，请先在“放假调休”中录入，再来确认。") % data["year"]
                )
        return data


class CalendarOverrideForm(EffectForm):
    """A day that differs from its weekday, in a year that is registered."""

    def clean_day(self) -> date:
        """Refuse a year nobody registered."""
        day: date = self.cleaned_data["day"]
        if not CalendarYear.objects.filter(year=day.year).exists():
            raise ValidationError(_("%s 年尚未登记，请先在“工作日年度”中新增这一年。") % day.year)
        return day

    def clean(self) -> dict[str, Any]:
        """Refuse what the weekday already says."""
        data = super().clean()
        day = data.get("day")
        if day and bool(data.get("is_workday")) == (day.weekday() < _SATURDAY):
            message = (
                _("%s本来就上班，不必录入；要录入放假，请不要勾选“是否上班”。")
                if data.get("is_workday")
                else _("%s本来就休息，不必录入；要录入调休上班，请勾选“是否上班”。")
            )
            self.add_error("day", message % chinese_date(day))
        return data


class CalendarChange:
    """Mixin for the views that change the calendar: through the service, and say what came of it."""

    request: Any
    form: Any
    refreshed = 0

    def save_instance(self) -> CalendarYear | CalendarOverride:
        """Save, announce the clocks' last days anew, record it."""
        row = self.form.save(commit=False)
        self.refreshed = change_calendar(row=row, actor=self.request.user)
        return row

    def get_success_message(self, *args: Any) -> str:
        """Add how many last days moved."""
        done = super().get_success_message(*args)  # type: ignore[misc]
        return _("%(done)s 重新计算了 %(number)s 个时限的截止日期。") % {"done": done, "number": self.refreshed}


class CalendarCreateView(CalendarChange, generic.CreateView):
    """Enter a year or a day."""


class CalendarEditView(CalendarChange, generic.EditView):
    """Correct a year or a day."""


class OverrideDeleteView(generic.DeleteView):
    """Take a day out again."""

    refreshed = 0

    @property
    def confirmation_message(self) -> str:
        """Ask, and say what it would do."""
        words = effect_words(clock_effect(planned_calendar(self.object, is_removed=True)))
        asked = _("确定删除 %s？删除后这一天按星期计。") % chinese_date(self.object.day)
        return f"{asked}{words}。" if words else asked

    def delete_action(self) -> None:
        """Through the service."""
        self.refreshed = remove_override(override=self.object, actor=self.request.user)

    def get_success_message(self) -> str:
        """Say how many last days moved."""
        words = _("已删除 %(day)s。 重新计算了 %(number)s 个时限的截止日期。")
        return words % {"day": chinese_date(self.object.day), "number": self.refreshed}


class CalendarIndexView(generic.IndexView):
    """A list of the calendar, with what the apps above have to say about it.

    Hook "construct_calendar_panels": function of request and list of panels, as Wagtail's construct_homepage_panels.
    """

    template_name = "audit/admin/calendar_index.html"

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the panels."""
        panels: list[Component] = []
        for construct in hooks.get_hooks("construct_calendar_panels"):
            construct(self.request, panels)
        return super().get_context_data(*args, calendar_panels=panels, **kwargs)


class YearIndexView(CalendarIndexView):
    """Years with the number of their days."""

    def get_base_queryset(self) -> QuerySet:
        """Add how many days off and how many worked weekends are entered."""
        days = CalendarOverride.objects.order_by().annotate(of=ExtractYear("day")).filter(of=OuterRef("year"))
        number = days.values("of").annotate(number=Count("pk")).values("number")
        return (
            super()
            .get_base_queryset()
            .annotate(
                rest=Coalesce(Subquery(number.filter(is_workday=False)), Value(0)),
                work=Coalesce(Subquery(number.filter(is_workday=True)), Value(0)),
            )
        )


class CalendarYearViewSet(NarrowViewSet):
    """工作日年度: which years are known. A year is never deleted; it is taken back by unticking 已确认."""

    model = CalendarYear
    name = "calendar_years"
    url_prefix = "calendar/years"
    icon = "date"
    views = ("index", "index_results", "add", "edit")
    index_view_class = YearIndexView
    add_view_class = CalendarCreateView
    edit_view_class = CalendarEditView
    edit_handler = ObjectList(
        [
            FieldPanel(
                "year",
                help_text=gettext_lazy(
                    "先新增年份，再到“放假调休”录入该年的放假日和调休上班日，最后回来勾选“已确认”。"
                ),
            ),
            FieldPanel("notice"),
            FieldPanel("confirmed"),
            FieldPanel("checked"),
        ],
        base_form_class=CalendarYearForm,
    )
    list_display = [
        "year",
        Column("confirmed", label=gettext_lazy("情况"), accessor=lambda y: _("已确认") if y.confirmed else _("未确认")),
        Column("rest", label=gettext_lazy("工作日放假（天）")),
        Column("work", label=gettext_lazy("周末上班（天）")),
        Column("notice", label=gettext_lazy("依据"), accessor=lambda y: source_in_words(y.notice)),
    ]


def year_choices() -> list[tuple[int, str]]:
    """Return the registered years, newest first."""
    return [(year, str(year)) for year in CalendarYear.objects.order_by("-year").values_list("year", flat=True)]


class OverrideFilterSet(WagtailFilterSet):
    """By year, and by what the day is."""

    year = django_filters.ChoiceFilter(label=gettext_lazy("年份"), field_name="day__year", choices=year_choices)
    is_workday = django_filters.ChoiceFilter(
        label=gettext_lazy("类别"), choices=[("False", gettext_lazy("放假")), ("True", gettext_lazy("调休上班"))]
    )

    class Meta:
        model = CalendarOverride
        fields = ("year", "is_workday")


class DayColumn(TitleColumn):
    """A day with its weekday."""

    def get_value(self, instance: CalendarOverride) -> str:
        """Return 2026-10-10（周六）."""
        return chinese_date(instance.day)


class OverrideIndexView(CalendarIndexView):
    """The days, newest first."""

    def _get_title_column(self, field_name: str, column_class: type = DayColumn, **kwargs: Any) -> Column:
        return super()._get_title_column(field_name, column_class, **kwargs)


class CalendarOverrideViewSet(NarrowViewSet):
    """放假调休: the days that are not what their weekday says."""

    model = CalendarOverride
    name = "calendar_days"
    url_prefix = "calendar/days"
    icon = "calendar-alt"
    views = ("index", "index_results", "add", "edit", "delete")
    index_view_class = OverrideIndexView
    add_view_class = CalendarCreateView
    edit_view_class = CalendarEditView
    delete_view_class = OverrideDeleteView
    filterset_class = OverrideFilterSet
    edit_handler = ObjectList(
        [
            FieldPanel("day", help_text=gettext_lazy("只录与平常不同的日子：周一至周五放假，或周六、周日上班。")),
            FieldPanel("is_workday", help_text=gettext_lazy("调休上班时勾选；放假不勾选。")),
            FieldPanel("source"),
            FieldPanel("checked"),
        ],
        base_form_class=CalendarOverrideForm,
    )
    list_display = [
        "day",
        Column("kind", label=gettext_lazy("类别"), accessor=lambda d: _("调休上班") if d.is_workday else _("放假")),
        Column("source", label=gettext_lazy("依据"), accessor=lambda d: source_in_words(d.source)),
    ]


class CalendarGroup(ModelViewSetGroup):
    """工作日历, one menu of two lists, and of what hook "register_calendar_menu_item" adds."""

    menu_label = gettext_lazy("工作日历")
    menu_icon = "calendar-alt"
    menu_order = 430
    items = (CalendarYearViewSet, CalendarOverrideViewSet)

    def get_menu_item(self, order: int | None = None) -> SubmenuMenuItem:
        """Return stock's item with a menu that asks the hook."""
        item = super().get_menu_item(order)
        item.menu = Menu(register_hook_name="register_calendar_menu_item", items=self.get_submenu_items())
        return item
