"""`/search/`: public pages, best first, with the place that was found."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from django.views.decorators.http import require_safe
from wagtail.fields import StreamField

from policy_pages.addresses import canonical_redirect, rules
from policy_pages.open_data.answers import as_json, data_view
from policy_pages.search.excerpts import excerpt
from policy_pages.search.misses import note
from policy_pages.search.queries import search_pages
from policy_pages.search.suggestions import suggestions
from policy_pages.search.words import current_vocabulary
from policy_pages.variants.script import to_traditional
from policy_pages.views.choices import LIBRARY, Choice
from policy_pages.views.lists import PAGE_SIZE, page_links, typed_text
from policy_pages.views.rows import TYPES, Row, all_rows, listed_pages, row_values, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse

    from policy_pages.models import PolicyPage
    from policy_pages.search.vocabulary import Vocabulary

EXCERPT_LENGTH = 80
#: Keys of a stored block that are not its text.
_BLOCK_KEYS = frozenset({"id", "type", "kind", "form", "source", "necessity"})

Parts = list[tuple[str, bool]]


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """`/search/?q=&page=`: public pages, best first. No text makes it fail; an empty one shows how to search."""
    text = asked_text(request)
    context: dict[str, Any] = {"text": text}
    chosen = found = {"q": text}
    if text:
        outcome = search_pages(listed_pages(), text)
        page = Paginator(outcome.pks, PAGE_SIZE).get_page(rules.page_asked(request.GET.get("page", "")))
        found = {**chosen, "page": rules.page_value(page.number)}
        context |= {
            "page_obj": page,
            "page_links": page_links(page, reverse("search"), chosen),
            "found": outcome,
            "results": _results(list(page.object_list), text),
            "narrowing": LIBRARY.address(Choice(q=text)),
        }
    response = canonical_redirect(request, found) or render(request, "policy_pages/search.html", context)
    if text and not context["page_obj"].paginator.count:
        response["Cache-Control"] = "no-store"  # kept nowhere, so that every search in vain is seen
        if response.status_code == 200:
            note(request, text)
    return response


@data_view
def suggest(request: HttpRequest) -> HttpResponse:
    """`/search/suggest.json?q=&script=hant`: titles and 文号 for what is being typed, at most eight; nothing is stored.

    Addresses are plain ones: the script that shows them puts the prefix of its page before.
    """
    text, script = asked_text(request), "hant" if request.GET.get("script") == "hant" else ""
    moved = canonical_redirect(request, {"q": text, "script": script}, has_display=False)
    if moved:
        return moved
    found = suggestions(listed_pages(), text) if text else []
    shown = to_traditional if script else str
    return as_json(
        {"suggestions": [{"title": shown(one.title), "url": one.url, "number": shown(one.number)} for one in found]}
    )


def asked_text(request: HttpRequest) -> str:
    """What was typed into the search box, without needless blanks and no longer than a title; empty for nothing."""
    return typed_text(request.GET.get("q", ""))


def _results(pks: list[int], text: str) -> list[tuple[Row, Parts, Parts]]:
    """Each page in the order found: its row, its title and an excerpt, both cut into plain and marked parts."""
    today, vocabulary = timezone.localdate(), current_vocabulary()
    found = {row.pk: row for row in rows(row_values(all_rows().filter(pk__in=pks), today), today)}
    texts = _texts(list(found.values()))
    return [
        (
            found[pk],
            excerpt(found[pk].title, text, len(found[pk].title), vocabulary).parts(),
            _excerpt(found[pk].summary, texts.get(pk, ""), text, vocabulary),
        )
        for pk in pks
        if pk in found
    ]


def _excerpt(summary: str, whole: str, text: str, vocabulary: Vocabulary) -> Parts:
    """The place that was found; the summary where only the title was."""
    found = excerpt(f"{summary} {whole}", text, EXCERPT_LENGTH, vocabulary)
    return found.parts() if found.hits or not summary else [(summary, False)]


def _texts(found: list[Row]) -> dict[int, str]:
    """What an excerpt is cut from, beside the summary; one query a type."""
    texts: dict[int, str] = {}
    for type_, model in TYPES.items():
        pks = [row.pk for row in found if row.type == type_]
        if pks:
            texts |= {page.pk: _text(page) for page in model.objects.filter(pk__in=pks)}
    return texts


def _text(page: PolicyPage) -> str:
    """The page's words as stored; choosers stay what they are, so no query is made for them."""
    own = ("service_object", "applicable_scope", "amount_text", "responsible_division")
    parts = [str(getattr(page, name, "")) for name in own]
    for field in page._meta.get_fields():
        if isinstance(field, StreamField):
            parts += _strings(list(field.value_from_object(page).raw_data))
    return " ".join(unescape(strip_tags(part.replace("</p>", "</p> "))) for part in parts if part)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _BLOCK_KEYS:
                yield from _strings(item)
