"""The audit app's lists in the back office."""

from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet, ViewSetGroup

from .viewsets import CalendarGroup, EventViewSet


@hooks.register("register_admin_viewset")
def viewsets() -> list[ViewSet | ViewSetGroup]:
    """Return event chain and working-day calendar."""
    return [EventViewSet(), CalendarGroup()]


@hooks.register("insert_global_admin_js")
def typed_days_script() -> str:
    """Return the script that keeps the date picker from rewriting what was typed."""
    return format_html('<script src="{}"></script>', static("js/days.js"))
