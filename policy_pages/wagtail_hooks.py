"""What stock Wagtail shows or allows too much of, closed; and our own menu, home and addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Length, Substr
from django.http import Http404
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path, register_converter, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.views.pages.listing import GenericPageFilterSet
from wagtail.admin.views.pages.listing import IndexView as PageListingView
from wagtail.admin.widgets.button import Button, ListingButton
from wagtail.models import Page

from accounts.enums import Resource, Verb
from accounts.permissions import may
from policy_pages import admin_views
from policy_pages.dossier.listing import DossierIndexView
from policy_pages.dossier.views import dossier, dossier_export, dossier_revision
from policy_pages.imprint.views import site_profile
from policy_pages.inbox import inbox_for
from policy_pages.models import ChangeRecord, PolicyFile, PolicyPage
from policy_pages.models.sections import TrunkPage
from policy_pages.permissions import readable_pages, was_approved, with_approval
from policy_pages.reports import views as reports
from policy_pages.reports.exports import ReportName
from policy_pages.reports.searches import searches, searches_export
from policy_pages.viewsets import (
    ChangeRecordViewSet,
    CorrectionViewSet,
    LateReasonViewSet,
    SearchWordViewSet,
    TermViewSet,
    WindowNoticeViewSet,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse
    from wagtail.models import PageQuerySet

    from accounts.models import User
    from accounts.permissions import StaffRequest

#: Main-menu items that none of our roles needs; what they lead to is guarded by its own rights.
UNUSED_MENU_ITEMS = frozenset({"images", "help"})
#: Our own reports; stock's are guarded by their own rights and read by nobody here.
REPORT_ITEMS = frozenset({"punctuality", "assessment", "frozen-reports", "searches"})


@hooks.register("register_admin_urls")
def moderation_urls() -> list:
    """Inbox and review."""
    return [
        path("inbox/", admin_views.inbox, name="policy_pages_inbox"),
        path("review/<int:task_state_id>/", admin_views.review, name="policy_pages_review"),
        path("review/<int:task_state_id>/unschedule/", admin_views.unschedule, name="policy_pages_unschedule"),
        path("review/<int:task_state_id>/preview/", admin_views.review_preview, name="policy_pages_review_preview"),
    ]


@hooks.register("register_admin_urls")
def dossier_urls() -> list:
    """Dossiers: list, one page, its export, one revision."""
    return [
        path("dossiers/", DossierIndexView.as_view(), name="policy_pages_dossiers"),
        path("dossiers/results/", DossierIndexView.as_view(results_only=True), name="policy_pages_dossiers_results"),
        path("dossiers/<int:page_id>/", dossier, name="policy_pages_dossier"),
        path("dossiers/<int:page_id>/export/", dossier_export, name="policy_pages_dossier_export"),
        path(
            "dossiers/<int:page_id>/revisions/<int:revision_id>/",
            dossier_revision,
            name="policy_pages_dossier_revision",
        ),
    ]


register_converter(ReportName, "report")


@hooks.register("register_admin_urls")
def report_urls() -> list:
    """Reports: punctuality, what a figure counts, the yearly sheet, exports, frozen editions."""
    return [
        path("reports/punctuality/", reports.PunctualityView.as_view(), name="policy_pages_report"),
        path("reports/punctuality/facts/", reports.FactsView.as_view(), name="policy_pages_report_facts"),
        path("reports/assessment/", reports.AssessmentView.as_view(), name="policy_pages_assessment"),
        path("reports/frozen/", reports.frozen, name="policy_pages_frozen_reports"),
        path("reports/frozen/<int:report_id>/", reports.frozen_check, name="policy_pages_frozen_check"),
        path("reports/searches/", searches, name="policy_pages_searches"),
        path("reports/searches/export/", searches_export, name="policy_pages_searches_export"),
        path("reports/<report:which>/export/", reports.export, name="policy_pages_report_export"),
    ]


class ReportMenuItem(MenuItem):
    """A report, for whoever may read one of any unit."""

    def is_shown(self, request: StaffRequest) -> bool:
        """Whether there is a unit whose report the person may read."""
        return may(request.user, Resource.REPORT, Verb.READ)


@hooks.register("register_reports_menu_item")
def punctuality_menu_item() -> MenuItem:
    """时限报表."""
    url = reverse("policy_pages_report")
    return ReportMenuItem(gettext_lazy("时限报表"), url, name="punctuality", icon_name="list-ul", order=1)


@hooks.register("register_reports_menu_item")
def assessment_menu_item() -> MenuItem:
    """年度考核表."""
    url = reverse("policy_pages_assessment")
    return ReportMenuItem(gettext_lazy("年度考核表"), url, name="assessment", icon_name="list-ul", order=2)


class FrozenMenuItem(MenuItem):
    """固定报告, for who freezes and who reads the chain."""

    def is_shown(self, request: StaffRequest) -> bool:
        """Whether the person may see the editions."""
        return reports.may_check(request.user)


@hooks.register("register_reports_menu_item")
def frozen_menu_item() -> MenuItem:
    """固定报告."""
    url = reverse("policy_pages_frozen_reports")
    return FrozenMenuItem(gettext_lazy("固定报告"), url, name="frozen-reports", icon_name="lock", order=3)


class SearchesMenuItem(MenuItem):
    """没有结果的搜索, for who reads the search's words."""

    def is_shown(self, request: StaffRequest) -> bool:
        """Whether the person may see the list."""
        return may(request.user, Resource.SEARCH, Verb.READ)


