"""Forms of 人员变更备案: the department's report, the bureau's settlement and strike-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Resource, Verb
from accounts.models import Assignment, Department, User
from accounts.permissions import departments_with
from accounts.services.filings import (
    accounts_of_newcomer,
    filing_faults,
    newcomer_here,
    no_account_because,
    suggested_code,
)
from audit.forms import DayField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.models import AccountFiling

NO_SUCH_ACCOUNT = _("本单位没有这个账号，请从列表中选择。")


class AccountField(forms.ModelChoiceField):
    """An account, offered with its holder's name, its code and its roles."""

    posts: Mapping[int, str] = {}

    def label_from_instance(self, account: User) -> str:
        """`方可盈（swj-edit，录入员）`."""
        state = "" if account.is_active else gettext("已停用")
        words = filter(None, (account.username, self.posts.get(account.pk, ""), state))
        return f"{account.get_full_name()}（{'，'.join(words)}）"


class TolerantForm(forms.Form):
    """A form that takes a service's faults: each at its field, those of no field of ours above the form."""

    def add_faults(self, faults: Mapping[str, list[str]]) -> None:
        """Add those of fields that have none yet."""
        for name, messages in faults.items():
            if name not in self.fields:
                self.add_error(None, messages)
            elif name not in self.errors:
                self.add_error(name, messages)


class FilingForm(TolerantForm):
    """A department's report of a change of person. The unit is asked only of who works in several."""

    department = forms.ModelChoiceField(
        label=_("单位"), queryset=Department.objects.none(), required=False, empty_label=_("请选择单位")
    )
    leaver = AccountField(
        label=_("原使用人的账号"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("请选择账号"),
        error_messages={"invalid_choice": NO_SUCH_ACCOUNT},
        help_text=_("备案后，这个账号在本单位的权限立即收回；草稿和正在审核的事项仍归本单位。"),
    )
    changed_on = DayField(
        label=_("变更日期"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"placeholder": _("例如 2026-11-23"), "autocomplete": "off"}),
        help_text=_("人员实际变动的日期；从次日起 3 个工作日内备案（第十六条）。"),
    )
    newcomer_name = forms.CharField(
        label=_("新使用人姓名"), required=False, max_length=60, help_text=_("暂时没有接任人的，姓名和电话都留空。")
    )
    newcomer_phone = forms.CharField(
        label=_("新使用人联系电话"), required=False, max_length=40, help_text=_("仅供审批局联系使用人，不对外公开。")
    )
    reason = forms.CharField(
        label=_("变更原因"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = departments_with(user, Resource.FILING, Verb.WRITE).order_by("code")
        self.departments = list(own)
        if len(self.departments) == 1:
            del self.fields["department"]
        else:
            self.fields["department"].queryset = own  # type: ignore[attr-defined]  # a ModelChoiceField
        leaver = self.fields["leaver"]
        assert isinstance(leaver, AccountField)  # noqa: S101 -- for the type checker
        leaver.queryset = User.objects.fileable_in(own).order_by("username")
        leaver.posts = self._posts()

    def chosen_department(self) -> Department | None:
        """The unit chosen, or the person's only one."""
        return self.departments[0] if len(self.departments) == 1 else self.cleaned_data.get("department")

    def clean(self) -> dict[str, Any]:
        """Everything that keeps it from being filed, at once."""
        cleaned = super().clean() or self.cleaned_data
        words = {name: cleaned.get(name) or "" for name in ("newcomer_name", "newcomer_phone", "reason")}
        self.add_faults(
            filing_faults(
                department=self.chosen_department(),
                leaver=cleaned.get("leaver"),
                changed_on=cleaned.get("changed_on"),
                **words,
            )
        )
        return cleaned

    def _posts(self) -> dict[int, str]:
        today = timezone.localdate()
        held = Assignment.objects.overlapping(today, today).filter(department__in=self.departments)
        posts: dict[int, list[str]] = {}
        for assignment in held.select_related("department"):
            unit = "" if len(self.departments) == 1 else f"{assignment.department.short_name} "
            posts.setdefault(assignment.user_id, []).append(f"{unit}{assignment.get_role_display()}")
        return {pk: "、".join(names) for pk, names in posts.items()}


class CompletionForm(TolerantForm):
    """The officer settles: a new account for the newcomer, or one he has already in the unit."""

    username = forms.CharField(
        label=_("分配新账号"), required=False, max_length=30, help_text=_("3 至 30 位小写字母、数字和连字符。")
    )
    account = AccountField(
        label=_("或者用接任人已有的账号"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("不用，分配新账号"),
        error_messages={"invalid_choice": _("只能选择接任人本人在该单位、正在使用的账号。")},
    )

    def __init__(self, *args: Any, filing: AccountFiling, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account = self.fields["account"]
        assert isinstance(account, AccountField)  # noqa: S101 -- for the type checker
        account.queryset = accounts_of_newcomer(filing)
        account.initial = newcomer_here(filing)
        self.fields["username"].initial = "" if account.initial else suggested_code(filing)
        # A code typed before the unit was closed is answered in words, not dropped.
        if no_account_because(filing) and not (filing.newcomer_name and self.data.get("username")):
            del self.fields["username"]
        if not account.queryset.exists():
            del self.fields["account"]

    def clean_username(self) -> str:
        """A suggested code is no choice: one who takes an account the newcomer has need not empty the field."""
        code = self.cleaned_data["username"].strip()
        suggested = code == self.fields["username"].initial
        return "" if suggested and self.data.get("account") else code


class CorrectionForm(TolerantForm):
    """The officer corrects a mistyped day of the change."""

    changed_on = DayField(
        label=_("正确的变更日期"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"placeholder": _("例如 2026-11-23"), "autocomplete": "off"}),
    )
    correction_reason = forms.CharField(
        label=_("更正理由"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )

    def add_faults(self, faults: Mapping[str, list[str]]) -> None:
        """The page has another reason in another form, so that this one has a longer name."""
        super().add_faults({"correction_reason" if name == "reason" else name: told for name, told in faults.items()})


class CancellationForm(TolerantForm):
    """The officer strikes out a filing that was a mistake."""

    reason = forms.CharField(
        label=_("撤销理由"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明撤销理由。")},
    )


def faults_of(error: ValidationError) -> dict[str, list[str]]:
    """The faults of a service's error, by field."""
    return error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
