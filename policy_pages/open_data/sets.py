"""The lists of the open data: policies, windows, units, terms, and what was removed. Each in a fixed number of queries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import F, Max, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from accounts.models import Department
from audit.models import Event
from policy_pages.addresses import absolute
from policy_pages.enums import DocumentStatus, WindowType
from policy_pages.models import PublicationRecord, Term
from policy_pages.open_data.answers import instant, minute
from policy_pages.open_data.rules import Place, resume_since
from policy_pages.views.choices import TYPES
from policy_pages.views.home import departments_with_counts
from policy_pages.views.lists import chosen_pages
from policy_pages.views.rows import Row, all_rows, listed_pages, rows

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from django.db.models import QuerySet, TextChoices

    from policy_pages.open_data.parameters import Asked
    from policy_pages.views.choices import Choice

Data = dict[str, Any]

#: Name of a type's table → its word in addresses and data.
TYPE_WORDS = {model_name: word for word, model_name in TYPES.items()}
#: Heads of the CSV files, in the order of their columns.
POLICY_COLUMNS = (
    *(
        _("编号"),
        _("类型"),
        _("标题"),
        _("单位代码"),
        _("单位"),
        _("清单类别"),
        _("申报方式"),
        _("文号"),
        _("文件状态"),
    ),
    *(_("申报期限类型"), _("申报开始日期"), _("申报截止日期"), _("申报状态"), _("最高金额（元）"), _("一句话摘要")),
    *(_("首次发布时间"), _("最近更新时间"), _("来源编号"), _("网址"), _("数据网址")),
)
WINDOW_COLUMNS = (
    *(_("编号"), _("标题"), _("单位代码"), _("单位"), _("申报期限类型"), _("申报开始日期"), _("申报截止日期")),
    *(_("申报状态"), _("期限说明"), _("网址"), _("数据网址")),
)
DEPARTMENT_COLUMNS = (
    *(_("单位代码"), _("单位全称"), _("简称"), _("单位类别"), _("层级"), _("上级单位代码"), _("已公开条数")),
    *(_("网址"), _("更新订阅网址")),
)
TERM_COLUMNS = (_("词表代码"), _("词表"), _("代码"), _("名称"), _("在用"))
REMOVED_COLUMNS = (_("编号"), _("网址"), _("撤下时间"))


# --- What every set says --------------------------------------------------------------------------------------


def license_facts() -> Data:
    """Name and address of the licence (settings)."""
    return {"name": settings.HUIQITONG_DATA_LICENCE_NAME, "url": settings.HUIQITONG_DATA_LICENCE_URL}


def word(code: str | None, choices: type[TextChoices]) -> Data | None:
    """A code of a closed set with its word (itself, if the set does not know it); None for none."""
    if not code:
        return None
    return {"code": str(code), "name": str(choices(code).label) if code in choices.values else str(code)}


def listed_in_full(items: list[Data], **facts: Any) -> Data:
    """A set that has no pages."""
    return {"license": license_facts(), **facts, "total": len(items), "items": items}


# --- Policies -------------------------------------------------------------------------------------------------


def chosen_policies(choice: Choice, since: datetime.datetime | None, today: datetime.date) -> QuerySet:
    """The public pages of a choice, last published at `since` or later: oldest publication first, then by number.

    Whoever follows this order with a cursor meets every page that is published meanwhile, at the end.
    """
    pages = with_facts(chosen_pages(all_rows(), choice, today)).order_by("updated_at", "pk")
    return pages.filter(updated_at__gte=since) if since else pages


def with_facts(values: QuerySet) -> QuerySet:
    """What the data tell of a page beyond the row of a list."""
    return values.annotate(
        updated_at=F("last_published_at"),
        category_code=F("category__code"),
        category_name=F("category__name"),
        department_name=F("department__name"),
    )


def policies(asked: Asked, today: datetime.date) -> Data:
    """One page of the policies, with the address of the next and from when to ask the next time."""
    whole = chosen_policies(asked.choice, asked.since, today)
    rest = whole
    if asked.after:
        at, pk = asked.after
        rest = whole.filter(Q(updated_at__gt=at) | Q(updated_at=at, pk__gt=pk))
    found = list(rest[: asked.page_size + 1])
    shown = found[: asked.page_size]
    has_more = len(found) > len(shown)
    end = Place(shown[-1]["updated_at"], shown[-1]["pk"]) if shown else None
    reached = end.at if end else asked.after.at if asked.after else None
    resume = resume_since(reached, asked.since)
    return {
        "license": license_facts(),
        "status_on": today.isoformat(),
        "total": whole.count(),
        "next": absolute(reverse("open_data_set", args=["policies", "json"]) + asked.query(end))
        if has_more and end
        else None,
        "resume_since": instant(resume) if resume else None,
        "items": policy_items(shown, today),
    }


def policy_items(values: Iterable[Data], today: datetime.date) -> list[Data]:
    """The facts of a list for each page."""
    found = list(values)
    return [_policy(value, row) for value, row in zip(found, rows(found, today), strict=True)]


def policy_lines(values: Iterable[Data], today: datetime.date) -> list[list[str]]:
    """The policies as lines of a CSV file, with its head."""
    found = list(values)
    lines = [[str(head) for head in POLICY_COLUMNS]]
    for value, row in zip(found, rows(found, today), strict=True):
        told = _policy(value, row)
        window = told["window"] or {"type": None, "first_day": "", "last_day": "", "status": None}
        lines.append(
            [
                *(str(row.pk), row.type_label, row.title, told["department"]["code"], told["department"]["name"]),
                *(told["category"]["name"], _name(told["route"]), row.doc_number, _name(told["document_status"])),
                *(_name(window["type"]), window["first_day"] or "", window["last_day"] or "", _name(window["status"])),
                *(told["amount_max"] or "", row.summary, minute(row.published_at), minute(value["updated_at"])),
                *(told["source_id"], told["url"], told["data_url"]),
            ]
        )
    return lines


def addresses(department: str, slug: str) -> Data:
    """Address of a page and of its data, absolute."""
    return {
        "url": absolute(reverse("policy_page", args=[department, slug])),
        "data_url": absolute(reverse("open_data_item", args=[department, slug])),
    }


def _policy(value: Data, row: Row) -> Data:
    return {
        "id": row.pk,
        "type": TYPE_WORDS[row.type],
        "title": row.title,
        **addresses(value["department_code"], value["slug"]),
        "summary": row.summary,
        "department": {"code": value["department_code"], "name": value["department_name"]},
        "category": {"code": value["category_code"], "name": value["category_name"]},
        "route": {"code": str(row.route), "name": str(row.route.label)} if row.route else None,
        "doc_number": row.doc_number,
        "document_status": word(row.ended or value["document_status"], DocumentStatus),
        "window": _window(value, row) if row.status else None,
        "amount_max": None if row.amount_max is None else str(row.amount_max),
        "published_at": instant(row.published_at),
        "updated_at": instant(value["updated_at"]),
        "source_id": value["source_id"],
    }


def _window(value: Data, row: Row) -> Data:
    return {
        "type": word(value["window_type"], WindowType),
        "first_day": row.opens_on.isoformat() if row.opens_on else None,
        "last_day": row.closes_on.isoformat() if row.closes_on else None,
        "note": value["window_note"],
        "status": {"code": str(row.status), "name": str(row.status.label)} if row.status else None,
    }


def _name(known: Data | None) -> str:
    return known["name"] if known else ""


# --- Windows --------------------------------------------------------------------------------------------------


def windows(choice: Choice, today: datetime.date) -> Data:
    """Every guide of a choice with its window: what closes first comes first, what has no last day comes last."""
    pages = with_facts(chosen_pages(all_rows(), choice, today))
    found = list(pages.order_by(F("closes_on").asc(nulls_last=True), F("opens_on").asc(nulls_last=True), "pk"))
    items = [_window_item(value, row) for value, row in zip(found, rows(found, today), strict=True)]
    return listed_in_full(items, status_on=today.isoformat())


def _window_item(value: Data, row: Row) -> Data:
    return {
        "id": row.pk,
        "title": row.title,
        **addresses(value["department_code"], value["slug"]),
        "department": {"code": value["department_code"], "name": value["department_name"]},
        **_window(value, row),
    }


def window_lines(items: list[Data]) -> list[list[str]]:
    """The windows as lines of a CSV file, with its head."""
    return [
        [str(head) for head in WINDOW_COLUMNS],
        *(
            [
                *(str(item["id"]), item["title"], item["department"]["code"], item["department"]["name"]),
                *(_name(item["type"]), item["first_day"] or "", item["last_day"] or "", _name(item["status"])),
                *(item["note"], item["url"], item["data_url"]),
            ]
            for item in items
        ),
    ]


# --- Units and terms ------------------------------------------------------------------------------------------


def departments() -> Data:
    """Units of the public site, with the number of their public pages."""
    counted = departments_with_counts(all_rows())
    known = {department.pk: department.code for department, _total in counted}
    return listed_in_full([_department(unit, total, known) for unit, total in counted])


def _department(unit: Department, total: int, known: dict[int, str]) -> Data:
    return {
        "code": unit.code,
        "name": unit.name,
        "short_name": unit.short_name,
        "kind": {"code": unit.kind, "name": unit.get_kind_display()},
        "level": {"code": unit.level, "name": unit.get_level_display()},
        "parent": known.get(unit.parent_id) if unit.parent_id else None,
        "total": total,
        "url": absolute(f"/policies/{unit.code}/"),
        "feed_url": absolute(reverse("department_feed", args=[unit.code])),
    }


def department_lines(items: list[Data]) -> list[list[str]]:
    """The units as lines of a CSV file, with its head."""
    lines = [
        [
            *(item["code"], item["name"], item["short_name"], item["kind"]["name"], item["level"]["name"]),
            *(item["parent"] or "", str(item["total"]), item["url"], item["feed_url"]),
        ]
        for item in items
    ]
    return [[str(head) for head in DEPARTMENT_COLUMNS], *lines]


def terms() -> Data:
    """The bureau's terms, retired ones too: a page that bears one keeps it."""
    return listed_in_full(
        [
            {
                "vocabulary": {"code": term.vocabulary, "name": term.get_vocabulary_display()},
                "code": term.code,
                "name": term.name,
                "is_active": term.is_active,
            }
            for term in Term.objects.all()
        ]
    )


