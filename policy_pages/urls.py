"""Public addresses beside the page tree."""

from django.urls import path

from policy_pages import views
from policy_pages.guides import views as guides

urlpatterns = [
    path("search/", views.search, name="search"),
    path("timeliness/", views.timeliness, name="timeliness"),
    path("timeliness/data.<slug:kind>", views.timeliness_data, name="timeliness_data"),
    path("timeliness/reports/<slug:code>/", views.frozen_report, name="frozen_report"),
    path("timeliness/reports/<slug:code>/data.json", views.frozen_report_data, name="frozen_report_data"),
    path("calendar/", guides.calendar, name="calendar"),
    path("calendar/<slug:month>/", guides.calendar, name="calendar_month"),
    path("calendar/feed.ics", guides.calendar_feed, name="calendar_feed"),
    path("policies/<slug:department>/<slug:slug>/", views.policy_page, name="policy_page"),
    path("policies/<slug:department>/<slug:slug>/window.ics", guides.guide_window, name="guide_window"),
    path("policies/<slug:department>/<slug:slug>/print/", guides.guide_print, name="guide_print"),
    path("policies/<slug:department>/<slug:slug>/check/", guides.guide_check, name="guide_check"),
]
