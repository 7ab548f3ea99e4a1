"""Nothing typed is lost: the page that holds a form whose sender may not go on yet, to be sent again by the same person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core import signing
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

#: Field of a kept form that says, signed, whose it is.
KEPT_FOR = "kept_for"
#: Key of a session's data under which the account stands that was last logged in there, after its session ended.
LAST_ACCOUNT = "ended_account"
#: Fields that are never sent back to the browser: by their own name, or by a word in the whole name.
SECRET_FIELDS = frozenset({"code", "old", "rows"})
SECRET_WORDS = ("password", "secret")


def keep_what_was_typed(
    request: HttpRequest, *, because: str, doing: str, door: str, account: int | None
) -> HttpResponse:
    """403 with the whole form on it, to be sent again once the person has been through `door`.

    `because` says why, `doing` what to do there; `account` is the key of whose form it is, as far as known. Call it only
    after the check against forged forms: it never repeats one. Secrets are not repeated; then all is typed anew.
    """
    fields = [(name, value) for name, values in request.POST.lists() if not _is_ours(name) for value in values]
    known = kept_for(request) or account
    context = {
        "because": because,
        "doing": doing,
        "door": door,
        "fields": [] if any(_is_secret(name) for name, _value in fields) else fields,
        "kept_for": _signer().sign(str(known)) if known else "",
        "files": sorted({str(file.name) for _name, files in request.FILES.lists() for file in files}),
        "action": request.get_full_path(),
    }
    return render(request, "accounts/admin/kept_form.html", context, status=403)


def keep_at_gate(request: HttpRequest, *, because: str, doing: str, door: str) -> HttpResponse:
    """Answer a form of somebody who is logged in and still owes a gate something; an empty one is only led there."""
    if request.FILES or any(not _is_ours(name) for name in request.POST):
        return keep_what_was_typed(request, because=because, doing=doing, door=door, account=request.user.pk)
    return redirect(door)


def refuse_foreign_form(request: HttpRequest) -> HttpResponse | None:
    """403 for a kept form that another person filled in before in this browser; its text is kept for him."""
    owner = kept_for(request)
    if owner is None or owner == request.user.pk:
        return None
    return keep_what_was_typed(
        request,
        because=_("这些内容是另一个账号填写的，不能用您的账号保存。"),
        doing=_("退出，并由填写人本人登录"),
        door=reverse("wagtailadmin_home"),
        account=owner,
    )


def kept_for(request: HttpRequest) -> int | None:
    """Key of the account a kept form belongs to; None for every other form, and for a mark that is not ours."""
    try:
        return int(_signer().unsign(request.POST.get(KEPT_FOR, "")))
    except signing.BadSignature:
        return None


def _signer() -> signing.Signer:
    return signing.Signer(salt="accounts.kept_form")


def _is_ours(name: str) -> bool:
    return name in {"csrfmiddlewaretoken", KEPT_FOR}


def _is_secret(name: str) -> bool:
    """By the last part of the name: `item_code` of a guide is no code that proves anything."""
    return name.rsplit("-")[-1] in SECRET_FIELDS or any(word in name.lower() for word in SECRET_WORDS)
