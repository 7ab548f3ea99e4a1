"""One address per content: the rules, and the few lines that views call."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpResponsePermanentRedirect

from policy_pages.addresses import rules
from policy_pages.variants.rules import Variant, look_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse


def canonical_redirect(
    request: HttpRequest, chosen: Mapping[str, object] | None = None, *, path: str = "", has_display: bool = True
) -> HttpResponse | None:
    """Lead to the one address of what was chosen, unless the request came by it: then None.

    `chosen` holds what the view understood, in the order of the address, empty for what chooses nothing; `path` is that
    of another view which shows the same. Display parameters follow (not for data). The answer is a 301 that nobody may
    keep: what chooses nothing today, a page beyond the end or a retired category, may choose something tomorrow.
    """
    if request.method not in ("GET", "HEAD"):
        return None  # what was sent would be lost on the way
    words = dict(chosen or {})
    if has_display:
        words |= dict(look_of(request.GET.dict()))
    if not path and rules.is_plain(request.META.get("QUERY_STRING", ""), words):
        return None
    answer = HttpResponsePermanentRedirect(rules.address(path or rules.plain_path(request.path_info), words))
    answer["Cache-Control"] = "no-store"
    return answer


def takes(*names: str, has_display: bool = True) -> Callable:
    """Decorate a view whose address knows these parameters, in this order, and no others.

    For views that answer for each value by themselves; one that knows which values choose something calls
    `canonical_redirect` itself. Of a repeated parameter the last counts, as everywhere in Django.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            chosen = {name: request.GET.get(name, "") for name in names}
            moved = canonical_redirect(request, chosen, has_display=has_display)
            return moved or view(request, *args, **kwargs)

        return wrapped

    return decorate


def base_url() -> str:
    """Scheme and host of the public site, without a slash at the end: one truth for every absolute address."""
    parts = urlsplit(settings.WAGTAILADMIN_BASE_URL)
    return urlunsplit((parts.scheme, parts.netloc, "", "", ""))


def absolute(path: str) -> str:
    """An address of ours, which begins with `/`, by the site's configured name and never by what a request says."""
    return base_url() + path


def canonical_url(request: HttpRequest) -> str:
    """The absolute address of the content shown in its script, without mode and look.

    Each script has an address of its own: a page that named the other's would be left out by who reads `hreflang`.
    """
    query = rules.without_display(request.META.get("QUERY_STRING", ""))
    return absolute(script_prefix(request) + rules.plain_path(request.path_info) + (f"?{query}" if query else ""))


def script_prefix(request: HttpRequest) -> str:
    """What stands before the plain path for the script a page is shown in: `/zh-hant` or nothing."""
    variant: Variant = getattr(request, "variant", Variant())
    return Variant(is_traditional=variant.is_traditional).prefix
