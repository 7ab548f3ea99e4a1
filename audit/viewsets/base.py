"""A viewset that has no address it does not name."""

from typing import Any

from django.urls import URLPattern
from wagtail.admin.viewsets.model import ModelViewSet


class NarrowViewSet(ModelViewSet):
    """A viewset with only the views it names; stock's others have no address, and its views are told of none.

    Stock links a view's buttons by name whether the address exists or not, which is an error page for whoever holds
    the right, a superuser first of all.
    """

    #: Names of stock's views to keep.
    views: tuple[str, ...] = ("index", "index_results")
    add_to_reference_index = False
    copy_view_enabled = False
    #: Stock asks for it even where nothing is added or edited by its own form.
    form_fields: tuple[str, ...] = ()

    def get_urlpatterns(self) -> list[URLPattern]:
        """Return the addresses of the named views."""
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in self.views]

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Name no view that has no address."""
        optional = ("add", "edit", "delete", "copy", "inspect", "history", "usage")
        absent = {f"{name}_url_name": None for name in optional if name not in self.views}
        return {**super().get_common_view_kwargs(**kwargs), **absent}

    def register_admin_url_finder(self) -> None:
        """Offer a row's edit page to other screens only where there is one."""
        if "edit" in self.views:
            super().register_admin_url_finder()