@hooks.register("register_reports_menu_item")
def searches_menu_item() -> MenuItem:
    """没有结果的搜索."""
    url = reverse("policy_pages_searches")
    return SearchesMenuItem(gettext_lazy("没有结果的搜索"), url, name="searches", icon_name="search", order=4)


@hooks.register("construct_reports_menu")
def only_our_reports(request: StaffRequest, items: list) -> None:
    """Stock's reports list pages by rights that do not know departments."""
    items[:] = [item for item in items if item.name in REPORT_ITEMS]


@hooks.register("register_admin_viewset")
def viewsets() -> list:
    """Change register, notices of fixed windows, reasons of lateness, reports of errors, terms, words of the search."""
    return [
        ChangeRecordViewSet(),
        WindowNoticeViewSet(),
        LateReasonViewSet(),
        CorrectionViewSet(),
        TermViewSet(),
        SearchWordViewSet(),
    ]


@hooks.register("register_admin_menu_item")
def inbox_menu_item() -> MenuItem:
    """待办, first of all."""
    return MenuItem(gettext_lazy("待办"), reverse("policy_pages_inbox"), name="inbox", icon_name="mail", order=1)


class DossierMenuItem(MenuItem):
    """卷宗, for whoever may read any draft."""

    def is_shown(self, request: StaffRequest) -> bool:
        """Whether there is a unit whose drafts the person may read."""
        return request.user.visible_departments().exists()


@hooks.register("register_admin_menu_item")
def dossier_menu_item() -> MenuItem:
    """卷宗, after 待办."""
    url = reverse("policy_pages_dossiers")
    return DossierMenuItem(gettext_lazy("卷宗"), url, name="dossiers", icon_name="folder-open-inverse", order=2)


@hooks.register("register_page_listing_buttons")
def dossier_listing_button(page: Page, user: User, next_url: str | None = None) -> Iterator[ListingButton]:
    """卷宗, at each row of the explorer: the one link a reader without edit rights can follow."""
    if issubclass(page.specific_class or Page, PolicyPage):
        yield ListingButton(_("卷宗"), reverse("policy_pages_dossier", args=[page.pk]), priority=10)


@hooks.register("register_page_header_buttons")
def dossier_header_button(page: Page, user: User, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """卷宗, among the actions of the editor and of the history."""
    if issubclass(page.specific_class or Page, PolicyPage):
        url = reverse("policy_pages_dossier", args=[page.pk])
        yield Button(_("卷宗"), url, icon_name="folder-open-inverse", priority=5)


@hooks.register("construct_main_menu")
def hide_unused(request: StaffRequest, items: list) -> None:
    """Show a role what it uses; 报表 where there is one of ours to read."""
    has_reports = may(request.user, Resource.REPORT, Verb.READ)
    shown = [item for item in items if item.name not in UNUSED_MENU_ITEMS]
    items[:] = [item for item in shown if item.name != "reports" or has_reports]
    for item in items:
        if item.name == "reports":
            item.label = gettext_lazy("报表")  # stock says 报告, which is a document


@hooks.register("construct_page_action_menu")
def one_way_to_hand_in(items: list, request: StaffRequest, context: dict) -> None:
    """After a return stock offers two ways to hand in again that nobody can tell apart; one stays."""
    items[:] = [item for item in items if item.name != "action-restart-workflow"]


@hooks.register("register_admin_urls")
def site_urls() -> list:
    """The facts in the foot of the public pages."""
    return [path("site-profile/", site_profile, name="policy_pages_site")]


class SiteMenuItem(MenuItem):
    """网站信息, for who keeps it or watches."""

    def is_shown(self, request: StaffRequest) -> bool:
        """Whether the person may read it."""
        return may(request.user, Resource.SITE, Verb.READ)


@hooks.register("register_admin_menu_item")
def site_menu_item() -> MenuItem:
    """网站信息."""
    return SiteMenuItem(
        gettext_lazy("网站信息"), reverse("policy_pages_site"), name="site-profile", icon_name="site", order=140
    )


class InboxPanel(Component):
    """Home: what waits for me, what I owe and by when, what came back and why."""

    name = "inbox"
    order = 10
    template_name = "policy_pages/admin/inbox_panel.html"

    def get_context_data(self, parent_context: Any) -> dict:
        """The person's inbox."""
        return {"inbox": inbox_for(parent_context["request"].user), "request": parent_context["request"]}


@hooks.register("construct_homepage_panels")
def home_panels(request: StaffRequest, panels: list) -> None:
    """Ours in place of stock's, which list pages by rights that do not know departments."""
    panels[:] = [InboxPanel()]


@hooks.register("insert_global_admin_css")
def admin_css() -> str:
    """Our colour and the few classes of our own screens."""
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))


