"""The wall between departments in the back office: stock views that forget to ask find nothing to show. And the length of addresses."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _
from django.views.defaults import bad_request, page_not_found
from wagtail.models import Page

from accounts.enums import Resource, Verb
from accounts.middleware.addresses import FILE_PATHS
from accounts.permissions import may
from accounts.services import take_back_ended
from policy_pages.models import PolicyFile
from policy_pages.permissions import page_types, readable_pages

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User
    from accounts.permissions import StaffRequest

logger = logging.getLogger(__name__)

#: Bytes of the longest query and path of a public address.
LONGEST_QUERY, LONGEST_PATH = 8192, 1024
#: Arguments of Wagtail's addresses that name a page.
PAGE_ARGUMENTS = ("page_id", "page_to_move_id", "parent_page_id", "parent_id", "page_pk")
FILE_ARGUMENTS = ("document_id", "doc_id")
#: Stock addresses of one page that ask for the right to edit. Who may only read is shown the dossier instead of a refusal.
EDITORS_ONLY = frozenset({"wagtailadmin_pages:edit", "wagtailadmin_pages:view_draft", "wagtailadmin_pages:history"})
#: What a key of ours can be; an address may name more.
LARGEST_KEY = 2**63 - 1
#: The one place where another department's public page may be named: it is linked to.
PAGE_CHOOSER = "/admin/choose-page/"
#: Reports of ours, each of which asks for the right itself; every other address beside them is stock's.
OUR_REPORTS = frozenset(
    {
        "policy_pages_report",
        "policy_pages_report_facts",
        "policy_pages_report_export",
        "policy_pages_assessment",
        "policy_pages_frozen_reports",
        "policy_pages_frozen_check",
        "policy_pages_searches",
        "policy_pages_searches_export",
    }
)
#: No role may add or see an image.
IMAGES = ("/admin/images/", "/admin/api/main/images/", "/admin/bulk/wagtailimages/")


class LongAddressMiddleware(MiddlewareMixin):
    """Answers 400 for a public address so long that nobody can mean it, before anything reads its parameters.

    Django itself fails at the first look at more than DATA_UPLOAD_MAX_NUMBER_FIELDS of them, wherever that look is: in
    the template of the page that says 404, or of this one, it would be a 500. So what was sent is forgotten first.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Let through what a link, a form or a search of ours can say, several times over."""
        is_long = len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY or len(request.path_info) > LONGEST_PATH
        if is_long and not request.path_info.startswith("/admin/"):
            request.META["QUERY_STRING"] = ""
            return bad_request(request, SuspiciousOperation("address too long"))
        return None


class AskEachTimeMiddleware(MiddlewareMixin):
    """Lets no cache answer by itself for what is public: what says nothing of being kept may be kept, and is asked for each time.

    Without a word a cache may decide by itself how long (RFC 9111 §4.2.2), and would show a page that was withdrawn, or a
    window as open after its last day.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Say `no-cache` where nobody has said anything."""
        if not request.path_info.startswith("/admin/"):
            response.headers.setdefault("Cache-Control", "no-cache")
        return response


class AttachmentCacheMiddleware(MiddlewareMixin):
    """Says of every attachment who may keep it: nobody a draft's; a public one only who asks each time whether it still is.

    So a repeal or a replaced file takes effect in every cache at once. An unchanged file costs its reader a 304.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Set Cache-Control, on refusals too: what is 404 today may be public tomorrow.

        And Vary on all: only a file that is there makes the view look at the session, which would tell that it is.
        """
        if request.path_info.startswith(FILE_PATHS):
            patch_vary_headers(response, ("Cookie",))
            is_private = getattr(request, "is_private_file", False)
            response["Cache-Control"] = "private, no-store" if is_private else "no-cache"
        return response


class DepartmentWallMiddleware(MiddlewareMixin):
    """Answers 404 for every back-office address that names a page or file the person may not read (promise 2).

    Two thirds of Wagtail's security fixes are forgotten object checks; here one check stands before all of them, for
    ids in the path and for the `id` of choosers and bulk actions. A public page of another department is hidden here
    too, for its draft may already say something else; only the chooser offers it, by its public title. Its files are
    hidden, public or not: no text of one department carries another's. What is public is open to all on the site itself.
    """

    def process_view(
        self, request: StaffRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Look at what the address names before the view does; what is hidden looks like what does not exist."""
        if not request.path.startswith("/admin/") or not request.user.is_authenticated:
            return None
        try:
            take_back_ended(user=request.user)
            return self._look(request, args, kwargs)
        except OperationalError:
            return _busy(request)  # the rights of an ended role are never used, not even once
        except Http404 as error:
            response = page_not_found(request, error, template_name="wagtailadmin/404.html")
            add_never_cache_headers(response)
            return response

    def _look(self, request: StaffRequest, args: tuple[Any, ...], kwargs: dict[str, Any]) -> HttpResponse | None:
        asked = [pk for value in request.GET.getlist("id") if (pk := _number(value)) is not None]
        is_about_files = "document" in request.path or "policyfile" in request.path
        pages = [kwargs[name] for name in PAGE_ARGUMENTS if name in kwargs] + ([] if is_about_files else asked)
        pages += args[:1] if request.path.startswith("/admin/pages/") else []  # comparing names its page by place
        files = [kwargs[name] for name in FILE_ARGUMENTS if name in kwargs] + (asked if is_about_files else [])
        self._check_closed(request)
        if isinstance(kwargs.get("pk"), str) and "/chooser/chosen/" in request.path and _number(kwargs["pk"]) is None:
            raise Http404  # stock asks the database for it as it stands
        if any(int(value) > LARGEST_KEY for value in (*pages, *files)):
            raise Http404  # SQLite cannot even compare it
        if "all" in request.GET.getlist("id"):
            self._check_listing(request)
        self._check_pages(request, pages)
        self._check_files(request, files)
        name = request.resolver_match.view_name if request.resolver_match else ""
        return self._dossier(request, kwargs["page_id"]) if request.method == "GET" and name in EDITORS_ONLY else None

    @staticmethod
    def _check_closed(request: StaffRequest) -> None:
        """Whole families of stock addresses that none of our screens asks for."""
        if "/api/main/documents/" in request.path:
            raise Http404  # the whole list of every folder
        if "/api/main/pages/" in request.path and "/action/" in request.path:
            raise Http404  # no screen sends them, and reverting does not ask whether the page is under review
        if request.path.startswith(IMAGES) and not request.user.is_superuser:
            raise Http404  # select_format and its like name any image to whoever is logged in
        name = request.resolver_match.view_name if request.resolver_match else ""
        is_stock = request.path.startswith("/admin/reports/") and name not in OUR_REPORTS
        if is_stock and not may_read_reports(request.user):
            raise Http404  # their filters name the people of every department
        if request.path.startswith("/admin/workflows/") and not request.user.is_superuser:
            raise Http404  # its choosers ask for no right; the two steps are the system's

    @staticmethod
    def _dossier(request: StaffRequest, page_id: int) -> HttpResponse | None:
        """Lead a reader without the right to edit, whose link says 编辑, to what he may see."""
        page = readable_pages(request.user).filter(pk=page_id).first()
        if page is None or page.permissions_for_user(request.user).can_edit():
            return None
        return redirect("policy_pages_dossier", page_id)

    @staticmethod
    def _check_pages(request: StaffRequest, pks: list[Any]) -> None:
        if not pks:
            return
        types = ContentType.objects.get_for_models(*page_types()).values()
        named = Page.objects.filter(pk__in=pks, content_type__in=types)
        if request.path.startswith(PAGE_CHOOSER):
            named = named.filter(live=False)
        if named.exclude(pk__in=readable_pages(request.user).values("pk")).exists():
            raise Http404

    @staticmethod
    def _check_listing(request: StaffRequest) -> None:
        """`id=all` is every page below `childOf`, or of the whole site: only below a section the person reads."""
        below = _number(request.GET.get("childOf", ""))
        if "/page/" in request.path and not request.user.visible_departments().filter(section_page=below or 0).exists():
            raise Http404

    @staticmethod
    def _check_files(request: StaffRequest, pks: list[Any]) -> None:
        readable = request.user.visible_departments().values("collection")
        if pks and PolicyFile.objects.filter(pk__in=pks).exclude(collection__in=readable).exists():
            raise Http404


def may_read_reports(user: User) -> bool:
    """The auditor; the break-glass account sees every list."""
    return user.is_superuser or may(user, Resource.EVENT, Verb.READ)


def _busy(request: StaffRequest) -> HttpResponse:
    """503 in words: rights that have ended could not be taken back, because somebody else holds the database for long."""
    logger.warning("ended rights of account %s not taken back: the database is busy", request.user.pk)
    words = _("系统正忙，请稍等片刻再刷新页面。")
    return HttpResponse(words, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "5"})


def _number(value: str) -> int | None:
    """What the database would make of an id in the address: ` 7` and `+7` name page 7 as well as `7` does."""
    try:
        return int(value)
    except ValueError:
        return None
