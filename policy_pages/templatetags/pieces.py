"""What stands on a page many times over, written in Python: `{% load pieces %}`.

Of a list with all its filters a template for each of two hundred such things took half of the whole answer.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from policy_pages.enums import WindowStatus
from policy_pages.templatetags.icons import icon
from policy_pages.templatetags.public import days_left_words, money
from policy_pages.templatetags.variants import current_variant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

    from policy_pages.templatetags.reading import ContentsEntry
    from policy_pages.views.choices import Facet, Option
    from policy_pages.views.rows import Row

register = template.Library()

_NOTHING: SafeString = mark_safe("")
_CURRENT: SafeString = mark_safe(' aria-current="true"')
_NOFOLLOW: SafeString = mark_safe(' rel="nofollow"')
_SELECTED: SafeString = mark_safe(" selected")
#: In an answer a piece ends its line, as a template of its own does.
_LINE_END: SafeString = mark_safe("\n")


def _joined(pieces: Iterable[SafeString]) -> SafeString:
    return mark_safe("".join(pieces))  # noqa: S308 -- each is safe


# --- The filters of a list ------------------------------------------------------------------------------------------


@register.filter
def links(facet: Facet) -> SafeString:
    """The options of a filter as a list of links, each with how many pages it shows; plain text where that is none."""
    return format_html("<ul>{}</ul>\n", _joined(map(_link, facet.options)))


def _link(option: Option) -> SafeString:
    if option.is_dead_end:
        return format_html('<li><p>{}<span class="count">0</span></p></li>', option.label)
    is_counted = option.value and option.total is not None
    return format_html(
        '<li><a href="{}"{}{}>{}{}</a></li>',
        option.address,
        _CURRENT if option.is_chosen else "",
        _NOFOLLOW if option.is_combined else "",
        option.label,
        format_html('<span class="count">{}</span>', option.total) if is_counted else "",
    )


@register.filter
def choices(facet: Facet) -> SafeString:
    """The same options within a `select`."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}{}</option>',
        (
            (
                option.value,
                _SELECTED if option.is_chosen else "",
                option.label,
                f"（{option.total}）" if option.value else "",
            )
            for option in facet.options
        ),
    )


@register.filter
def page_numbers(pages: list[tuple[int | str, str]], current: int) -> SafeString:
    """The pages of a list as items, of `lists.page_links`: the one under way is no link, nor is a gap."""
    return _joined(_page_number(number, address, is_current=number == current) for number, address in pages)


def _page_number(number: int | str, address: str, *, is_current: bool) -> SafeString:
    if not address:
        return format_html('<li><span class="gap">{}</span></li>', number)
    if is_current:
        return format_html('<li><span aria-current="page">{}</span></li>', number)
    words = _("第 %(number)s 页") % {"number": number}
    return format_html('<li><a href="{}" aria-label="{}">{}</a></li>', address, words, number)


# --- Rows and contents ----------------------------------------------------------------------------------------------


Parts = list[tuple[str, bool]]


@register.simple_tag(takes_context=True)
def list_row(
    context: template.Context,
    row: Row,
    show_type: object = "",
    hide_department: object = "",
    title_parts: Parts | None = None,
    excerpt_parts: Parts | None = None,
) -> SafeString:
    """One page in a list; of a search its title and an excerpt cut into plain and marked parts.

    What a template does not know is an empty text.
    """
    return format_html(
        '<li class="row">\n<h3 class="row__title"><a href="{}">{}</a></h3>\n<p class="row__state">{}</p>\n'
        '<p class="row__text{}">{}{}</p>\n<p class="row__facts">{}</p>\n</li>\n',
        row.url,
        _marked(title_parts) if title_parts else row.title,
        _state(row),
        " row__text--found" if excerpt_parts else "",
        format_html('<span class="row__type">{}</span>', row.type_label) if show_type else "",
        _marked(excerpt_parts) if excerpt_parts else row.summary,
        _facts(row, with_department=not hide_department, is_elder=current_variant(context).is_elder),
    )


def _state(row: Row) -> SafeString:
    if row.status:
        return window_badge(row.status, row.days_left, row.opens_on, row.closes_on)
    if row.ended:
        return format_html('<span class="badge badge--{}">{}{}</span>', row.ended, icon("ended"), row.ended.label)
    day = f"{timezone.localtime(row.published_at):%Y-%m-%d}"
    return format_html('<span class="muted"><time datetime="{}">{}</time> {}</span>', day, day, _("发布"))


def _facts(row: Row, *, with_department: bool, is_elder: bool) -> SafeString:
    facts: list[object] = [row.department] if with_department else []
    facts += [row.doc_number] if row.doc_number else []
    if row.amount_max is not None:
        facts.append(format_html("{} <strong>{}</strong>", _("最高"), money(row.amount_max)))
    facts += [row.route.label] if row.route and row.status and not is_elder else []
    return format_html_join("", "<span>{}</span>", ((fact,) for fact in facts))


def _marked(parts: Parts) -> SafeString:
    return _joined(format_html("<mark>{}</mark>" if is_hit else "{}", part) for part, is_hit in parts)


@register.simple_tag
def window_badge(
    status: WindowStatus, days: int | str | None, opens_on: date | str | None, closes_on: date | str | None
) -> SafeString:
    """The state of a window with the days left and the last day, or with the first day of one to come.

    What a template does not know is an empty text.
    """
    left = ""
    if isinstance(days, int):
        left = days_left_words(days)
        if days and isinstance(closes_on, date):
            left += f"，{closes_on.month}月{closes_on.day}日截止"
    elif status == WindowStatus.UPCOMING and isinstance(opens_on, date):
        left = f"{opens_on.month}月{opens_on.day}日开始"
    badge = format_html('<span class="badge badge--{}">{}{}</span>', status, icon(status), status.label)
    return format_html('{} <span class="left">{}</span>\n', badge, left) if left else badge + _LINE_END


@register.simple_tag
def contents_list(entries: list[ContentsEntry]) -> SafeString:
    """The contents of a text: chapters, and the articles below each."""
    return format_html('<ol class="toc">{}</ol>\n', _joined(map(_entry, entries)))


def _entry(entry: ContentsEntry) -> SafeString:
    chapter = entry.chapter
    top = (
        format_html('<li class="top"><a href="#{}">{}</a></li>', chapter.anchor, chapter.label) if chapter else _NOTHING
    )
    below = format_html_join(
        "", '<span class="sub"><a href="#{}">{}</a></span>', ((part.anchor, part.label) for part in entry.articles)
    )
    return top + format_html("<li>{}</li>", below) if below else top
