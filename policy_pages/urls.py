"""Public addresses beside the page tree."""

from django.urls import path

from policy_pages import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("policies/<slug:department>/<slug:slug>/", views.policy_page, name="policy_page"),
]
