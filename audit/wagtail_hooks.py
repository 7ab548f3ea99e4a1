"""The audit app's lists in the back office."""

from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet, ViewSetGroup

from .viewsets import CalendarGroup, EventViewSet


@hooks.register("register_admin_viewset")
def viewsets() -> list[ViewSet | ViewSetGroup]:
    """Return event chain and working-day calendar."""
    return [EventViewSet(), CalendarGroup()]
