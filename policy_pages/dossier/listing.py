"""卷宗, the list: every policy page whose drafts the person may read. A fixed number of queries, however many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.models import Page

from accounts.models import Department
from audit.services import current_calendar
from audit.templatetags.deadlines import verdict_words
from policy_pages.dossier.states import candidates, change_of, with_state
from policy_pages.enums import PageState
from policy_pages.models import ChangeRecord, PolicyDocumentPage
from policy_pages.permissions import page_types, pages_of, readable_pages

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse
    from wagtail.models import PageQuerySet

    from accounts.permissions import StaffRequest


#: What shows that a 文号 is being searched for.
NUMBER_SIGNS = "〔〕[]号"


def own_departments(request: StaffRequest) -> QuerySet:
    """Units whose drafts the person may read."""
    return request.user.visible_departments()


class DossierFilterSet(WagtailFilterSet):
    """By unit, type and state."""

    department_id = django_filters.ModelChoiceFilter(
        label=gettext_lazy("单位"), queryset=own_departments, method="filter_department"
    )
    content_type = django_filters.ChoiceFilter(
        label=gettext_lazy("类型"),
        choices=lambda: [(model._meta.model_name, model._meta.verbose_name) for model in page_types()],
    )
    state = django_filters.ChoiceFilter(label=gettext_lazy("状态"), choices=PageState.choices, method="filter_state")

    class Meta:
        model = Page
        fields = ("department_id", "content_type", "state")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["content_type"].field_name = "content_type__model"

    def filter_state(self, queryset: QuerySet, name: str, state: str) -> QuerySet:
        """Pages in one state; what waits is few, and found by that."""
        return with_state(queryset.filter(candidates(state)), only_to_filter=True).filter(state=state)

    def filter_department(self, queryset: QuerySet, name: str, unit: Department) -> QuerySet:
        """Pages of one unit."""
        return queryset.filter(pages_of(Department.objects.filter(pk=unit.pk)))


class DossierColumn(TitleColumn):
    """The title, and under it the 文号."""

    cell_template_name = "policy_pages/admin/dossier_title.html"


class DossierIndexView(generic.IndexView):
    """Policy pages of the person's departments; to others this list does not exist."""

    model = Page
    #: Newer text, higher number: unlike the instant, the number has an index, and the database sorts nothing.
    default_ordering = "-latest_revision_id"
    paginate_by = 50
    page_title = gettext_lazy("卷宗")
    header_icon = "folder-open-inverse"
    index_url_name = "policy_pages_dossiers"
    index_results_url_name = "policy_pages_dossiers_results"
    is_searchable = True
    search_backend_name = None
    filterset_class = DossierFilterSet
    verbose_name_plural = gettext_lazy("卷宗")
    columns = [
        DossierColumn("title", label=gettext_lazy("标题"), url_name="policy_pages_dossier", sort_key="draft_title"),
        Column("type", label=gettext_lazy("类型"), accessor="kind"),
        Column("unit", label=gettext_lazy("单位"), accessor="unit"),
        Column("state", label=gettext_lazy("状态"), accessor=lambda row: PageState(row.state).label),
        Column(
            "edited",
            label=gettext_lazy("最后修改"),
            accessor=lambda row: last_edit(row),
            sort_key="latest_revision_id",
        ),
        Column("due", label=gettext_lazy("发布期限"), accessor=lambda row: row.due or "—"),
    ]

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse who reads no draft at all."""
        if not request.user.visible_departments().exists():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_base_queryset(self) -> PageQuerySet:
        """The person's pages and nothing joined to them: the database sorts all of them to show fifty."""
        return readable_pages(self.request.user)

    def paginate_queryset(self, queryset: PageQuerySet, page_size: int) -> tuple[Any, Any, list[Any], bool]:
        """Fetch the rows of one page with everything that the columns show."""
        paginator, shown, pages, is_long = super().paginate_queryset(queryset, page_size)
        shown.object_list = described(list(pages.values_list("pk", flat=True)))
        return paginator, shown, shown.object_list, is_long

    def search_queryset(self, queryset: PageQuerySet) -> PageQuerySet:
        """Title or 文号 contains what was typed, in the public text or in the latest draft."""
        asked = self.search_query
        if not asked:
            return queryset
        numbered = PolicyDocumentPage.objects.filter(doc_number__icontains=asked).order_by().values("pk")
        found = Q(title__icontains=asked) | Q(draft_title__icontains=asked) | Q(pk__in=numbered)
        if any(sign in asked for sign in NUMBER_SIGNS):  # a 文号 typed into a draft stands in its text only
            found |= Q(has_unpublished_changes=True, latest_revision__content__doc_number__icontains=asked)
        return queryset.filter(found)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Just the list."""
        return [{"url": reverse("wagtailadmin_home"), "label": self.page_title}]


def described(pks: list[int]) -> list[Any]:
    """These pages in this order, each with `state`, `unit`, `kind` and `due` (words). Four queries, or none."""
    if not pks:
        return []
    pages = with_state(Page.objects.filter(pk__in=pks))
    pages = pages.annotate(change_id=KeyTextTransform("change", "latest_revision__content"))
    rows = pages.select_related("latest_revision__user").defer("latest_revision__content").in_bulk()
    units = dict(Department.objects.values_list("pk", "short_name"))
    asked = {change_of(row) for row in rows.values()} - {None}
    changes = ChangeRecord.objects.open().filter(pk__in=asked).select_related("clock__rule").in_bulk()
    today, calendar = timezone.localdate(), current_calendar()
    for row in rows.values():
        row.unit = units.get(row.department_id, "—")
        row.kind = row.page_type_display_name
        change = changes.get(change_of(row) or 0)
        row.due = verdict_words(change.clock.verdict(today, calendar)) if change else ""
    return [rows[pk] for pk in pks]


def last_edit(row: Any) -> str:
    """Who saved the latest text, and when."""
    revision = row.latest_revision
    if revision is None:
        return "—"
    who = revision.user.get_full_name() if revision.user else "—"
    return f"{who} {timezone.localtime(revision.created_at):%Y-%m-%d %H:%M}"
