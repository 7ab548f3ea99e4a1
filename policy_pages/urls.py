"""Public addresses beside the page tree."""

from django.urls import path

from policy_pages import views
from policy_pages.feedback import views as feedback

urlpatterns = [
    path("search/", views.search, name="search"),
    path("timeliness/", views.timeliness, name="timeliness"),
    path("timeliness/data.<slug:kind>", views.timeliness_data, name="timeliness_data"),
    path("timeliness/reports/<slug:code>/", views.frozen_report, name="frozen_report"),
    path("timeliness/reports/<slug:code>/data.json", views.frozen_report_data, name="frozen_report_data"),
    path("corrections/", feedback.corrections, name="corrections"),
    path("corrections/new/", feedback.correction_new, name="correction_new"),
    path("corrections/<slug:receipt>/", feedback.correction, name="correction"),
    path("policies/<slug:department>/<slug:slug>/", views.policy_page, name="policy_page"),
]
