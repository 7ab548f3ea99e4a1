"""Public addresses beside the page tree."""

from django.urls import path, register_converter

from policy_pages import views
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
    path("timeliness/", views.timeliness, name="timeliness"),
    path("timeliness/data.<slug:kind>", views.timeliness_data, name="timeliness_data"),
    path("timeliness/reports/<slug:code>/", views.frozen_report, name="frozen_report"),
    path("timeliness/reports/<slug:code>/data.json", views.frozen_report_data, name="frozen_report_data"),
    path("policies/<slug:department>/<slug:slug>/", views.policy_page, name="policy_page"),
    path("policies/<slug:department>/<slug:slug>/versions/", versions.versions, name="policy_versions"),
    path("policies/<slug:department>/<slug:slug>/versions/<number:number>/", versions.version, name="policy_version"),
    path(
        "policies/<slug:department>/<slug:slug>/versions/<number:old>..<number:new>/",
        versions.comparison,
        name="policy_comparison",
    ),
]
