"""Before the back office opens: the first login, and the page of a locked account."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from wagtail.admin import messages

from accounts.forms.passwords import FirstLoginForm
from accounts.middleware.addresses import address_of, lockout_name
from accounts.services.first_login import UNDERTAKING, owed_by

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import StaffRequest


@sensitive_post_parameters("new_password1", "new_password2")
def first_login(request: StaffRequest) -> HttpResponse:
    """A password of one's own and the undertaking, on one page; afterwards the session goes on (T15.3, T15.6).

    Without anything owed it leads to the home page.
    """
    owed = owed_by(request.user)
    if not owed:
        return redirect("wagtailadmin_home")
    form = FirstLoginForm(request.user, owed, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.save()
        if owed.password:
            update_session_auth_hash(request, request.user)
        messages.success(request, _("已保存，可以开始工作了。"))
        return redirect("wagtailadmin_home")
    context = {"form": form, "owed": owed, "undertaking": UNDERTAKING, "rules": password_validators_help_texts()}
    return render(request, "accounts/admin/first_login.html", context)


def locked_out(
    request: HttpRequest, original_response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """429: too many failures of this account from this address, when to try again and whom to ask."""
    attempts = AccessAttempt.objects.filter(username=lockout_name(request, credentials), ip_address=address_of(request))
    last = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or timezone.now()
    until = last + settings.AXES_COOLOFF_TIME
    seconds = max(1, math.ceil((until - timezone.now()).total_seconds()))
    context = {"until": until, "minutes": math.ceil(seconds / 60), "limit": settings.AXES_FAILURE_LIMIT}
    response = render(request, "accounts/admin/locked_out.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
