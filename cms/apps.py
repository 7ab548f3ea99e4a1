"""The project as an app: its checks, commands and templates that cross the other apps."""

from django.apps import AppConfig


class CmsConfig(AppConfig):
    """Registers the system checks."""

    name = "cms"
    verbose_name = "惠企通"

    def ready(self) -> None:
        """Load the checks."""
        from cms import checks  # noqa: F401 -- registering is the effect
