"""动态口令重置: the addresses of `accounts.views.second_factor`, and their place in the menu 单位与账号."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path
from django.utils.translation import gettext_lazy
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet

from accounts.enums import Resource, Verb
from accounts.permissions import may
from accounts.views import second_factor

if TYPE_CHECKING:
    from django.urls import URLPattern

    from accounts.permissions import StaffRequest


class RecoveryMenuItem(MenuItem):
    """Shown to holders of the right only."""

    def is_shown(self, request: StaffRequest) -> bool:
        """Whether the person may reset others' second factor."""
        return may(request.user, Resource.SECOND_FACTOR, Verb.RECOVER)


class FactorRecoveryViewSet(ViewSet):
    """One list with its form, and two ways to settle what is open."""

    name = "factor_recoveries"
    url_prefix = "factor-recoveries"
    icon = "key"
    menu_label = gettext_lazy("动态口令重置")
    menu_item_class = RecoveryMenuItem

    def get_urlpatterns(self) -> list[URLPattern]:
        """List, and the two answers by POST."""
        return [
            path("", second_factor.recoveries, name="index"),
            path("<int:recovery_id>/confirm/", second_factor.confirm, name="confirm"),
            path("<int:recovery_id>/cancel/", second_factor.cancel, name="cancel"),
        ]
