"""Words and figures of the public pages: `{% load public %}`."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from policy_pages import enums
from policy_pages.imprint.services import current_profile
from policy_pages.models import SiteProfile
from policy_pages.rules import anchor, citation_title
from policy_pages.views.structured_data import instant, page_data, site_data

if TYPE_CHECKING:
    from django.db.models import TextChoices
    from django.utils.safestring import SafeString
    from wagtail.blocks import StructValue
    from wagtail.documents.models import AbstractDocument

    from accounts.models import Department
    from policy_pages.models import PolicyPage

register = template.Library()
register.filter(instant)

_EXTENSION = re.compile(r"(?:转|分机)\s*(\d+)$")
_ARTICLE = re.compile(r"^\s*(第[^条\s]{1,12}条(?:之[一二三四五六七八九十]+)?)")
_UNITS = ((Decimal(100_000_000), "亿元"), (Decimal(10_000), "万元"))


@register.simple_tag(takes_context=True)
def is_preview(context: template.Context) -> bool:
    """Whether what is shown is not public: asked for as a preview, or a page that is not live."""
    page = context.get("page")
    return bool(getattr(context.get("request"), "is_preview", False)) or (page is not None and not page.live)


@register.simple_tag(takes_context=True)
def preview_notice(context: template.Context) -> str:
    """What stands above a page that is not shown as the public sees it; empty on the public's own.

    A view that knows more about the version says it in `request.preview_words` (`dossier.views`).
    """
    words = getattr(context.get("request"), "preview_words", "")
    return words or (_("预览：这一版尚未公开，公众看不到。") if is_preview(context) else "")


@register.simple_tag
def site_facts() -> dict[str, str]:
    """What 国办发〔2017〕47号 asks a site to say of itself; empty where nothing is known.

    `name`, `domain`, `id_code`, `icp_number`, `psb_number`, `psb_url`, `host_unit`, `phone`, `address` with its postcode, `notice`
    and `find_error_url`. Without a profile name and code are those of the settings. One query, each time: what the bureau changes stands on the next page.
    """
    try:
        profile = current_profile()
    except DatabaseError:
        profile = SiteProfile()  # the page of an error must stand while the database is away
    postcode = _("（邮编 %s）") % profile.postcode if profile.postcode else ""
    return {
        "name": profile.name or settings.WAGTAIL_SITE_NAME,
        "domain": urlsplit(settings.WAGTAILADMIN_BASE_URL).netloc,
        "id_code": profile.id_code or getattr(settings, "HUIQITONG_SITE_ID_CODE", ""),
        "icp_number": profile.icp_number,
        "psb_number": profile.psb_number,
        "psb_url": profile.psb_url,
        "host_unit": profile.host_unit or _("市行政审批局"),
        "phone": profile.phone,
        "address": profile.address + postcode,
        "notice": profile.notice,
        "find_error_url": profile.find_error_url,
    }


@register.filter
def page_url(page: PolicyPage | None) -> str:
    """The permanent address of a policy page; empty while it has none."""
    if page is None or not page.slug or page.department is None:
        return ""
    return reverse("policy_page", args=[page.department.code, page.slug])


#: What would end a script element, or be taken for markup, within one.
_IN_SCRIPT = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


@register.simple_tag
def structured_data(page: PolicyPage | None = None, site_name: str = "") -> SafeString:
    """The page, or without one the site of that name, as JSON-LD; nothing for a page without an address.

    A data block, which no browser runs: the CSP does not ask for it.
    """
    path = page_url(page)
    if page is not None and not path:
        return mark_safe("")
    facts = page_data(page, path) if page is not None else site_data(site_name)
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 -- escaped above


@register.simple_tag
def description_of(page: Any = None) -> str:
    """What a policy page is, in a sentence for search engines: its summary, else whose it is, its title and number.

    Of what is no policy page, what the site is. A template says more of itself in its block `description`.
    """
    if not hasattr(page, "shown_version"):
        return _("本市惠企政策文件、申报指南与政策解读：给什么、到什么时候、多少钱、谁来答。")
    if page.summary:
        return page.summary
    unit = unit_of(page)
    body = getattr(page, "issuing_body", "") or (unit.name if unit else "")
    number = getattr(page, "doc_number", "")
    facts = {"type": page.type_label, "title": citation_title(page.title), "number": f"（{number}）" if number else ""}
    return (_("%(body)s的%(type)s：") % {"body": body, **facts} if body else "") + "{title}{number}".format_map(facts)


@register.filter
def unit_of(page: PolicyPage) -> Department | None:
    """The responsible unit; that of the section for a page under preview that was never saved."""
    return page.department or (page.section_department() if page.path else None)


@register.filter
def source_of(page: PolicyPage) -> str:
    """Name of the source of a text: as entered, else the responsible unit."""
    unit = unit_of(page)
    return page.source_name or (unit.name if unit else "")


@register.filter
def money(amount: Decimal | None) -> str:
    """An amount in yuan as people say it: 50 万元, 1.2 亿元, 8,500 元; empty for none."""
    if amount is None:
        return ""
    for unit, word in _UNITS:
        # Said in the larger unit only where nothing is rounded away.
        if amount >= unit and amount % (unit / 100) == 0:
            return f"{_plain(amount / unit)} {word}"
    return f"{_plain(amount)} 元"


def _plain(number: Decimal) -> str:
    text = f"{number:,.2f}"
    return text.rstrip("0").rstrip(".")


@register.filter
def thousandths(number: int) -> str:
    """938 as 93.8, for percent."""
    return f"{number / 10:.1f}"


@register.filter
def limit_words(number: int | None, unit: str) -> str:
    """A time limit in words: 10 个工作日, 30 日（自然日）; 0 is 当场办结, none is empty."""
    if number is None:
        return ""
    if number == 0:
        return "当场办结"
    return f"{number} 个工作日" if unit == "working_days" else f"{number} 日（自然日）"


@register.filter
def days_left_words(days: int | None) -> str:
    """还剩 12 天, 今天截止; empty for none."""
    if days is None:
        return ""
    return f"还剩 {days} 天" if days else "今天截止"


@register.filter
def phone_link(number: str) -> SafeString:
    """A telephone number as a link that dials it, with its extension after a pause."""
    extension = _EXTENSION.search(number.strip())
    main = _EXTENSION.sub("", number.strip())
    digits = re.sub(r"[^\d+]", "", main) + (f",{extension[1]}" if extension else "")
    return format_html('<a class="tel" href="tel:{}">{}</a>', digits, number.strip())


@register.filter
def file_type(file: AbstractDocument) -> str:
    """The type by the name's ending: PDF, DOCX."""
    return file.file_extension.upper()


@register.filter
def file_bytes(file: AbstractDocument) -> int | None:
    """Size in bytes; None when the file is gone. Unlike `get_file_size` it does not save what it measures."""
    if file.file_size is not None:
        return file.file_size
    try:
        return file.file.size
    except OSError:
        return None


@register.filter
def clause_anchor(clause: str) -> str:
    """The anchor of the article that a clause lies in: 第六条第二款 → #第六条; empty when it names none."""
    found = _ARTICLE.match(clause)
    return f"#{anchor(found[1])}" if found else ""


@register.filter
def lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


@register.filter
def word_of(code: str, enum: str) -> str:
    """The word for a code of one of the domain's closed sets; empty for none."""
    choices: type[TextChoices] = getattr(enums, enum)
    return str(choices(code).label) if code in choices.values else ""


@register.filter
def special_step(step: StructValue) -> str:
    """What kind of step it is, unless it is ordinary or its name says so already."""
    word = word_of(step["kind"], "StepKind")
    return "" if step["kind"] == enums.StepKind.ORDINARY or word in step["name"] else word
