"""`/corrections/`: how it works and where a receipt is looked up; the form; what became of one report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware.addresses import address_of
from audit.models import DutyClock, DutyRule
from audit.rules import quarter_of, total
from policy_pages.feedback import rules
from policy_pages.feedback.forms import CorrectionForm, new_stamp
from policy_pages.feedback.pages import named_page
from policy_pages.feedback.services import DUTY, Report, TooMany, receive_ticket
from policy_pages.imprint.services import current_profile
from policy_pages.models import CorrectionTicket

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

#: Bytes of a form: many times what all its texts may hold, each character escaped.
MOST_BYTES = 100_000
private = cache_control(no_store=True)


@private
@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """`/corrections/?receipt=`: leads to the report with this receipt; how it works; how this quarter's were answered."""
    typed = " ".join(request.GET.get("receipt", "").replace("\0", " ").split())[:60]
    receipt = rules.read_receipt(typed)
    if receipt and CorrectionTicket.objects.filter(receipt=receipt).exists():
        return redirect("correction", receipt)
    today = timezone.localdate()
    quarter = quarter_of(today)
    counted = DutyClock.objects.all().tallies(DUTY, today=today, since=quarter.since, until=quarter.until)
    context = {
        "typed": typed,
        "is_blank": "receipt" in request.GET and not typed,
        "quarter": quarter,
        "tally": total(counted.values()),
        "days": _days(),
        "kept_days": settings.HUIQITONG_CORRECTION_CONTACT_DAYS,
    }
    return render(request, "policy_pages/corrections.html", context)


@private
@require_safe
def correction(request: HttpRequest, receipt: str) -> HttpResponse:
    """`/corrections/<receipt>/`: how a report stands, for whoever holds its receipt; never who wrote it.

    For none 404, in the same words whether it could be a receipt or not, with the form that looks one up.
    """
    ticket = (
        CorrectionTicket.objects.select_related("department", "clock__rule")
        .filter(receipt=rules.read_receipt(receipt) or "-")
        .first()
    )
    if ticket is None:
        # Known as an error page by its `exception`: nothing of the address is said again in links and canonical.
        missing = {"typed": receipt[:60], "exception": "receipt"}
        return render(request, "policy_pages/correction_missing.html", missing, status=404)
    # The link to the form at the foot names the page it stands on; this one's address is as good as the receipt.
    context = {"ticket": ticket, "verdict": ticket.verdict(), "path": reverse("corrections")}
    return render(request, "policy_pages/correction.html", context)


# No CSRF token: who makes a visitor's browser send this form gains nothing by it. The view uses no cookie and no session and
# acts with nobody's authority, so a forged request is what the forger could as well send himself. A token would need a
# cookie, which no public page sets. What keeps programs away is the signed stamp, the trap and the two bounds.
# No transaction but that of `receive_ticket`: on SQLite a form with a fault would wait for whoever writes, to be told so.
@csrf_exempt
@transaction.non_atomic_requests
@private
@require_http_methods(["GET", "HEAD", "POST"])
def correction_new(request: HttpRequest) -> HttpResponse:
    """`/corrections/new/?page=`: the form. By POST the report is taken, or the form comes back with every fault and word."""
    if request.method != "POST":
        page = rules.read_path(request.GET.get("page", ""))
        return _show(request, CorrectionForm(initial={"page": page}), page)
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if length.isdecimal() and int(length) > MOST_BYTES:
        return _show(request, CorrectionForm(), "", _("内容太长，没有收下。请精简到 1000 个字以内再提交。"), 413)
    address = address_of(request) or ""
    form = CorrectionForm(request.POST, address=address)
    if not form.is_valid():
        return _show(request, form, rules.read_path(request.POST.get("page", "")))
    facts = {name: form.cleaned_data[name] for name in ("kind", "text", "place", "contact")}
    path = form.cleaned_data["page"]
    try:
        ticket = receive_ticket(report=Report(page=named_page(path), address=address, **facts))
    except TooMany as refused:
        return _show(request, form, path, _too_many(refused), 429)
    except ValidationError as error:
        return _show(request, form, path, error.messages[0], 503)
    return redirect("correction", ticket.receipt)


def _show(request: HttpRequest, form: CorrectionForm, path: str, refusal: str = "", status: int = 200) -> HttpResponse:
    """The form; its page is hidden where it is named without a fault. A stamp that is good, or will be soon, stays."""
    faults = form.faults() if form.is_bound else []
    named = named_page(path) if path and "page" not in form.errors else None
    stamp = request.POST.get("stamp", "")
    keeps = form.is_bound and not (form.has_error("stamp", "old") or form.has_error("stamp", "moved"))
    context: dict[str, Any] = {
        "form": form,
        "named": named,
        "faults": faults,
        "refusal": refusal,
        "stamp": stamp if keeps else new_stamp(address_of(request) or ""),
        "days": _days(),
    }
    return render(request, "policy_pages/correction_new.html", context, status=status)


def _too_many(refused: TooMany) -> str:
    """Why no more is taken, and how to tell it now."""
    why = _("本站一小时内收到的已经很多") if refused.is_everywhere else _("这个网络一小时内提交的已经很多")
    phone = current_profile().phone
    numbers = _("%(phone)s 或 12345") % {"phone": phone} if phone else "12345"
    words = _("%(why)s，暂时不再接收，您填写的内容还在下面。请过一小时再提交；着急的，请拨打 %(numbers)s。")
    return words % {"why": why, "numbers": numbers}


def _days() -> int:
    """Working days within which a report is answered, as of today."""
    return DutyRule.objects.in_force(DUTY, timezone.localdate()).days
