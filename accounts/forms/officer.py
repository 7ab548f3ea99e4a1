"""Forms of the account officer: allot, import, export, and what may be done to one account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import BUREAU_ROLES, AccountState, Role
from accounts.models import Department
from accounts.services.allotment import ALLOTTABLE_ROLES
from accounts.services.officer import allotment_faults, code_for, existing_codes
from accounts.services.roster import SIZE_LIMIT
from audit.forms import DayField

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

REASON_LENGTH = 200


def offered_roles() -> list[tuple[str, str]]:
    """The roles an officer gives out, each with where it belongs."""
    return [
        (str(role), f"{role.label}（{_('限行政审批局') if role in BUREAU_ROLES else _('限各单位')}）")
        for role in Role
        if role in ALLOTTABLE_ROLES
    ]


def day_field(label: Any, help_text: Any) -> DayField:
    """A day, typed or picked in the browser's own calendar; no script needed."""
    return DayField(
        label=label,
        required=False,
        help_text=help_text,
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class AllotForm(forms.Form):
    """One account for one named person of one unit. Says every fault at its field at once."""

    department = forms.ModelChoiceField(
        label=_("单位"),
        queryset=Department.objects.filter(is_active=True),
        required=False,
        empty_label=_("——请选择——"),
        error_messages={"invalid_choice": _("没有这个单位，或单位已停用，请重新选择。")},
    )
    roles = forms.MultipleChoiceField(
        label=_("角色"),
        choices=offered_roles,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("可以选几个。审核（审批局）、审计、系统管理须由不同的人担任，只能选一项。"),
        error_messages={"invalid_choice": _("这个角色不能在这里分配。")},
    )
    holder_name = forms.CharField(label=_("使用人姓名"), required=False, help_text=_("一个账号只对应一个人。"))
    phone = forms.CharField(
        label=_("联系电话"), required=False, help_text=_("仅供审批局联系使用人，不公开。固定电话带区号，或手机号。")
    )
    username = forms.CharField(
        label=_("账号"),
        required=False,
        help_text=_(
            "可以不填：按单位和角色自动取名，例如 kjj-edit；已有时取 kjj-edit2。要自定的，用小写字母、数字和连字符。"
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    valid_from = day_field(_("起始日"), _("从这一天起可以使用所选角色。"))

    def clean(self) -> dict[str, Any]:
        """Add what the rules of accounts say, at fields that have no fault yet."""
        facts = super().clean() or {}
        department, roles = facts.get("department"), [Role(role) for role in facts.get("roles", ())]
        code = facts.get("username", "")
        if not code and department and roles:
            code = code_for(department, roles, existing_codes())
        found = allotment_faults(
            username=code,
            holder_name=facts.get("holder_name", ""),
            phone=facts.get("phone", ""),
            roles=roles,
            department=department,
            valid_from=facts.get("valid_from"),
        )
        if not code:
            found.pop("username", None)  # a code follows from unit and role, whose faults are told
        for name, words in found.items():
            if name not in self.errors:
                self.add_error(name, words)
        return facts

    def facts(self) -> dict[str, Any]:
        """What `allot_for_holder` asks for."""
        return {**self.cleaned_data, "roles": [Role(role) for role in self.cleaned_data["roles"]]}


class StateForm(forms.Form):
    """What every form on one account carries: how the account stood when it was opened."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)


class ReasonForm(StateForm):
    """Reset, disable or enable: with a stated reason."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": _("请写明原因，例如：本人到窗口申请。"),
            "max_length": _("原因请控制在 %(limit_value)d 字以内。"),
        },
    )


class CorrectionForm(ReasonForm):
    """A name written wrong, a new telephone number."""

    holder_name = forms.CharField(
        label=_("使用人姓名"), required=False, help_text=_("只用来改错字；换了人的，请由单位办理人员变更备案。")
    )
    phone = forms.CharField(label=_("联系电话"), required=False)
    field_order = ("holder_name", "phone", "reason")


class GiveRoleForm(StateForm):
    """One more role for an account."""

    department = forms.ModelChoiceField(
        label=_("单位"),
        queryset=Department.objects.filter(is_active=True),
        empty_label=_("——请选择——"),
        error_messages={
            "required": _("请选择单位。"),
            "invalid_choice": _("没有这个单位，或单位已停用，请重新选择。"),
        },
    )
    role = forms.ChoiceField(
        label=_("角色"),
        choices=lambda: [("", _("——请选择——")), *offered_roles()],
        error_messages={"required": _("请选择角色。"), "invalid_choice": _("这个角色不能在这里分配。")},
    )
    valid_from = day_field(_("起始日"), "")


class EndRoleForm(StateForm):
    """The last day of a role."""

    assignment = forms.IntegerField(widget=forms.HiddenInput)
    last_day = day_field(_("最后一天"), _("含当日。要立即收回的，填昨天；当天刚任职的，请停用账号。"))

    def clean_last_day(self) -> Any:
        """A day is needed."""
        day = self.cleaned_data["last_day"]
        if day is None:
            raise forms.ValidationError(_("请填写最后一天。"))
        return day


class RosterForm(forms.Form):
    """The filled template."""

    file = forms.FileField(
        label=_("Excel 文件（.xlsx）"),
        help_text=_("用下载的模板填写；最多 2,000 行、5 MB。上传后先检查，确认后才分配。"),
        error_messages={
            "required": _("请选择填好的 Excel 文件。"),
            "empty": _("文件是空的，请检查后重新选择。"),
            "missing": _("没有收到文件，请重新选择。"),
            "invalid": _("没有收到文件，请重新选择。"),
            "max_length": _("文件名太长，请改短后重新选择。"),
        },
        max_length=200,
    )

    def clean_file(self) -> UploadedFile:
        """Refuse what is too large before it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > SIZE_LIMIT:
            raise forms.ValidationError(_("文件超过 5 MB，请拆分后导入。"))
        return file


class ConfirmForm(forms.Form):
    """Go on with the rows that were checked."""

    rows = forms.CharField(widget=forms.HiddenInput)
    lenient = forms.BooleanField(label=_("跳过有错误的行，只导入正确的"), required=False)


class ExportForm(forms.Form):
    """Which accounts the list of holders names."""

    department = forms.ModelChoiceField(
        label=_("单位"),
        queryset=Department.objects.all(),
        required=False,
        empty_label=_("全部"),
        error_messages={"invalid_choice": _("没有这个单位，请重新选择。")},
    )
    role = forms.ChoiceField(label=_("角色"), required=False, choices=lambda: [("", _("全部")), *Role.choices])
    state = forms.ChoiceField(label=_("情况"), required=False, choices=lambda: [("", _("全部")), *AccountState.choices])
