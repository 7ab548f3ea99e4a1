"""The accounts app: departments, allotted accounts, assignments, roles."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    """Allotted accounts of named people (A15)."""

    name = "accounts"
    verbose_name = "单位与账号"

    def ready(self) -> None:
        """Load the checks and listen to logins; a new login asks for the second factor again."""
        from accounts import checks, signals  # noqa: F401 -- registering is the effect
        from accounts.services.second_factor import forget_verification

        user_logged_in.connect(forget_verification, dispatch_uid="accounts.forget_verification")
