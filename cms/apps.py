"""The project as an app: its checks, commands and templates that cross the other apps."""

from functools import lru_cache
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import trans_real

#: More than Django, Wagtail and we have together.
KEPT_WORDS = 20_000


class CmsConfig(AppConfig):
    """Registers the system checks, and keeps the words that were looked up."""

    name = "cms"
    verbose_name = "惠企通"

    def ready(self) -> None:
        """Load the checks; let no word of a page be looked up twice.

        Most of our words are their own translation: Django asks sixteen catalogues and six fallbacks before it gives them
        back, and a page has 150 of them, a tenth of its time. Catalogues never change while a process runs.
        """
        from cms import checks  # noqa: F401 -- registering is the effect

        for code, _name in settings.LANGUAGES:
            language: Any = trans_real.translation(code)
            language.gettext = lru_cache(maxsize=KEPT_WORDS)(language.gettext)
