"""The wall between departments in the back office: stock views that forget to ask find nothing to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.utils.deprecation import MiddlewareMixin
from wagtail.models import Page

from accounts.enums import Resource, Verb
from accounts.permissions import may
from accounts.services import take_back_ended
from policy_pages.models import PolicyFile, PolicyPage

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.permissions import StaffRequest

#: Arguments of Wagtail's addresses that name a page.
PAGE_ARGUMENTS = ("page_id", "page_to_move_id", "parent_page_id", "parent_id", "page_pk")
FILE_ARGUMENTS = ("document_id", "doc_id")
#: What a key of ours can be; an address may name more.
LARGEST_KEY = 2**63 - 1
#: The one place where another department's public page may be named: it is linked to.
PAGE_CHOOSER = "/admin/choose-page/"


class DepartmentWallMiddleware(MiddlewareMixin):
    """Answers 404 for every back-office address that names a page or file the person may not read (promise 2).

    Two thirds of Wagtail's security fixes are forgotten object checks; here one check stands before all of them, for
    ids in the path and for the `id` of choosers and bulk actions. A public page of another department is hidden here
    too, for its draft may already say something else; only the chooser offers it, by its public title. Its files are
    hidden, public or not: no text of one department carries another's. What is public is open to all on the site itself.
    """

    def process_view(self, request: StaffRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Look at what the address names before the view does."""
        if not request.path.startswith("/admin/") or not request.user.is_authenticated:
            return
        take_back_ended(user=request.user)
        asked = [value for value in request.GET.getlist("id") if value.isdecimal()]
        is_about_files = "document" in request.path or "policyfile" in request.path
        pages = [kwargs[name] for name in PAGE_ARGUMENTS if name in kwargs] + ([] if is_about_files else asked)
        pages += args[:1] if request.path.startswith("/admin/pages/") else []  # comparing names its page by place
        files = [kwargs[name] for name in FILE_ARGUMENTS if name in kwargs] + (asked if is_about_files else [])
        if any(int(value) > LARGEST_KEY for value in (*pages, *files)):
            raise Http404  # SQLite cannot even compare it
        if "/api/main/documents/" in request.path:
            raise Http404  # the whole list of every folder; none of our screens asks for it
        if request.path.startswith("/admin/reports/") and not self._may_read_reports(request.user):
            raise Http404  # their filters name the people of every department
        if request.path.startswith("/admin/workflows/") and not request.user.is_superuser:
            raise Http404  # its choosers ask for no right; the two steps are the system's
        if "all" in request.GET.getlist("id"):
            self._check_listing(request)
        self._check_pages(request, pages)
        self._check_files(request, files)

    def _check_pages(self, request: StaffRequest, pks: list[Any]) -> None:
        named = Page.objects.filter(pk__in=pks) if pks else Page.objects.none()
        if request.path.startswith(PAGE_CHOOSER):
            named = named.filter(live=False)
        for page in named.specific():
            if isinstance(page, PolicyPage) and page.department_id not in self._departments(request):
                raise Http404

    def _check_listing(self, request: StaffRequest) -> None:
        """`id=all` is every page below `childOf`, or of the whole site: only below a section the person reads."""
        below = request.GET.get("childOf", "")
        sections = request.user.visible_departments().filter(section_page__isnull=False)
        if "/page/" in request.path and below not in map(str, sections.values_list("section_page_id", flat=True)):
            raise Http404

    def _check_files(self, request: StaffRequest, pks: list[Any]) -> None:
        if not pks:
            return
        for file in PolicyFile.objects.filter(pk__in=pks).select_related("collection__collection_of"):
            owner = getattr(file.collection, "collection_of", None)
            if (owner.pk if owner else None) not in self._departments(request):
                raise Http404

    @staticmethod
    def _may_read_reports(user: User) -> bool:
        """The auditor; the break-glass account sees every list."""
        return user.is_superuser or may(user, Resource.EVENT, Verb.READ)

    @staticmethod
    def _departments(request: StaffRequest) -> set[int]:
        return set(request.user.visible_departments().values_list("pk", flat=True))
