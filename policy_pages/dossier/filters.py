"""Which entries of a timeline are shown: by kind, person and days. A GET form, no script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.forms import DayField
from policy_pages.enums import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policy_pages.dossier.entries import Entry


class TimelineForm(forms.Form):
    """Kind, person, from and to (days in Shanghai, both included). `people` are the names in the timeline."""

    kind = forms.ChoiceField(
        label=_("类别"),
        required=False,
        choices=[("", _("全部")), *EntryKind.choices],
        error_messages={"invalid_choice": _("没有“%(value)s”这个类别，请从列表中选择。")},
    )
    person = forms.CharField(
        label=_("经办人"), required=False, max_length=150, widget=forms.TextInput(attrs={"list": "dossier-people"})
    )
    first = DayField(label=_("起始日"), required=False, widget=forms.TextInput(attrs={"placeholder": "2026-11-23"}))
    last = DayField(label=_("截止日"), required=False, widget=forms.TextInput(attrs={"placeholder": "2026-11-23"}))

    def __init__(self, *args: Any, people: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = sorted(set(people) - {""})

    def clean_person(self) -> str:
        """Somebody who stands in this timeline; a part of the name will do."""
        person = self.cleaned_data["person"].strip()
        if person and not any(person in name for name in self.people):
            raise forms.ValidationError(
                _("这份卷宗中没有“%(name)s”经办的事项，请从列表中选择，或清空。") % {"name": person[:20]}
            )
        return person

    def clean(self) -> dict[str, Any]:
        """The first day is not after the last."""
        found = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        if first and last and first > last:
            self.add_error("last", _("截止日早于起始日，请调换或改正。"))
        return found

    def chosen(self, entries: list[Entry]) -> list[Entry]:
        """The entries asked for; all of them while something typed is wrong, which the form says."""
        if not self.is_valid():
            return entries
        return [entry for entry in entries if self._is_asked(entry)]

    def _is_asked(self, entry: Entry) -> bool:
        asked = self.cleaned_data
        day = timezone.localtime(entry.at, timezone.get_default_timezone()).date()
        return (
            asked["kind"] in {"", entry.kind}
            and asked["person"] in entry.who
            and (asked["first"] is None or asked["first"] <= day)
            and (asked["last"] is None or day <= asked["last"])
        )

    def facts(self) -> dict[str, str]:
        """What was asked for, for the event of an export: only what narrows."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}
