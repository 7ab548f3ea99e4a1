"""The trunk of the tree: home, library, one section per department."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page, PageViewRestriction

from policy_pages.permissions import TrunkPagePermissionTester

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Department, User


class TrunkPage(Page):
    """A page made by the system: nobody adds, moves or removes one by hand."""

    promote_panels: ClassVar[list] = []
    settings_panels: ClassVar[list] = []
    is_creatable = False

    class Meta:
        abstract = True

    def permissions_for_user(self, user: User) -> TrunkPagePermissionTester:
        """Wagtail's rights, narrowed to adding below."""
        return TrunkPagePermissionTester(user, self)

    def get_view_restrictions(self) -> models.QuerySet[PageViewRestriction]:
        """Those of the page and what stands above it, by its path. One query; stock asks for the ancestors first."""
        above = range(self.steplen, len(self.path) + 1, self.steplen)
        return PageViewRestriction.objects.filter(page__path__in=[self.path[:end] for end in above])

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or a redirect to its one address (`moved` of its context)."""
        response = super().serve(request, *args, **kwargs)
        return response.context_data["moved"] or response


class HomePage(TrunkPage):
    """`/`: what opened, what closes soon, what is new."""

    template = "policy_pages/home.html"
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]
    subpage_types: ClassVar[list[str]] = ["policy_pages.PolicyLibraryPage"]
    max_count = 1

    class Meta:
        verbose_name = _("首页")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict:
        """Add the home page's lists."""
        from policy_pages.addresses import canonical_redirect
        from policy_pages.views import home_context

        moved = canonical_redirect(request)
        return {**super().get_context(request, *args, **kwargs), **home_context(), "moved": moved}


class PolicyLibraryPage(TrunkPage):
    """`/policies/`: everything that is public."""

    template = "policy_pages/library.html"
    parent_page_types: ClassVar[list[str]] = ["policy_pages.HomePage"]
    subpage_types: ClassVar[list[str]] = ["policy_pages.DepartmentSectionPage"]
    max_count = 1

    class Meta:
        verbose_name = _("政策库")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict:
        """Add the filtered, paged list."""
        from policy_pages.views import listing_context

        return {**super().get_context(request, *args, **kwargs), **listing_context(request)}


class DepartmentSectionPage(TrunkPage):
    """`/policies/<department>/`: the department's own shelf; its slug is the department's code."""

    introduction = models.TextField(_("单位简介"), blank=True, max_length=600)

    template = "policy_pages/section.html"
    parent_page_types: ClassVar[list[str]] = ["policy_pages.PolicyLibraryPage"]
    subpage_types: ClassVar[list[str]] = [
        "policy_pages.PolicyDocumentPage",
        "policy_pages.ApplicationGuidePage",
        "policy_pages.InterpretationPage",
    ]
    content_panels: ClassVar[list] = [*Page.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = _("单位栏目")

    @property
    def department(self) -> Department:
        """The department whose section this is."""
        return self.section_of

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict:
        """Add the department's list."""
        from policy_pages.views import listing_context

        return {
            **super().get_context(request, *args, **kwargs),
            **listing_context(request, department=self.department),
        }
