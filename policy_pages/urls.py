"""Public addresses beside the page tree."""

from django.urls import path, register_converter

from policy_pages import views
from policy_pages.feedback import views as feedback
from policy_pages.guides import views as guides
from policy_pages.open_data import views as open_data
from policy_pages.versions import views as versions


class NumberConverter:
    """A number of a version, written in one way only: no zero before it, and none that is no version anyway."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        """As a number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """As it stands in the address."""
        return str(value)


register_converter(NumberConverter, "number")

urlpatterns = [
    path("search/", views.search, name="search"),
    path("search/suggest.json", views.suggest, name="search_suggest"),
    path("departments/", views.departments, name="departments"),
    path("departments/<slug:code>/", views.department, name="department"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("guides/", views.guides, name="guides"),
    path("robots.txt", views.robots, name="robots"),
    path("site-map/", views.site_map, name="site_map"),
    path("sitemap.xml", views.sitemap, name="sitemap"),
    path("sitemap-<int:part>.xml", views.sitemap_part, name="sitemap_part"),
    path("timeliness/", views.timeliness, name="timeliness"),
    path("timeliness/data.<slug:kind>", views.timeliness_data, name="timeliness_data"),
    path("timeliness/reports/<slug:code>/", views.frozen_report, name="frozen_report"),
    path("timeliness/reports/<slug:code>/data.json", views.frozen_report_data, name="frozen_report_data"),
    # Any text: what is no page is answered as a page is, not searched for in the tree.
    path("visits/<str:page_id>.gif", views.visit_image, name="visit_image"),
    path("visits/<str:page_id>/", views.visit, name="visit"),
    path("open-data/", open_data.open_data, name="open_data"),
    path("open-data/search.json", open_data.open_data_search, name="open_data_search"),
    path("open-data/openapi.json", open_data.open_data_description, name="open_data_description"),
    path("open-data/schema/<slug:name>.json", open_data.open_data_schema, name="open_data_schema"),
    path("open-data/policies/<slug:department>/<slug:slug>.json", open_data.open_data_item, name="open_data_item"),
    path("open-data/<slug:name>.<slug:form>", open_data.open_data_set, name="open_data_set"),
    path("feed.atom", open_data.feed, name="feed"),
    path("departments/<slug:code>/feed.atom", open_data.department_feed, name="department_feed"),
    path("categories/<slug:code>/feed.atom", open_data.category_feed, name="category_feed"),
    path("corrections/", feedback.corrections, name="corrections"),
    path("corrections/new/", feedback.correction_new, name="correction_new"),
    path("corrections/<slug:receipt>/", feedback.correction, name="correction"),
    path("calendar/", guides.calendar, name="calendar"),
    path("calendar/<slug:month>/", guides.calendar, name="calendar_month"),
    path("calendar/feed.ics", guides.calendar_feed, name="calendar_feed"),
    path("policies/", views.shelf_page, name="library"),
    path("policies/<slug:department>/", views.shelf_page, name="section"),
    path("policies/<slug:department>/<slug:slug>/", views.policy_page, name="policy_page"),
    path("policies/<slug:department>/<slug:slug>/window.ics", guides.guide_window, name="guide_window"),
    path("policies/<slug:department>/<slug:slug>/print/", guides.guide_print, name="guide_print"),
    path("policies/<slug:department>/<slug:slug>/check/", guides.guide_check, name="guide_check"),
    path("policies/<slug:department>/<slug:slug>/versions/", versions.versions, name="policy_versions"),
    path("policies/<slug:department>/<slug:slug>/versions/<number:number>/", versions.version, name="policy_version"),
    path(
        "policies/<slug:department>/<slug:slug>/versions/<number:old>..<number:new>/",
        versions.comparison,
        name="policy_comparison",
    ),
]
