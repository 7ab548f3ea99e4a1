"""Every address the resolver knows, and every action behind the addresses that take one by name.

`python -m tests.matrix.inventory` writes `url_inventory.txt` anew; a change of that file is reviewed like a migration.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.urls import URLResolver, get_resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).with_name("url_inventory.txt")
#: Addresses that take an action by name are one door for each action.
BULK, API_ACTION = "wagtail_bulk_action", "wagtailadmin_api:pages:action"


class Address(NamedTuple):
    """One pattern: `route` as the resolver joins it, `name` with its namespaces ("" for none), the view's dotted name."""

    route: str
    name: str
    view: str

    @property
    def key(self) -> str:
        """What `decisions.py` calls it: its name, or its route when it has none."""
        return self.name or self.route

    def parameters(self) -> list[str]:
        """Names of its parameters in order; a group of a regular expression goes by its place, `1`, `2`."""
        named = re.findall(r"<(?:\w+:)?(\w+)>", self.route)
        return named or [str(place) for place, _group in enumerate(GROUP.findall(self.route), start=1)]


#: A capturing group of a regular-expression route; the catch-all of Wagtail's pages has one inside.
GROUP = re.compile(r"\((?!\?)(?:[^()]|\(\?[^()]*\))*\)")


def walk(patterns: list, route: str = "", spaces: tuple[str, ...] = ()) -> Iterator[Address]:
    """Every pattern below, in the order in which they are tried."""
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from walk(pattern.url_patterns, here, inner)
        else:
            name = ":".join([*spaces, pattern.name]) if pattern.name else ""
            yield Address(here, name, view_name(pattern.callback))


def view_name(view: object) -> str:
    """Module and name of the class or function, without what decorators wrapped around it."""
    view = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    while hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    return f"{view.__module__}.{getattr(view, '__qualname__', type(view).__name__)}"


def addresses() -> list[Address]:
    """Every address, in the resolver's order."""
    return list(walk(get_resolver().url_patterns))


def bulk_actions() -> list[str]:
    """`app.model.action` of every registered bulk action."""
    from wagtail.admin.views.bulk_action.registry import bulk_action_registry as registry

    registry._scan_for_bulk_actions()
    return sorted(
        f"{app}.{model}.{action}"
        for app, models in registry.actions.items()
        for model, actions in models.items()
        for action in actions
    )


def api_actions() -> list[str]:
    """Every action of the admin's page API."""
    from wagtail.admin.api.views import PagesAdminAPIViewSet

    return sorted(PagesAdminAPIViewSet.actions)


def page_types() -> list[str]:
    """`app.model` of every page type."""
    from wagtail.models import get_page_models

    return sorted(model._meta.label_lower for model in get_page_models())


def lines() -> list[str]:
    """The inventory as text, one line a door."""
    found = [f"{address.route or '(root)'} | {address.name or '-'} | {address.view}" for address in addresses()]
    found += [f"bulk action | {BULK}[{action}]" for action in bulk_actions()]
    found += [f"page API action | {API_ACTION}[{action}]" for action in api_actions()]
    return found + [f"page type | {name}" for name in page_types()]


def main() -> None:
    """Write the file."""
    os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.test")
    import django

    django.setup()
    FILE.write_text("\n".join(lines()) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {len(addresses())} addresses")


if __name__ == "__main__":
    main()
