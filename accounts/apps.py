"""The accounts app: departments, allotted accounts, assignments, roles."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Allotted accounts of named people (A15)."""

    name = "accounts"
    verbose_name = "单位与账号"
