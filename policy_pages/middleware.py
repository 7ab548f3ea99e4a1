"""The wall between departments in the back office: stock views that forget to ask find nothing to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.http import Http404
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin
from wagtail.models import Page

from policy_pages.models import PolicyFile
from policy_pages.permissions import page_types, readable_pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.permissions import StaffRequest

#: Arguments of Wagtail's addresses that name a page.
PAGE_ARGUMENTS = ("page_id", "page_to_move_id", "parent_page_id", "parent_id")
FILE_ARGUMENTS = ("document_id", "doc_id")
#: Stock addresses of one page that ask for the right to edit. Who may only read is shown the dossier instead of a refusal.
EDITORS_ONLY = frozenset({"wagtailadmin_pages:edit", "wagtailadmin_pages:view_draft", "wagtailadmin_pages:history"})
#: Nobody's bulk action reaches a foreign page, public or not; stock lists it there by the title of its draft.
BULK = "/admin/bulk/"
#: No role may add or see an image.
IMAGES = ("/admin/images/", "/admin/api/main/images/", "/admin/bulk/wagtailimages/")


class DepartmentWallMiddleware(MiddlewareMixin):
    """Answers 404 for every back-office address that names a page or file the person may not read (promise 2).

    Two thirds of Wagtail's security fixes are forgotten object checks; here one check stands before all of them, for
    ids in the path and for the `id` of choosers and bulk actions. Public pages and files stay open to all.
    """

    def process_view(
        self, request: StaffRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Look at what the address names before the view does."""
        if not request.path.startswith("/admin/") or not request.user.is_authenticated:
            return None
        asked = [pk for value in request.GET.getlist("id") if (pk := _number(value)) is not None]
        is_about_files = "document" in request.path or "policyfile" in request.path
        pages = [kwargs[name] for name in PAGE_ARGUMENTS if name in kwargs] + ([] if is_about_files else asked)
        files = [kwargs[name] for name in FILE_ARGUMENTS if name in kwargs] + (asked if is_about_files else [])
        if request.path.startswith(IMAGES) and not request.user.is_superuser:
            raise Http404  # select_format and its like name any image to whoever is logged in
        if "/api/main/documents/" in request.path:
            raise Http404  # the whole list of every folder; none of our screens asks for it
        if request.path.startswith(BULK) and "all" in request.GET.getlist("id") and not is_about_files:
            self._check_section(request, _number(request.GET.get("childOf", "")))
        self._check_pages(request, pages)
        self._check_files(request, files)
        name = request.resolver_match.view_name if request.resolver_match else ""
        return self._dossier(request, kwargs["page_id"]) if request.method == "GET" and name in EDITORS_ONLY else None

    @staticmethod
    def _dossier(request: StaffRequest, page_id: int) -> HttpResponse | None:
        """Lead a reader without the right to edit, whose link says 编辑, to what he may see."""
        page = readable_pages(request.user).filter(pk=page_id).first()
        if page is None or page.permissions_for_user(request.user).can_edit():
            return None
        return redirect("policy_pages_dossier", page_id)

    def _check_pages(self, request: StaffRequest, pks: list[Any]) -> None:
        if not pks:
            return
        types = ContentType.objects.get_for_models(*page_types()).values()
        named = Page.objects.filter(pk__in=pks, content_type__in=types)
        if not request.path.startswith(BULK):
            named = named.filter(live=False)
        if named.exclude(pk__in=readable_pages(request.user).values("pk")).exists():
            raise Http404

    def _check_section(self, request: StaffRequest, pk: int | None) -> None:
        """`id=all` means everything below a page: only the person's own section may stand there."""
        if pk is None or not request.user.visible_departments().filter(section_page=pk).exists():
            raise Http404

    def _check_files(self, request: StaffRequest, pks: list[Any]) -> None:
        if not pks:
            return
        for file in PolicyFile.objects.filter(pk__in=pks).select_related("collection__collection_of"):
            owner = getattr(file.collection, "collection_of", None)
            if (owner.pk if owner else None) not in self._departments(request) and not file.is_public():
                raise Http404

    @staticmethod
    def _departments(request: StaffRequest) -> set[int]:
        return set(request.user.visible_departments().values_list("pk", flat=True))


def _number(value: str) -> int | None:
    """What the database would make of an id in the address: ` 7` and `+7` name page 7 as well as `7` does."""
    try:
        number = int(value)
    except ValueError:
        return None
    return number if abs(number) < 1 << 63 else None
