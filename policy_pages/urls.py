"""Public addresses beside the page tree."""

from django.urls import path

from policy_pages import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("guides/", views.guides, name="guides"),
    path("timeliness/", views.timeliness, name="timeliness"),
    path("timeliness/data.<slug:kind>", views.timeliness_data, name="timeliness_data"),
    path("timeliness/reports/<slug:code>/", views.frozen_report, name="frozen_report"),
    path("timeliness/reports/<slug:code>/data.json", views.frozen_report_data, name="frozen_report_data"),
    path("policies/<slug:department>/<slug:slug>/", views.policy_page, name="policy_page"),
]
