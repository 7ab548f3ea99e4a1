"""网站信息 in the back office: the moderator changes it, the auditor reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from accounts.enums import Resource, Verb
from accounts.permissions import may
from audit.models import Event
from policy_pages.imprint.forms import ProfileForm
from policy_pages.imprint.services import FIELDS, LABELS, OBJECT_TYPE, current_profile, save_profile, stamp
from policy_pages.models import SiteProfile

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.permissions import StaffRequest

#: Changes shown on the page; the chain keeps all.
SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
def site_profile(request: StaffRequest) -> HttpResponse:
    """Show the facts and what was changed in them; by POST change them."""
    if not may(request.user, Resource.SITE, Verb.READ):
        raise PermissionDenied
    profile = current_profile()
    told = {name: getattr(profile, name) for name in FIELDS}
    if request.method != "POST":
        return _show(request, profile, ProfileForm(initial={**told, "seen": stamp(profile)}))
    if not may(request.user, Resource.SITE, Verb.WRITE):
        raise PermissionDenied
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _show(request, profile, form)
    facts = {name: form.cleaned_data[name] for name in FIELDS}
    try:
        is_changed = save_profile(facts=facts, seen=form.cleaned_data["seen"], actor=request.user)
    except ValidationError as error:
        for name, words in error.message_dict.items():
            form.add_error(name, words)
        return _show(request, profile, form)
    messages.success(request, _("已保存，公开页面随即更新；原内容留在审计链中。") if is_changed else _("没有改动。"))
    return redirect("policy_pages_site")


def _show(request: StaffRequest, profile: SiteProfile, form: ProfileForm) -> HttpResponse:
    events = Event.objects.for_object(OBJECT_TYPE, SiteProfile.ROW).order_by("-seq")[:SHOWN]
    context = {
        "rows": [(label, getattr(profile, name)) for name, label in LABELS.items()],
        "form": form,
        "may_write": may(request.user, Resource.SITE, Verb.WRITE),
        "changes": [(event, changed_words(event.payload)) for event in events],
    }
    return TemplateResponse(request, "policy_pages/admin/site_profile.html", context)


def changed_words(payload: dict[str, dict[str, str]]) -> list[str]:
    """What an event says was changed, in the order of the form: 联系电话：0510-81820000 → 0510-81820001."""
    before, after = payload.get("before", {}), payload.get("after", {})
    empty = _("（空）")
    return [f"{LABELS[name]}：{before.get(name) or empty} → {after[name] or empty}" for name in FIELDS if name in after]
