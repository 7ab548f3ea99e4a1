"""`/zh-hant/…` and `/elder/…`: the same pages by prefix, so that no cookie decides what an address shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin

from policy_pages.addresses.rules import display_of
from policy_pages.variants.rewriting import rewritten
from policy_pages.variants.rules import Variant, is_page, look_of, split

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class VariantMiddleware(MiddlewareMixin):
    """Serves a page under its prefix and leads its links and redirects back under it.

    Views see the plain path and `request.variant`. Stands outside CommonMiddleware, which measures the plain answer's length.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Take the prefix off. A prefix before what is no page leads to the thing itself."""
        variant, plain = split(request.path_info)
        if plain.startswith("//"):
            variant, plain = Variant(), request.path_info  # the browser would take it for another site
        look = look_of(display_of(request.META.get("QUERY_STRING", ""))) if is_page(plain) else ()
        request.variant = Variant(variant.is_traditional, variant.is_elder, look)  # type: ignore[attr-defined]
        if not variant.prefix:
            return None
        if not is_page(plain):
            query = request.META.get("QUERY_STRING", "")
            return redirect(plain + (f"?{query}" if query else ""), permanent=True)
        request.path_info = request.path = plain
        return None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Make the answer the variant's."""
        variant: Variant = getattr(request, "variant", Variant())
        if variant.is_plain:
            return response
        if response.has_header("Location"):
            response["Location"] = variant.address(response["Location"])
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            response.content = rewritten(response.content.decode(response.charset), variant)
            if response.has_header("Content-Length"):
                response["Content-Length"] = str(len(response.content))
        return response
