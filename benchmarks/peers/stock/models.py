"""Pages of the peer: the fields of our document, its text as blocks, and a list with counts by GROUP BY."""

import datetime

from django.core.paginator import Paginator
from django.db import models
from django.db.models import Case, Count, F, Q, Value, When
from django.utils import timezone
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page
from wagtail.search import index

from benchmarks.texts import VOCABULARIES

PAGE_SIZE = 20


class Department(models.Model):
    """Who issued it."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)

    def __str__(self):
        return self.name


class Category(models.Model):
    """Of which kind of support it is."""

    name = models.CharField(max_length=60)

    def __str__(self):
        return self.name


class Term(models.Model):
    """A word of one of the lists that say what a policy is about and for whom."""

    vocabulary = models.CharField(max_length=20)
    name = models.CharField(max_length=60)

    def __str__(self):
        return self.name


class ChapterBlock(blocks.StructBlock):
    """A heading."""

    number = blocks.CharBlock(required=False)
    title = blocks.CharBlock()

    class Meta:
        template = "stock/chapter.html"


class ArticleBlock(blocks.StructBlock):
    """A number and its paragraphs."""

    number = blocks.CharBlock()
    text = blocks.RichTextBlock()

    class Meta:
        template = "stock/article.html"


class PolicyPage(Page):
    """A policy with fourteen fields of metadata."""

    kind = models.CharField(max_length=20)
    summary = models.CharField(max_length=300, blank=True)
    doc_number = models.CharField(max_length=120, blank=True)
    index_number = models.CharField(max_length=60, blank=True)
    issuing_body = models.CharField(max_length=200, blank=True)
    written_on = models.DateField(null=True, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    effective_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    subject_category = models.CharField(max_length=100, blank=True)
    genre = models.CharField(max_length=20, blank=True)
    document_status = models.CharField(max_length=20, default="in_force")
    source_name = models.CharField(max_length=200, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    editor_in_charge = models.CharField(max_length=60, blank=True)
    window_start = models.DateField(null=True, blank=True)
    window_end = models.DateField(null=True, blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    category = models.ForeignKey(Category, on_delete=models.PROTECT)
    terms = ParentalManyToManyField(Term, blank=True)
    application_route = models.CharField(max_length=20, blank=True)
    amount_max = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    body = StreamField([("chapter", ChapterBlock()), ("article", ArticleBlock())], blank=True)

    template = "stock/policy.html"
    content_panels = [
        *Page.content_panels,
        *(FieldPanel(name) for name in ("summary", "doc_number", "department", "category", "body")),
        InlinePanel("related_pages"),
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("doc_number"),
        index.SearchField("issuing_body"),
        index.SearchField("body"),
        index.FilterField("department"),
    ]

    def get_context(self, request, *args, **kwargs):
        """Add the related pages."""
        related = [row.page for row in self.related_pages.select_related("page")]
        return {**super().get_context(request, *args, **kwargs), "related": [page for page in related if page.live]}


class RelatedPage(Orderable):
    """A page that belongs to another."""

    source = ParentalKey(PolicyPage, on_delete=models.CASCADE, related_name="related_pages")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")


class PolicyIndexPage(Page):
    """The list, with the number of pages behind every choice."""

    template = "stock/index.html"

    def get_context(self, request, *args, **kwargs):
        """Filter, count, page."""
        pages = described(PolicyPage.objects.live().public().descendant_of(self), timezone.localdate())
        chosen = {name: request.GET[name] for name in FACETS if request.GET.get(name)}
        facets = [(name, counts(narrowed(pages, chosen, but=name), name)) for name in FACETS]
        shown = narrowed(pages, chosen).select_related("department").defer("body")
        page_obj = Paginator(shown.order_by("-first_published_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
        return {**super().get_context(request, *args, **kwargs), "page_obj": page_obj, "facets": facets}


#: Word in the address → the field that is grouped by, and the list whose terms those are.
FACETS = {
    "type": ("kind", ""),
    "window": ("window", ""),
    "route": ("application_route", ""),
    "amount": ("amount", ""),
    "category": ("category__name", ""),
    "department": ("department__name", ""),
    "year": ("written_on__year", ""),
    **{name: ("terms__name", name) for name in VOCABULARIES},
}


def narrowed(pages, chosen, but=""):
    """Those of the pages that the choices leave, all of them but one."""
    for name, value in chosen.items():
        if name != but:
            field, vocabulary = FACETS[name]
            pages = pages.filter(**{field: value}, **({"terms__vocabulary": vocabulary} if vocabulary else {}))
    return pages


def counts(pages, name):
    """The values of a filter with the number of pages of each, the most frequent first."""
    field, vocabulary = FACETS[name]
    if vocabulary:
        pages = pages.filter(terms__vocabulary=vocabulary)
    return list(pages.order_by().values(value=F(field)).annotate(number=Count("pk")).order_by("-number"))


def described(pages, today):
    """Annotate `window`, whether one can apply today, and `amount`, its step."""
    steps = [When(amount_max__lte=limit, then=Value(str(limit))) for limit in (100_000, 500_000, 1_000_000, 5_000_000)]
    return pages.annotate(
        window=Case(
            When(window_start=None, then=Value("")),
            When(window_end__lt=today, then=Value("closed")),
            When(window_start__gt=today, then=Value("upcoming")),
            When(Q(window_end__lt=today + datetime.timedelta(days=7)), then=Value("closing")),
            default=Value("open"),
        ),
        amount=Case(When(amount_max=None, then=Value("")), *steps, default=Value("more")),
    )
