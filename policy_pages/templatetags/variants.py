"""How a page is shown, and the ways to show it otherwise: `{% load variants %}`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django import template
from django.utils.translation import gettext_lazy as _

from policy_pages.addresses import base_url
from policy_pages.addresses.rules import without_display
from policy_pages.variants.rules import SCRIPTS, Variant

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

register = template.Library()

LOOK_WORDS: dict[str, dict[str, _StrPromise]] = {
    "size": {"s": _("小"), "m": _("中"), "l": _("大")},
    "contrast": {"normal": _("普通"), "high": _("高")},
    "scheme": {"auto": _("跟随设备"), "light": _("浅色"), "dark": _("深色")},
}


@dataclass(frozen=True)
class LookLink:
    """One value of one parameter of the look: its word, the address that shows this page so, and whether it is in use."""

    name: str
    value: str
    word: _StrPromise
    address: str
    is_used: bool


@register.simple_tag(takes_context=True)
def current_variant(context: template.Context) -> Variant:
    """How the page is asked for; plain where nobody asked (previews, mails)."""
    return getattr(context.get("request"), "variant", Variant())


@register.simple_tag(takes_context=True)
def look_links(context: template.Context, name: str) -> list[LookLink]:
    """The values of one parameter of the look (`size`, `contrast`, `scheme`), each with this page's address."""
    variant = current_variant(context)
    return [
        LookLink(name, value, word, _address(context, variant.with_look(name, value)), variant.chosen(name) == value)
        for value, word in LOOK_WORDS[name].items()
    ]


@register.simple_tag(takes_context=True)
def in_script(context: template.Context, is_traditional: bool) -> str:
    """This page's address in traditional or simplified script; mode and look stay."""
    return _address(context, replace(current_variant(context), is_traditional=is_traditional))


@register.simple_tag(takes_context=True)
def for_elders(context: template.Context, is_elder: bool) -> str:
    """This page's address in elder mode or out of it; script and look stay."""
    return _address(context, replace(current_variant(context), is_elder=is_elder))


@register.simple_tag(takes_context=True)
def alternates(context: template.Context) -> list[tuple[str, str]]:
    """Language and absolute address of this page in both scripts, without mode and look; none for what is no request."""
    if "request" not in context:
        return []
    return [(variant.language, base_url() + _address(context, variant)) for variant in SCRIPTS]


def _address(context: template.Context, variant: Variant) -> str:
    """The address of the page under way in a variant."""
    request = context.get("request")
    if request is None or "exception" in context:
        return variant.address("/")  # of a page that is not there, nothing of its address is said again
    query = without_display(request.META.get("QUERY_STRING", ""))
    return variant.address(request.path + (f"?{query}" if query else ""))
