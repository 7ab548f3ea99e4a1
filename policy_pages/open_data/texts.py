"""The text of a page as data: blocks with numbers and anchors, plain words beside the HTML, files with their hashes."""

from __future__ import annotations

import mimetypes
import re
from html import unescape
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.html import escape, strip_tags
from wagtail.models import Page
from wagtail.rich_text.rewriters import LinkRewriter

from policy_pages.addresses import absolute
from policy_pages.models import PublishedFile
from policy_pages.templatetags.public import file_bytes
from policy_pages.templatetags.reading import parts
from policy_pages.views.rows import listed_pages, of_any_type

if TYPE_CHECKING:
    from wagtail.blocks import StreamValue

    from policy_pages.models import PolicyFile, PolicyPage
    from policy_pages.templatetags.reading import Part

Data = dict[str, Any]

_LINE_ENDS = re.compile(r"<br\s*/?>|</(?:p|li|h[1-6]|tr)>", re.IGNORECASE)


class PublicFiles:
    """The files that a page's published text carries, each with the hash of the bytes that were approved. One query."""

    def __init__(self, page: PolicyPage) -> None:
        carried = PublishedFile.objects.filter(page=page.pk, is_current=True).select_related("file").order_by("file_id")
        self._by_number = {row.file_id: row for row in carried}

    def all(self) -> list[Data]:
        """Every file, by its number."""
        return [self._told(row) for row in self._by_number.values()]

    def one(self, file: PolicyFile | None) -> Data | None:
        """One file; None for none, and for one that the published text does not carry."""
        row = self._by_number.get(file.pk) if file else None
        return self._told(row) if row else None

    def _told(self, row: PublishedFile) -> Data:
        file = row.file
        return {
            "title": file.title,
            "filename": file.filename,
            "media_type": mimetypes.guess_type(file.filename)[0] or "application/octet-stream",
            "size": file_bytes(file),
            "sha256": row.sha256,
            "url": absolute(file.url),
        }


class PublicLinks:
    """Rewrites the links of a text: to public pages by their address, to any other page not at all. Two queries a page."""

    def __init__(self, page: PolicyPage) -> None:
        linked = page.referred_to(Page)
        found = listed_pages().filter(pk__in=linked) if linked else listed_pages().none()
        known = found.order_by().values_list("pk", of_any_type("department__code"), "slug")
        self._addresses = {str(pk): absolute(reverse("policy_page", args=[unit, slug])) for pk, unit, slug in known}
        # External links, mail and anchors stay as they are; of any other kind Wagtail keeps the words only.
        self._rewrite = LinkRewriter({"page": self._address})

    def html(self, source: str) -> str:
        """Stored rich text as HTML for anybody."""
        return str(self._rewrite(source))

    def _address(self, attributes: dict[str, str]) -> str:
        known = self._addresses.get(attributes.get("id", ""))
        return f'<a href="{escape(known)}">' if known else "<a>"


def plain(html: str) -> str:
    """The words of a piece of HTML, a line for each paragraph."""
    words = unescape(strip_tags(_LINE_ENDS.sub("\n", html)))
    return "\n".join(line.strip() for line in words.splitlines() if line.strip())


def body_blocks(body: StreamValue, links: PublicLinks, files: PublicFiles) -> list[Data]:
    """The blocks of a text in their order, with the anchors that the page has."""
    return [_block(part, links, files) for part in parts(body)]


def _block(part: Part, links: PublicLinks, files: PublicFiles) -> Data:
    kind, value = part.block.block_type, part.block.value
    if kind == "chapter":
        return {"type": kind, "anchor": part.anchor, "number": value["number"].strip(), "title": value["title"].strip()}
    if kind == "article":
        return {"type": kind, "anchor": part.anchor, "number": part.label, **_rich(value["text"].source, links)}
    if kind == "sheet":
        shown = part.block.block.get_context(value)
        return {"type": kind, "caption": value["caption"] or "", "head": shown["head"], "rows": shown["rows"]}
    if kind == "attachments":
        named = [(item["label"], files.one(item["file"])) for item in value]
        return {"type": kind, "files": [{"label": label or told["title"], **told} for label, told in named if told]}
    return {"type": "paragraph", **_rich(value.source, links)}


def _rich(source: str, links: PublicLinks) -> Data:
    html = links.html(source)
    return {"html": html, "text": plain(html)}
