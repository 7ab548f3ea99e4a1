"""What is typed about the second factor. Whether a code is right, the services say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

_LONGEST = 40


class CodeField(forms.CharField):
    """A one-time code, as a phone shows it or paper carries it."""

    def __init__(self, label: StrPromise, **kwargs: Any) -> None:
        widget = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}
        )
        super().__init__(
            label=label,
            max_length=_LONGEST,
            widget=widget,
            error_messages={"required": gettext_lazy("请输入口令。"), "max_length": gettext_lazy("口令太长，请核对。")},
            **kwargs,
        )


class VerifyForm(forms.Form):
    """A code of the authenticator, or a recovery code."""

    code = CodeField(gettext_lazy("动态口令或恢复码"))


class EnrolForm(forms.Form):
    """The first code of a new authenticator."""

    code = CodeField(gettext_lazy("手机显示的 6 位动态口令"))


class ReplaceForm(forms.Form):
    """The first code of a new authenticator, and one of what it replaces."""

    old = CodeField(gettext_lazy("原手机的动态口令，或一个恢复码"))
    code = CodeField(gettext_lazy("新手机显示的 6 位动态口令"))


class RecoveryForm(forms.Form):
    """Whose factor is lost, and how that became known."""

    account = forms.CharField(
        label=gettext_lazy("账号或使用人姓名"),
        max_length=150,
        widget=forms.TextInput(attrs={"list": "bound-accounts", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("请输入账号或使用人姓名。")},
    )
    reason = forms.CharField(
        label=gettext_lazy("原因，以及如何核实本人身份"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": gettext_lazy("请写明原因。"),
            "max_length": gettext_lazy("原因请控制在 300 字以内。"),
        },
    )

    def clean_account(self) -> User:
        """The one account that is meant: by code, by name, or by both as the list offers them."""
        typed = self.cleaned_data["account"].strip()
        code = typed.partition("（")[0].strip()
        found = list(User.objects.filter(Q(username__iexact=code) | Q(holder_name=typed)).order_by("username")[:2])
        if not found:
            raise forms.ValidationError(_("没有这个账号或使用人，请从列表中选择。"))
        if len(found) > 1:
            raise forms.ValidationError(_("有多个账号对应“%s”，请输入账号。") % typed)
        return found[0]
