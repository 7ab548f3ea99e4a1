"""Forms of the change register."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from accounts.forms.texts import WordsField
from accounts.permissions import editable_departments
from audit.forms import DayField
from policy_pages import rules
from policy_pages.enums import ChangeKind, ChangeSubject
from policy_pages.models import PublicationRecord

if TYPE_CHECKING:
    from accounts.models import Department
    from policy_pages.models import ChangeRecord


#: How many of the latest publications are offered to settle a change by.
OFFERED = 50


def countable(day: datetime.date, department: Department | None = None) -> datetime.date:
    """The day, or the register's own objection as a field error."""
    from policy_pages.services.register import require_countable

    try:
        require_countable(day, department)
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
        return countable(self.cleaned_data["trigger_date"], self.cleaned_data.get("department"))

    def clean_doc_number(self) -> str:
        """文号 with hexagon brackets."""
        return rules.normalise_number(self.cleaned_data["doc_number"])


class CorrectionForm(forms.Form):
    """The bureau corrects a trigger date; the old one stays in the history (open point 4)."""

    trigger_date = DayField(label=_("更正后的触发日期"))
    reason = WordsField(
        label=_("理由"),
        limit=500,
        help_text=_("最多 500 个字。更正触发日期的，原日期和理由随结论一并公开。"),
        error_messages={"required": _("请写明理由。")},
    )

    def __init__(self, *args: Any, department: Department | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.department = department

    def clean_trigger_date(self) -> Any:
        """As at registering."""
        return countable(self.cleaned_data["trigger_date"], self.department)


class SettlementForm(forms.Form):
    """The bureau settles a change by a publication that happened before."""

    publication = forms.ModelChoiceField(
        label=_("由哪一次公开办结"),
        queryset=PublicationRecord.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择由哪一次公开办结。")},
    )
    reason = WordsField(
        label=_("理由"),
        limit=500,
        error_messages={"required": _("请写明理由：这次公开为什么就是这项变更的公开。")},
    )

    def __init__(self, *args: Any, change: ChangeRecord, **kwargs: Any) -> None:
        from policy_pages.services.register import publications_for

        super().__init__(*args, **kwargs)
        latest = list(publications_for(change).values_list("pk", flat=True)[:OFFERED])
        offered = PublicationRecord.objects.filter(pk__in=latest).order_by("-published_at")
        self.fields["publication"].queryset = offered  # type: ignore[attr-defined]
        self.fields["publication"].label_from_instance = publication_words  # type: ignore[attr-defined]


def publication_words(publication: PublicationRecord) -> str:
    """A publication as the bureau knows it: day and time, title, version."""
    at = timezone.localtime(publication.published_at, timezone.get_default_timezone())
    title = json.loads(publication.content).get("title", "")
    return _now("%(at)s　%(title)s（第 %(version)d 版）") % {
        "at": f"{at:%Y-%m-%d %H:%M}",
        "title": title,
        "version": publication.version,
    }


class WindowCorrectionForm(forms.Form):
    """The bureau corrects the day on which a window was decided, or strikes the notice out."""

    decided_on = DayField(label=_("更正后的期限确定日期"))
    reason = WordsField(
        label=_("理由"),
        limit=500,
        error_messages={"required": _("请写明理由。")},
    )


class LateReasonForm(forms.Form):
    """Why a change is late, in the department's words; hidden, the words that the bureau has read."""

    text = WordsField(label=_("逾期原因"), limit=300, rows=4, error_messages={"required": _("请写明逾期原因。")})

    def __init__(self, *args: Any, is_hidden: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_hidden:
            self.fields["text"].widget = forms.HiddenInput()


class LateReturnForm(LateReasonForm):
    """The bureau returns the words that it has read."""

    because = WordsField(
        label=_("退回理由（必填，单位会看到）"),
        limit=300,
        error_messages={"required": _("请写明退回理由：要改成什么样。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, is_hidden=True, **kwargs)
