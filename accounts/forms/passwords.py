"""Choosing a password, at the first login and later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.auth import PasswordChangeForm as WagtailPasswordChangeForm

from accounts.services.first_login import sign_undertaking
from accounts.services.passwords import change_password, check_own_password

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.services.first_login import Owed


class FirstLoginForm(SetPasswordForm):
    """What the person owes, and no more: a new password twice, the undertaking ticked."""

    undertaking = forms.BooleanField(
        label=_("我已阅读并承诺遵守以上各项"), error_messages={"required": _("请阅读承诺书，并在方框内打勾。")}
    )

    def __init__(self, user: User, owed: Owed, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.owed = owed
        if owed.password:
            self.fields["new_password1"].label = _("新密码")
            self.fields["new_password2"].label = _("再输入一次")
            self.fields["new_password1"].error_messages["required"] = _("请输入新密码。")
            self.fields["new_password2"].error_messages["required"] = _("请再输入一次新密码。")
        else:
            del self.fields["new_password1"], self.fields["new_password2"]
        if not owed.undertaking:
            del self.fields["undertaking"]

    def clean(self) -> dict[str, Any] | None:
        """Compare and validate the passwords, when they are asked for."""
        return super().clean() if self.owed.password else self.cleaned_data

    def save(self, commit: bool = True) -> User:
        """Set the password and keep the signature."""
        if self.owed.password:
            change_password(user=self.user, password=self.cleaned_data["new_password1"])
        if self.owed.undertaking:
            sign_undertaking(user=self.user)
        return self.user


class PasswordChangeForm(WagtailPasswordChangeForm):
    """Wagtail's, checking and saving through our services."""

    def clean_old_password(self) -> str:
        """The present password; wrong ones are counted."""
        typed: str = self.cleaned_data["old_password"]
        fault = check_own_password(user=self.user, typed=typed) if typed else _("请输入原密码。")
        if fault:
            raise ValidationError(fault, code="password_incorrect")
        return typed

    def save(self, commit: bool = True) -> User:
        """Set the password with its event."""
        change_password(user=self.user, password=self.cleaned_data["new_password1"])
        return self.user