def term_lines(items: list[Data]) -> list[list[str]]:
    """The terms as lines of a CSV file, with its head."""
    yes, no = str(_("是")), str(_("否"))
    lines = [
        [
            *(item["vocabulary"]["code"], item["vocabulary"]["name"], item["code"], item["name"]),
            yes if item["is_active"] else no,
        ]
        for item in items
    ]
    return [[str(head) for head in TERM_COLUMNS], *lines]


# --- What was removed -----------------------------------------------------------------------------------------


def removed(since: datetime.datetime | None) -> Data:
    """Pages that once were public and are so no more: number, address, and since when; nothing else is told of them.

    The instant is that of the event; a page that vanished without one (deleted or barred behind the system's back) has none,
    and stands in the list whatever `since` says.
    """
    gone = _gone()
    slugs, left = _slugs(list(gone)), _left_at(gone)
    items = [
        {
            "id": pk,
            "url": absolute(reverse("policy_page", args=[unit, slugs[pk]])),
            "removed_at": instant(left[pk]) if pk in left else None,
        }
        for pk, (unit, _last) in gone.items()
        if pk in slugs and (since is None or pk not in left or left[pk] >= since)
    ]
    return listed_in_full(sorted(items, key=lambda item: (item["removed_at"] or "", item["id"])))


