"""The one door: account code and password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms.auth import LoginForm as WagtailLoginForm

from accounts.enums import SessionEnd
from accounts.models import User


class LoginForm(WagtailLoginForm):
    """Wagtail's, without 记住我: a session ends with the browser, or earlier.

    What is the matter with an account is said only to who gave its right password; to everybody else a wrong password,
    an unknown name and a disabled account look the same.
    """

    remember = None
    error_messages = {**WagtailLoginForm.error_messages, "invalid_login": gettext_lazy("账号或密码不对，请重试。")}

    def confirm_login_allowed(self, user: User) -> None:
        """Raise ValidationError for a disabled account and for a one-time password past its day.

        Locks the account: django-axes takes the failed logins back next, and a reset takes the account before those.
        """
        list(User.objects.select_for_update(no_key=True).filter(pk=user.pk))
        if not user.is_active:
            self._refuse("disabled", _("账号已停用，不能登录。需要恢复的，请联系行政审批局账号管理员。"))
        if user.must_change_password and user.password_expires_at and user.password_expires_at <= timezone.now():
            day = timezone.localtime(user.password_expires_at).strftime("%Y-%m-%d %H:%M")
            words = _("初始密码已于 %(moment)s 过期，不能再用。请联系行政审批局账号管理员重新发放。") % {"moment": day}
            self._refuse("expired", words)

    def _refuse(self, because: str, words: str) -> None:
        """Refuse, and let it count as a failed login."""
        credentials = {"username": self.cleaned_data["username"]}
        user_login_failed.send(sender=type(self), credentials=credentials, request=self.request, because=because)
        raise ValidationError(words, code=because)

    @property
    def ended_because(self) -> str:
        """Why the last session ended, when the address brings a code we know; for the page."""
        code: Any = self.request.GET.get("ended", "") if self.request else ""
        return str(SessionEnd(code).label) if code in SessionEnd.values else ""
