"""The accounts app: departments, allotted accounts, assignments, roles."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db import models


class AccountsConfig(AppConfig):
    """Allotted accounts of named people (A15)."""

    name = "accounts"
    verbose_name = "单位与账号"

    def ready(self) -> None:
        """Load the checks and listen to logins; a new login asks for the second factor again.

        `last_login` stays empty: `login_at` says more, and Django would write it when the event chain is locked already.
        Every day typed into a form that Wagtail makes of a model is read by our one field.
        """
        from wagtail.admin.forms.models import register_form_field_override
        from wagtail.admin.widgets import AdminDateInput

        from accounts import checks, signals  # noqa: F401 -- registering is the effect
        from accounts.services.duties import filing_links, filings_told_otherwise, people_told
        from accounts.services.filings import OBJECT_TYPE
        from accounts.services.second_factor import forget_verification
        from audit.forms import DayField
        from audit.services.registry import register_links, register_people, register_triggers

        override = {"form_class": DayField, "widget": AdminDateInput}
        register_form_field_override(models.DateField, override=override)
        register_people(people_told)
        register_links(OBJECT_TYPE, filing_links)
        register_triggers(filings_told_otherwise)
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(forget_verification, dispatch_uid="accounts.forget_verification")
