"""What page a path names, and which unit answers for it. Only what is public is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Site

from accounts.models import Department
from policy_pages.feedback.rules import policy_of
from policy_pages.querysets import PolicyPageQuerySet
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
}
#: What every page is called that is none of these: what was typed as its address may be anything, and stands in no name.
OTHER = _("网站其他页面")
#: Parameters of addresses below a policy page that say which policy, which a public page has confirmed.
_POLICY_PARAMETERS = {"department", "slug"}


class NamedPage(NamedTuple):
    """A page as a report names it. `page_id` is a policy page's only.

    `is_told`: the path is an address of ours, with nothing in it that a visitor chose, so that the chain may repeat it. The
    title is always ours: a page's, a name from NAMES, or OTHER.
    """

    path: str
    title: str
    department: Department | None
    page_id: int | None = None
    is_told: bool = False


def named_page(path: str) -> NamedPage:
    """The page at a path (`rules.read_path`), with the unit that answers for it.

    A public policy page, or something below it, is its unit's; everything else the approval bureau's, which runs the site.
    A page that is not public is named as one that does not exist. A receipt's page, whose address opens a report, is the one
    where receipts are looked up. The unit is None where there is no bureau. At most five queries.
    """
    root = _root()
    variant, plain = split(path)
    if plain.startswith(hub := reverse("corrections")):
        path, plain = variant.prefix + hub, hub
    if root and (policy := policy_of(path)):
        code, slug = policy
        page = listed_pages().filter(url_path=f"{root}policies/{code}/{slug}/").first()
        if page is not None:
            unit = Department.objects.filter(code=code, is_active=True).first() or Department.objects.bureau()
            _name, parameters = _address(plain)
            return NamedPage(path, page.title, unit, page.pk, is_told=parameters == _POLICY_PARAMETERS)
    title, is_told = _title(root, plain)
    return NamedPage(path, title, Department.objects.bureau(), is_told=is_told)


def _root() -> str:
    """Where the public pages begin in the tree; empty before there are any."""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    return site.root_page.url_path if site else ""


def _title(root: str, path: str) -> tuple[str, bool]:
    """What a page that is no policy is called, and whether its path is an address of ours to the last sign."""
    name, parameters = _address(path)
    if name in NAMES:
        return str(NAMES[name]), not parameters
    page = PolicyPageQuerySet(Page).live().public().filter(url_path=root + path.lstrip("/")).first() if root else None
    return (page.title, True) if page else (str(OTHER), False)


def _address(path: str) -> tuple[str, set[str]]:
    """Name and parameters of the address at a path; empty for none."""
    try:
        match = resolve(path)
    except Resolver404:
        return "", set()
    return match.url_name or "", set(match.kwargs)
