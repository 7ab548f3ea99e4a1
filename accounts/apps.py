"""The accounts app: departments, allotted accounts, assignments, roles."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Allotted accounts of named people (A15)."""

    name = "accounts"
    verbose_name = "单位与账号"

    def ready(self) -> None:
        """Load the checks and listen to logins."""
        from accounts import checks, signals  # noqa: F401 -- registering is the effect
