"""Icons: `{% load icons %}`, or `components/icon.html` with a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()

#: Shapes within 20 by 20, by name. A table, since a page asks for ten of them: fifteen comparisons in a template take longer.
_DRAWN = {
    "open": '<circle cx="10" cy="10" r="7.500"/><path d="M6.500 10.200l2.500 2.500 4.600-5.200"/>',
    "year_round": '<path d="M16.500 7.500A7 7 0 0 0 3.300 8.500M3.500 12.500a7 7 0 0 0 13.200-1"/><path d="M16.800 4v3.500h-3.500M3.200 16v-3.500h3.500"/>',
    "closing": '<circle cx="10" cy="10" r="7.500"/><path d="M10 5.500V10l3 2"/>',
    "closed": '<circle cx="10" cy="10" r="7.500"/><path d="M7.200 7.200l5.600 5.600M12.800 7.200l-5.600 5.600"/>',
    "upcoming": '<path d="M3 5h14v12H3zM3 8.500h14M6.500 3v3M13.500 3v3"/>',
    "pending": '<circle cx="10" cy="10" r="7.500"/><path d="M6.500 10h.01M10 10h.01M13.500 10h.01"/>',
    "ended": '<circle cx="10" cy="10" r="7.500"/><path d="M4.800 4.800l10.400 10.400"/>',
    "late": '<path d="M10 3l7.500 13.500h-15zM10 8v4M10 14.200h.01"/>',
    "check": '<path d="M3.500 10.500l4 4 9-9"/>',
    "plus": '<path d="M10 4v12M4 10h12"/>',
    "print": '<path d="M6 7V3h8v4M6 14H3V7h14v7h-3M6 11.500h8V17H6z"/>',
    "speaker": '<path d="M3 8v4h3l4 3.500v-11L6 8zM13 7.500a3.500 3.500 0 0 1 0 5M15.500 5a7 7 0 0 1 0 10"/>',
    "stop": '<path d="M5 5h10v10H5z"/>',
    "cross": '<path d="M5 5l10 10M15 5L5 15"/>',
    "person": '<circle cx="10" cy="7" r="3.200"/><path d="M3.500 17c.8-3.600 3.300-5.200 6.500-5.200s5.700 1.600 6.500 5.200"/>',
}
_SHAPES: dict[str, SafeString] = {name: mark_safe(drawn) for name, drawn in _DRAWN.items()}  # noqa: S308 -- ours
#: For whatever has no shape of its own.
_POINT: SafeString = mark_safe('<circle cx="10" cy="10" r="7.500"/><path d="M10 9v5M10 6.200h.01"/>')


@register.simple_tag
def icon(name: str) -> SafeString:
    """The icon of a name, for the eye alone; an exclamation in a circle for a name that has none."""
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">{}</svg>\n',
        _SHAPES.get(str(name), _POINT),
    )
