"""URLs of the whole site."""

from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from accounts.views.account import own_account
from cms.views import healthz, readyz
from policy_pages import admin_views
from policy_pages.urls import urlpatterns as policy_urls

#: Stock addresses whose views know no department or no frozen file. Before Wagtail's own: its hook appends at the end.
replaced_admin_urls = [
    re_path(r"^admin/reports/page-types-usage/", admin_views.refuse),
    path("admin/failwhale/", admin_views.refuse),  # stock's test of the error page: a 500 for whoever asks
    path("admin/pages/<int:page_to_move_id>/move/<int:destination_id>/confirm/", admin_views.refuse),  # asks no right
    path("admin/choose-external-link/", admin_views.external_link),  # a form without its address was a 500
    path("admin/documents/delete/<int:document_id>/", admin_views.delete_file),
    path("admin/account/", own_account),
]

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    *replaced_admin_urls,
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    *policy_urls,
    # One door: the login that Wagtail keeps for its public pages leads to it.
    path("_util/login/", RedirectView.as_view(pattern_name="wagtailadmin_login", query_string=True)),
    path("", include(wagtail_urls)),
]
