"""What page a path names, and which unit answers for it. Only what is public is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Site

from accounts.models import Department
from policy_pages.feedback.rules import policy_of
from policy_pages.variants.rules import split
from policy_pages.views.rows import listed_pages

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

#: What the pages beside the tree are called, by the name of their address.
NAMES: dict[str, _StrPromise] = {
    "search": _("搜索"),
    "guides": _("申报指南"),
    "calendar": _("申报日历"),
    "calendar_month": _("申报日历"),
    "departments": _("各单位"),
    "department": _("单位"),
    "site_map": _("网站地图"),
    "open_data": _("开放数据"),
    "timeliness": _("政策公开按时率"),
    "frozen_report": _("政策公开按时率固定报告"),
    "corrections": _("我要纠错"),
    "correction_new": _("我要纠错"),
}


class NamedPage(NamedTuple):
    """A page as a report names it. `title` is its path where nothing public has a name; `page_id` a policy page's only."""

    path: str
    title: str
    department: Department | None
    page_id: int | None = None


def named_page(path: str) -> NamedPage:
    """The page at a path (`rules.read_path`), with the unit that answers for it.

    A public policy page, or something below it, is its unit's; everything else the approval bureau's, which runs the site.
    A page that is not public is named by its path alone, as one that does not exist. The unit is None where there is no
    bureau. At most five queries.
    """
    root = _root()
    if root and (policy := policy_of(path)):
        code, slug = policy
        page = listed_pages().filter(url_path=f"{root}policies/{code}/{slug}/").first()
        if page is not None:
            unit = Department.objects.filter(code=code, is_active=True).first()
            return NamedPage(path, page.title, unit or Department.objects.bureau(), page.pk)
    return NamedPage(path, _title(root, split(path)[1]) or path, Department.objects.bureau())


def _root() -> str:
    """Where the public pages begin in the tree; empty before there are any."""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    return site.root_page.url_path if site else ""


def _title(root: str, path: str) -> str:
    """What a public page that is no policy is called; empty for what has no name."""
    try:
        name = resolve(path).url_name
    except Resolver404:
        name = None
    if name in NAMES:
        return str(NAMES[name])
    page = Page.objects.live().public().filter(url_path=root + path.lstrip("/")).first() if root else None
    return page.title if page else ""
