"""The person's own account page, in place of Wagtail's: names and addresses are the bureau's to keep (A15, A16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.account import (
    AccountView,
    BaseSettingsPanel,
    ChangePasswordPanel,
    LocaleSettingsPanel,
    ThemeSettingsPanel,
)
from wagtail.users.models import UserProfile

from accounts.forms.passwords import PasswordChangeForm

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.permissions import StaffRequest


class HolderPanel(BaseSettingsPanel):
    """Whose account this is: to read."""

    name = "holder"
    title = _("使用人")
    order = 100
    template_name = "accounts/admin/holder_panel.html"

    def get_form(self) -> forms.Form:
        """Nothing to fill in."""
        return forms.Form()

    def get_context_data(self) -> dict[str, Any]:
        """The account and its roles of today."""
        return {"account": self.user, "assignments": self.user.current_assignments()}


class OwnPasswordPanel(ChangePasswordPanel):
    """The password, through our policy."""

    order = 200
    form_class = PasswordChangeForm

    @cached_property
    def _form(self) -> forms.Form:
        return super().get_form()

    def get_form(self) -> forms.Form:
        """The same at each call: one form counts a wrong password once."""
        return self._form


class OwnAccountView(AccountView):
    """Holder, password, looks. No name, no mail, no picture."""

    request: StaffRequest

    def post(self, request: StaffRequest) -> HttpResponse:
        """Save; who has guessed too often finds himself at the login page."""
        response = super().post(request)
        return redirect("wagtailadmin_home") if request.user.session_ended_because else response

    @cached_property
    def _panels(self) -> list[BaseSettingsPanel]:
        user, profile = self.request.user, UserProfile.get_for_user(self.request.user)
        kinds = (HolderPanel, OwnPasswordPanel, LocaleSettingsPanel, ThemeSettingsPanel)
        panels = [kind(self.request, user, profile) for kind in kinds]
        return [panel for panel in panels if panel.is_active()]

    def get_panels(self) -> list[BaseSettingsPanel]:
        """Ours and the harmless of Wagtail's."""
        return self._panels


own_account = never_cache(require_admin_access(OwnAccountView.as_view()))
