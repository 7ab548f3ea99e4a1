"""Addresses in templates: `{% load addresses %}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from policy_pages import addresses
from policy_pages.addresses import rules

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def canonical_url(context: template.Context) -> str:
    """The absolute address of the content shown, for `<link rel="canonical">`; an old text's is that of the page today.

    Empty where nothing public is shown: on error pages, previews, and whatever answers a form.
    """
    request: HttpRequest | None = context.get("request")
    if request is None or request.method not in ("GET", "HEAD") or "exception" in context:
        return ""
    if getattr(request, "is_preview", False):
        return ""
    old = getattr(context.get("page"), "shown_version", None)
    return (
        addresses.absolute(addresses.script_prefix(request) + old.page_url) if old else addresses.canonical_url(request)
    )


@register.simple_tag(takes_context=True)
def aria_current(context: template.Context, link: str) -> SafeString:
    """The mark of a link of the main navigation: `page` on the very page it leads to, `true` on those below or beside it.

    By the plain path (no variant is in `request.path`) and without how the page is shown; nothing on pages of errors.
    """
    request: HttpRequest | None = context.get("request")
    if request is None or "exception" in context or not request.path.startswith(link.partition("?")[0]):
        return mark_safe("")
    query = rules.without_display(request.META.get("QUERY_STRING", ""))
    is_same = request.path + (f"?{query}" if query else "") == link
    return format_html(' aria-current="{}"', "page" if is_same else "true")


@register.simple_tag(takes_context=True)
def words_of_address(context: template.Context) -> str:
    """What somebody may have looked for at an address that leads nowhere; empty where its last part says nothing."""
    request: HttpRequest | None = context.get("request")
    return rules.words_of(request.path_info) if request else ""


#: `{{ path|absolute }}`, for readers outside a page: Open Graph takes no other.
register.filter(addresses.absolute)