# Twenty rows, as in every list of ours: a row of the explorer costs ten times a row of a table (tests/test_scale.py).
PageListingView.paginate_by = 20
# Stock's filters of the explorer by person list the account holders of every department.
for name in ("owner", "edited_by"):
    GenericPageFilterSet.base_filters.pop(name, None)


@hooks.register("construct_explorer_page_queryset")
def approved_or_not(parent_page: Page, pages: PageQuerySet, request: StaffRequest) -> PageQuerySet:
    """The explorer's delete buttons ask at every row whether it was approved."""
    return with_approval(pages)


@hooks.register("construct_page_chooser_queryset")
def own_or_public(pages: PageQuerySet, request: StaffRequest) -> PageQuerySet:
    """A chooser offers what is public and what the person may read; stock shows every draft's title (hole 13)."""
    pages = pages.filter(Q(live=True) | Q(pk__in=readable_pages(request.user).values("pk")))
    # As stock's explorer does: else every row of the chooser asks for its workflow, schedule and parent by itself.
    pages = pages.prefetch_workflow_states()
    if request.resolver_match and request.resolver_match.url_name == "wagtailadmin_choose_page_search":
        return pages  # there the database would work these out for every match, to show 25
    above = Substr(OuterRef("path"), 1, Length(OuterRef("path")) - Page.steplen)
    parents = Page.objects.filter(path=above).values("pk")[:1]
    return pages.annotate_approved_schedule().annotate(parent_key=Subquery(parents))


@hooks.register("before_create_page")
def opened_for_a_change(request: StaffRequest, parent_page: Page, page_class: type[Page]) -> None:
    """`?change=`: the new page starts with what the register already knows; the form reads it from the parent."""
    asked = request.GET.get("change", "")
    changes = ChangeRecord.objects.open().visible_to(request.user).filter(department__section_page=parent_page)
    parent_page.opened_for = changes.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 19 else None


@hooks.register("before_delete_page")
def no_delete(request: StaffRequest, page: Page) -> HttpResponse | None:
    """Say in words what the page's rights refuse (hole 11)."""
    reason = undeletable(page.specific)
    if not reason:
        return None
    messages.error(request, reason)
    return redirect("wagtailadmin_pages:edit", page.pk)


@hooks.register("before_bulk_action")
def no_bulk(request: StaffRequest, action_type: str, objects: list, action: Any) -> HttpResponse | None:
    """Bulk actions skip the single-page hooks: the same reasons, for each chosen page."""
    reasons = [undeletable(item.specific) for item in objects if action_type == "delete" and hasattr(item, "specific")]
    reasons += [
        _("附件“%s”已公开或正在审核，不能删除。") % item.title
        for item in objects
        if action_type == "delete" and isinstance(item, PolicyFile) and item.is_frozen()
    ]
    blocked = [reason for reason in reasons if reason]
    if action_type in {"publish", "unpublish", "move"} and any(hasattr(item, "specific") for item in objects):
        blocked.append(_("政策不能批量发布、撤下或移动；请逐项提交审核。"))
    if not blocked:
        return None
    for reason in blocked:
        messages.error(request, reason)
    return redirect("wagtailadmin_home")


def undeletable(page: Page) -> str:
    """Why this page may not be deleted; empty when it may."""
    if isinstance(page, TrunkPage):
        return _("栏目由系统管理，不能删除。")
    if not isinstance(page, PolicyPage):
        return ""
    if page.live or page.first_published_at:
        return _("已公开过的内容不能删除；不再执行的，请登记废止。")
    if page.current_workflow_state:
        return _("这一项正在审核流程中，请先撤回再删除。")
    if was_approved(page):
        return _("审批局已通过并分类的内容不能删除；不需要发布的，请取消定时发布。")
    return ""


@hooks.register("before_serve_document")
def only_published_files(document: PolicyFile, request: StaffRequest) -> None:
    """A file is public as long as a live text carries exactly these bytes; drafts' files are for their readers (F7)."""
    if document.is_public():
        return
    user = request.user
    if user.is_authenticated and user.visible_departments().filter(collection=document.collection).exists():
        request.is_private_file = True  # type: ignore[attr-defined]  # for AttachmentCacheMiddleware
        return
    raise Http404
