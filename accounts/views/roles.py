"""权限表: who may do what, for every member of the staff; and whether rights and table agree, for who watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from accounts.enums import Resource, Role, Verb
from accounts.permissions import may
from accounts.reports import drift_in_words, may_see_drift, role_table
from accounts.services import permission_drift

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.permissions import StaffRequest


@require_safe
def role_page(request: StaffRequest) -> HttpResponse:
    """The table of rights in words, and the drift where the person may see it. Reads only."""
    if not may(request.user, Resource.ROLE_TABLE, Verb.READ):
        raise PermissionDenied
    shows_drift = may_see_drift(request.user)
    context = {
        "roles": [role.label for role in Role],
        "table": role_table(),
        "shows_drift": shows_drift,
        "drift": drift_in_words(permission_drift()) if shows_drift else [],
    }
    return TemplateResponse(request, "accounts/admin/officer/roles.html", context)
