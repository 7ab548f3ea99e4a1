"""Addresses of the open data: `/open-data/`, its sets and items, the search twin, the feeds, and their description."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from policy_pages.addresses import absolute, takes
from policy_pages.enums import VocabularyCode
from policy_pages.models import Term
from policy_pages.open_data import sets
from policy_pages.open_data.answers import as_csv, as_json, data_view
from policy_pages.open_data.description import description
from policy_pages.open_data.feeds import change_feed
from policy_pages.open_data.items import find_page, item
from policy_pages.open_data.parameters import (
    FILTERS,
    PAGING,
    WINDOW_FILTERS,
    keep_tidy,
    read_asked,
    read_choice,
    read_since,
)
from policy_pages.open_data.rules import bounded_number
from policy_pages.open_data.schemas import SCHEMAS, standalone
from policy_pages.search.queries import search_pages
from policy_pages.views.choices import LIBRARY, Choice
from policy_pages.views.finding import asked_text
from policy_pages.views.lists import chosen_pages
from policy_pages.views.rows import all_rows, listed_pages, row_values, rows
from policy_pages.views.units import public_units

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 500


# --- For people -----------------------------------------------------------------------------------------------


@require_safe
@takes()
def open_data(request: HttpRequest) -> HttpResponse:
    """`/open-data/`: what there is, under which licence, how to fetch it."""
    pages = all_rows()
    newest = pages.order_by("-last_published_at").first()
    context = {
        "license": sets.license_facts(),
        "total": pages.count(),
        "newest": newest,
        "departments": list(public_units(pages)),
        "categories": Term.objects.filter(vocabulary=VocabularyCode.CATEGORY, is_active=True),
        "schemas": list(SCHEMAS),
    }
    return render(request, "policy_pages/open_data.html", context)


# --- Sets -----------------------------------------------------------------------------------------------------


@data_view
def open_data_set(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """`/open-data/<name>.<form>`: a list as JSON, CSV or Atom; 404 for a set or form that there is not."""
    answer = SETS.get((name, form))
    if answer is None:
        raise Http404
    return answer(request)


def _policies_json(request: HttpRequest) -> HttpResponse:
    keep_tidy(request, *FILTERS, "updated_since", *PAGING)
    found = sets.policies(read_asked(request), timezone.localdate())
    answer = as_json(found)
    if found["next"]:
        answer["Link"] = f'<{found["next"]}>; rel="next"'
    return answer


def _policies_csv(request: HttpRequest) -> HttpResponse:
    """The whole choice in one file: whoever opens it in a spreadsheet does not follow links."""
    keep_tidy(request, *FILTERS, "updated_since")
    today = timezone.localdate()
    pages = sets.chosen_policies(read_choice(request), read_since(request), today)
    return as_csv("policies", sets.policy_lines(pages, today))


def _policies_atom(request: HttpRequest) -> HttpResponse:
    keep_tidy(request, *FILTERS)
    choice = read_choice(request)
    words = [f"{name}={value}" for name, value in vars(choice).items() if value]
    return change_feed(
        request,
        chosen_pages(all_rows(), choice, timezone.localdate()),
        name="/".join(["open-data/policies", *words]),
        title=_("惠企通：政策变更（按条件）") if words else _("惠企通：政策变更"),
        link=LIBRARY.address(choice.settled()),
    )


def _windows(request: HttpRequest) -> dict[str, Any]:
    keep_tidy(request, *WINDOW_FILTERS)
    choice = read_choice(request, "type")
    return sets.windows(replace(choice, type="guide"), timezone.localdate())


def _windows_csv(request: HttpRequest) -> HttpResponse:
    return as_csv("windows", sets.window_lines(_windows(request)["items"]))


def _departments(request: HttpRequest) -> dict[str, Any]:
    keep_tidy(request)
    return sets.departments()


def _departments_csv(request: HttpRequest) -> HttpResponse:
    return as_csv("departments", sets.department_lines(_departments(request)["items"]))


def _terms(request: HttpRequest) -> dict[str, Any]:
    keep_tidy(request)
    return sets.terms()


def _terms_csv(request: HttpRequest) -> HttpResponse:
    return as_csv("terms", sets.term_lines(_terms(request)["items"]))


def _removed(request: HttpRequest) -> dict[str, Any]:
    keep_tidy(request, "updated_since")
    return sets.removed(read_since(request))


def _removed_csv(request: HttpRequest) -> HttpResponse:
    return as_csv("removed", sets.removed_lines(_removed(request)["items"]))


#: Every set by its name and form.
SETS: dict[tuple[str, str], Callable[[HttpRequest], HttpResponse]] = {
    ("policies", "json"): _policies_json,
    ("policies", "csv"): _policies_csv,
    ("policies", "atom"): _policies_atom,
    ("windows", "json"): lambda request: as_json(_windows(request)),
    ("windows", "csv"): _windows_csv,
    ("departments", "json"): lambda request: as_json(_departments(request)),
    ("departments", "csv"): _departments_csv,
    ("terms", "json"): lambda request: as_json(_terms(request)),
    ("terms", "csv"): _terms_csv,
    ("removed", "json"): lambda request: as_json(_removed(request)),
    ("removed", "csv"): _removed_csv,
}


# --- One page, and the search ---------------------------------------------------------------------------------


@data_view
def open_data_item(request: HttpRequest, department: str, slug: str) -> HttpResponse:
    """`/open-data/policies/<department>/<slug>.json`: one public page; 404 for any other."""
    page = find_page(department, slug)
    if page is None:
        raise Http404
    keep_tidy(request)
    return as_json(item(page, timezone.localdate()))


@data_view
def open_data_search(request: HttpRequest) -> HttpResponse:
    """`/open-data/search.json?q=&limit=`: what `/search/` finds, in its order.

    `total` counts every page found, `results` are the first `limit` of them (20 where it is no number, 500 at most).
    """
    keep_tidy(request, "q", "limit")
    text = asked_text(request)
    if not text:
        return as_json({"total": 0, "widened": False, "results": []})
    limit = bounded_number(request.GET.get("limit", ""), default=DEFAULT_LIMIT, largest=LARGEST_LIMIT)
    outcome = search_pages(listed_pages(), text)
    shown = outcome.pks[:limit]
    today = timezone.localdate()
    values = list(sets.with_facts(row_values(all_rows().filter(pk__in=shown), today)))
    found = {value["pk"]: (value, row) for value, row in zip(values, rows(values, today), strict=True)}
    results = [
        {
            "title": row.title,
            "url": row.url,
            "type": sets.TYPE_WORDS[row.type],
            "department": value["department_code"],
            "source_id": value["source_id"],
        }
        for value, row in (found[pk] for pk in shown if pk in found)
    ]
    return as_json({"total": outcome.total, "widened": outcome.widened, "results": results})


# --- Feeds ----------------------------------------------------------------------------------------------------


@data_view
def feed(request: HttpRequest) -> HttpResponse:
    """`/feed.atom`: every change."""
    keep_tidy(request)
    return change_feed(request, all_rows(), name="feed", title=_("惠企通：政策变更"), link="/policies/")


@data_view
def department_feed(request: HttpRequest, code: str) -> HttpResponse:
    """`/departments/<code>/feed.atom`: the changes of one unit; 404 for one without a public section."""
    department = get_object_or_404(public_units(all_rows()), code=code)
    keep_tidy(request)
    return change_feed(
        request,
        chosen_pages(all_rows(), Choice(department=department.code), timezone.localdate()),
        name=f"feed/department/{code}",
        title=_("%(name)s：政策变更") % {"name": department.name},
        link=f"/policies/{code}/",
    )


@data_view
def category_feed(request: HttpRequest, code: str) -> HttpResponse:
    """`/categories/<code>/feed.atom`: the changes of one list category; 404 for one that is not in use."""
    term = get_object_or_404(Term, vocabulary=VocabularyCode.CATEGORY, is_active=True, code=code)
    keep_tidy(request)
    return change_feed(
        request,
        chosen_pages(all_rows(), Choice(category=code), timezone.localdate()),
        name=f"feed/category/{code}",
        title=_("%(name)s：政策变更") % {"name": term.name},
        link=f"/policies/?category={code}",
    )


# --- Description ----------------------------------------------------------------------------------------------


@data_view
def open_data_description(request: HttpRequest) -> HttpResponse:
    """`/open-data/openapi.json`: every address of the open data, as OpenAPI 3.1."""
    keep_tidy(request)
    return as_json(description())


@data_view
def open_data_schema(request: HttpRequest, name: str) -> HttpResponse:
    """`/open-data/schema/<name>.json`: the JSON Schema (2020-12) of one answer; 404 for none."""
    if name not in SCHEMAS:
        raise Http404
    keep_tidy(request)
    address = absolute(reverse("open_data_schema", args=[name]))
    return as_json(standalone(name, address))
