"""In place of Wagtail's command of this name, which publishes from a list that may be stale and stops at a failure."""

from cms.management.commands.tick import Command as Tick


class Command(Tick):
    """`manage.py publish_scheduled`: the same as `tick`, for operators who know Wagtail's name."""
