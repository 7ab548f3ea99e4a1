"""没有结果的搜索: what visitors looked for in vain in the last 90 days, for who keeps the search's words."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Max, Sum
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import Resource, Verb
from accounts.permissions import may
from accounts.services.workbook import written, written_csv
from audit.services import record
from policy_pages.dossier.exports import FORMATS
from policy_pages.models import SearchMiss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from accounts.models import User
    from accounts.permissions import StaffRequest

SHOWN = datetime.timedelta(days=90)
PAGE_SIZE = 50


def misses(today: datetime.date) -> QuerySet:
    """Text, `total` and `last` day of each search without hits of the last 90 days, the most frequent first."""
    counted = SearchMiss.objects.filter(day__gt=today - SHOWN).order_by().values("text")
    return counted.annotate(total=Sum("number"), last=Max("day")).order_by("-total", "-last", "text")


@require_safe
def searches(request: StaffRequest) -> HttpResponse:
    """The list, each text with a link to write a word for it."""
    if not may(request.user, Resource.SEARCH, Verb.READ):
        raise PermissionDenied
    page = Paginator(misses(timezone.localdate()), PAGE_SIZE).get_page(request.GET.get("p"))
    context = {
        "page_obj": page,
        "days": SHOWN.days,
        "may_write": may(request.user, Resource.SEARCH, Verb.WRITE),
        "may_export": may(request.user, Resource.SEARCH, Verb.EXPORT),
    }
    return TemplateResponse(request, "policy_pages/admin/searches.html", context)


@require_POST
def searches_export(request: StaffRequest) -> HttpResponse:
    """The list as a file; recorded, therefore by POST. `export_searches` asks for the right."""
    kind = request.POST.get("format", "")
    if kind not in FORMATS:
        return redirect("policy_pages_searches")
    today = timezone.localdate()
    content = export_searches(kind=kind, today=today, actor=request.user)
    name = f"{_('没有结果的搜索')}-{today:%Y%m%d}.{kind}"
    headers = {"Content-Disposition": content_disposition_header(True, name) or "", "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=FORMATS[kind], headers=headers)


@transaction.atomic
def export_searches(*, kind: str, today: datetime.date, actor: User) -> bytes:
    """The list of the last 90 days as a file, `kind` "xlsx" or "csv". Records `report.exported`.

    Raises PermissionDenied unless the actor may export it.
    """
    if not may(actor, Resource.SEARCH, Verb.EXPORT):
        raise PermissionDenied
    title, since = _("没有结果的搜索"), today - SHOWN + datetime.timedelta(days=1)
    payload = {"report": "searches", "format": kind, "since": since.isoformat(), "until": today.isoformat()}
    record(action="report.exported", actor=actor, object_label=title, payload=payload)
    rows = [[row["text"], str(row["total"]), row["last"].isoformat()] for row in misses(today)]
    lines: list[Sequence[str]] = [[_("搜索词"), _("次数"), _("最近一天")], *rows]
    if kind == "csv":
        return written_csv(lines)
    about: list[Sequence[str]] = [[_("报表"), _("期间")], [title, f"{since} 至 {today}"]]
    return written({_("说明"): about, title: lines}, widths=(40, 14, 14), numbered=[title])
