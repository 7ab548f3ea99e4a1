"""Public addresses beside the page tree."""

from django.urls import path

from policy_pages import views

urlpatterns = [
    path("search/", views.search, name="search"),
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
    path("policies/<slug:department>/<slug:slug>/", views.policy_page, name="policy_page"),
]
