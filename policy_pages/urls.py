"""Public addresses beside the page tree."""

from django.urls import path

from policy_pages import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("timeliness/", views.timeliness, name="timeliness"),
    path("timeliness/data.<slug:kind>", views.timeliness_data, name="timeliness_data"),
    path("timeliness/reports/<slug:code>/", views.frozen_report, name="frozen_report"),
    path("timeliness/reports/<slug:code>/data.json", views.frozen_report_data, name="frozen_report_data"),
    # Any text: what is no page is answered as a page is, not searched for in the tree.
    path("visits/<str:page_id>.gif", views.visit_image, name="visit_image"),
    path("visits/<str:page_id>/", views.visit, name="visit"),
    path("policies/<slug:department>/<slug:slug>/", views.policy_page, name="policy_page"),
]