def removed_lines(items: list[Data]) -> list[list[str]]:
    """What was removed as lines of a CSV file, with its head."""
    lines = [[str(item["id"]), item["url"], (item["removed_at"] or "")[:16].replace("T", " ")] for item in items]
    return [[str(head) for head in REMOVED_COLUMNS], *lines]


def _gone() -> dict[int, tuple[str, datetime.datetime]]:
    """Number of each page that was published and is not public now → its unit's code, and its last publication."""
    records = PublicationRecord.objects.exclude(page_id__in=listed_pages().order_by().values("pk"))
    last = records.order_by().values_list("page_id", "department_code").annotate(last=Max("published_at"))
    return {pk: (unit, at) for pk, unit, at in last}


def _slugs(pks: list[int]) -> dict[int, str]:
    """Last part of each page's address; of a deleted one as it stands in its last publication."""
    slugs = dict(Page.objects.filter(pk__in=pks).values_list("pk", "slug"))
    deleted = PublicationRecord.objects.filter(page_id__in=[pk for pk in pks if pk not in slugs]).order_by("version")
    for pk, content in deleted.values_list("page_id", "content"):
        slugs[pk] = json.loads(content)["slug"]
    return slugs


def _left_at(gone: dict[int, tuple[str, datetime.datetime]]) -> dict[int, datetime.datetime]:
    """When each page was taken from the public, after its last publication."""
    numbers = [str(pk) for pk in gone]
    events = Event.objects.filter(action="page.unpublished", object_id__in=numbers).order_by("seq")
    told = {int(number): at for number, at in events.values_list("object_id", "at")}
    return {pk: at for pk, at in told.items() if at >= gone[pk][1]}
