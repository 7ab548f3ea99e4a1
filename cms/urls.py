"""URLs of the whole site."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from cms.views import healthz, readyz
from policy_pages.urls import urlpatterns as policy_urls

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    *policy_urls,
    path("", include(wagtail_urls)),
]
