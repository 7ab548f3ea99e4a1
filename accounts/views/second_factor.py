"""Pages of the second factor: challenge, binding, status; and its reset by two others."""

from __future__ import annotations

from base64 import b32encode
from typing import TYPE_CHECKING

import segno
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice
from wagtail.admin import messages

from accounts.enums import Resource, Verb
from accounts.forms.second_factor import EnrolForm, RecoveryForm, ReplaceForm, VerifyForm
from accounts.models import SecondFactorRecovery, User
from accounts.permissions import has_factor, may, must_have_factor
from accounts.rules import in_groups
from accounts.services import second_factor as services

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import StaffRequest

PAST_PER_PAGE = 50
#: From so few recovery codes on, every login reminds of it.
FEW_CODES = 3
_READS_AND_WRITES = ["GET", "HEAD", "POST"]


@sensitive_post_parameters("code")
@require_http_methods(_READS_AND_WRITES)
def verify(request: StaffRequest) -> HttpResponse:
    """Challenge: the code after the password. Needs a bound device; open while the session is unproved."""
    if not has_factor(request.user):
        return redirect("accounts_second_factor")
    if request.user.is_verified():  # type: ignore[attr-defined]  # set by OTPMiddleware
        return redirect(_next(request))
    form = VerifyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        check = services.check_code(user=request.user, typed=form.cleaned_data["code"])
        if check.device:
            services.verified_by(request, check.device)
            _warn_of_few_codes(request)
            return redirect(_next(request))
        form.add_error("code", check.fault)
    context = {"form": form, "next": _next(request)}
    return TemplateResponse(request, "accounts/admin/second_factor_verify.html", context)


@sensitive_post_parameters("code", "old")
@sensitive_variables("device", "enrolment")
@require_http_methods(_READS_AND_WRITES)
def enrol(request: StaffRequest) -> HttpResponse:
    """Bind an authenticator, or put a new one in the place of the old; then show the recovery codes, this once."""
    replaces = has_factor(request.user)
    form = (ReplaceForm if replaces else EnrolForm)(request.POST if request.method == "POST" else None)
    device = services.pending_device(request)
    if form.is_valid():
        enrolment = services.enrol(device=device, typed=form.cleaned_data["code"], old=form.cleaned_data.get("old", ""))
        if enrolment.device:
            services.verified_by(request, enrolment.device)
            return _show_codes(request, enrolment.codes, _("动态口令已绑定"))
        _add_errors(form, enrolment.faults)
    context = {
        "form": form,
        "replaces": replaces,
        "required": must_have_factor(request.user),
        "next": _next(request),
        "image": segno.make(device.config_url, error="m").svg_data_uri(scale=5, light="white", xmldecl=False),
        "key": in_groups(b32encode(device.bin_key).decode(), joint=" "),
    }
    return TemplateResponse(request, "accounts/admin/second_factor_enrol.html", context)


@sensitive_post_parameters("code")
@require_http_methods(_READS_AND_WRITES)
def status(request: StaffRequest) -> HttpResponse:
    """Since when it is bound, how many recovery codes are left; new codes and unbinding against a fresh code."""
    user, action = request.user, request.POST.get("action", "")
    form = VerifyForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and has_factor(user):
        if action == "remove":
            fault = services.remove_factor(user=user, typed=form.cleaned_data["code"])
            if not fault:
                messages.success(request, _("动态口令已解除。"))
                return redirect("accounts_second_factor")
            form.add_error("code", fault)
        elif action == "codes":
            renewal = services.renew_codes(user=user, typed=form.cleaned_data["code"])
            if renewal.device:
                return _show_codes(request, renewal.codes, _("恢复码已更换"))
            _add_errors(form, renewal.faults)
    context = {
        "form": form,
        "device": TOTPDevice.objects.filter(user=user, confirmed=True).first(),
        "left": services.codes_left(user),
        "required": must_have_factor(user),
    }
    return TemplateResponse(request, "accounts/admin/second_factor.html", context)


@require_http_methods(_READS_AND_WRITES)
def recoveries(request: StaffRequest) -> HttpResponse:
    """Resets that wait for a second person, those of the past, and the form to ask for one."""
    if not may(request.user, Resource.SECOND_FACTOR, Verb.RECOVER):
        raise PermissionDenied
    form = RecoveryForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            asked = services.ask_recovery(
                user=form.cleaned_data["account"], reason=form.cleaned_data["reason"], actor=request.user
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("已发起：%s。另一位有权限的人确认后生效。") % asked.user)
            return redirect("factor_recoveries:index")
    rows = SecondFactorRecovery.objects.select_related("user", "asked_by", "confirmed_by")
    past = rows.exclude(confirmed_at=None, cancelled_at=None)
    context = {
        "form": form,
        "open": rows.filter(confirmed_at=None, cancelled_at=None),
        "past": Paginator(past, PAST_PER_PAGE).get_page(request.GET.get("p")),
        "bound": User.objects.filter(is_active=True, totpdevice__confirmed=True)
        .exclude(pk=request.user.pk)
        .distinct()
        .order_by("username"),
    }
    return TemplateResponse(request, "accounts/admin/factor_recoveries.html", context)


@require_POST
def confirm(request: StaffRequest, recovery_id: int) -> HttpResponse:
    """The third person says yes."""
    recovery = _recovery(request, recovery_id)
    try:
        services.confirm_recovery(recovery=recovery, actor=request.user)
    except ValidationError as refused:
        for words in refused.messages:
            messages.error(request, words)
    else:
        messages.success(request, _("已重置：%s 须重新登录；需要动态口令的，登录后重新绑定。") % recovery.user)
    return redirect("factor_recoveries:index")


@require_POST
def cancel(request: StaffRequest, recovery_id: int) -> HttpResponse:
    """Take it back."""
    recovery = _recovery(request, recovery_id)
    services.cancel_recovery(recovery=recovery, actor=request.user)
    messages.success(request, _("已取消：%s 的动态口令保持不变。") % recovery.user)
    return redirect("factor_recoveries:index")


def _recovery(request: StaffRequest, pk: int) -> SecondFactorRecovery:
    if not may(request.user, Resource.SECOND_FACTOR, Verb.RECOVER):
        raise PermissionDenied
    return get_object_or_404(SecondFactorRecovery.objects.select_related("user"), pk=pk)


def _show_codes(request: HttpRequest, codes: list[str], heading: str) -> HttpResponse:
    """The answer to the POST itself: nothing keeps the codes for a second showing."""
    context = {"codes": codes, "heading": heading, "next": _next(request)}
    return TemplateResponse(request, "accounts/admin/second_factor_codes.html", context)


def _add_errors(form: Form, faults: dict[str, str]) -> None:
    for field, fault in faults.items():
        form.add_error(field, fault)


def _next(request: HttpRequest) -> str:
    """Where the person was going, if that is ours."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else reverse("wagtailadmin_home")


def _warn_of_few_codes(request: StaffRequest) -> None:
    left = services.codes_left(request.user)
    if left <= FEW_CODES:
        messages.warning(request, _("恢复码只剩 %d 个，请在“动态口令”页面更换。") % left)
