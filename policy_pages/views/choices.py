"""What a visitor chose of a list, through its address: the filters of each list, and the address of every choice."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self

from policy_pages.addresses import rules
from policy_pages.enums import OPEN_STATUSES, WindowStatus
from policy_pages.views.rows import DOCUMENT, GUIDE, INTERPRETATION

if TYPE_CHECKING:
    from accounts.models import Department

#: Word in the address → type of page.
TYPES = {"document": DOCUMENT, "guide": GUIDE, "interpretation": INTERPRETATION}
#: Word in the address → what a visitor means by it.
WINDOWS: dict[str, frozenset[WindowStatus]] = {
    "open": OPEN_STATUSES,
    "closing": frozenset({WindowStatus.CLOSING}),
    "upcoming": frozenset({WindowStatus.UPCOMING}),
    "pending": frozenset({WindowStatus.PENDING}),
    "year_round": frozenset({WindowStatus.YEAR_ROUND}),
    "closed": frozenset({WindowStatus.CLOSED}),
}


@dataclass(frozen=True)
class Choice:
    """What a visitor chose; an empty word chooses nothing. Names and order are those of the address."""

    type: str = ""
    window: str = ""
    route: str = ""
    category: str = ""
    department: str = ""
    term: str = ""
    sort: str = ""

    def settled(self) -> Self:
        """The same in one sense: a window, a route and an order of closing are a guide's."""
        if self.type in ("", "guide"):
            return replace(self, type="guide") if self.window or self.route else self
        return replace(self, window="", route="")

    def changed(self, **changes: str) -> Self:
        """This choice with changes; who chooses a window or a route chooses guides, who leaves guides leaves both."""
        if changes.get("window") or changes.get("route"):
            changes["type"] = "guide"
        elif "type" in changes and changes["type"] != "guide":
            changes |= {"window": "", "route": ""}
        return replace(self, **changes).settled()


@dataclass(frozen=True)
class Shelf:
    """A list with an address: which filters it knows; one whose pages are all of a type does not say the type."""

    path: str
    filters: tuple[str, ...]
    type: str = ""
    department: Department | None = None

    def words(self, choice: Choice) -> dict[str, str]:
        """What the address says of a choice, in its order."""
        names = [field.name for field in fields(choice) if field.name in self.filters]
        return {name: value for name in names if (value := getattr(choice, name))}

    def keeper(self, choice: Choice) -> Shelf:
        """The list whose address such a choice has: guides of all units have their own, whatever list they were chosen in."""
        return GUIDES if self is LIBRARY and choice.type == "guide" else self

    def address(self, choice: Choice) -> str:
        """The one address of a choice made in this list."""
        keeper = self.keeper(choice)
        return rules.address(keeper.path, keeper.words(choice))

    def whole(self, choice: Choice) -> Choice:
        """A choice made in this list with what the list itself says: its type, its unit."""
        department = self.department.code if self.department else choice.department
        return replace(choice, type=self.type or choice.type, department=department)

    def query(self, choice: Choice) -> str:
        """The query string of a choice as this list's parameters say it; empty for none."""
        return rules.address("", self.words(choice))

    def is_combined(self, choice: Choice) -> bool:
        """Whether it narrows by more than one thing: too many addresses for whoever follows all links."""
        return len(self.keeper(choice).words(choice)) > 1


#: Every filter that there is, for the open data, whose address is not the list's.
EVERYTHING = Shelf("", ("type", "window", "route", "category", "department", "term"))
LIBRARY = Shelf("/policies/", ("type", "window", "category", "department", "term"))
GUIDES = Shelf("/guides/", ("window", "route", "category", "department", "term", "sort"), type="guide")


def section(department: Department) -> Shelf:
    """The list of one unit."""
    return Shelf(f"/policies/{department.code}/", ("type", "window", "category"), department=department)


@dataclass(frozen=True)
class Option:
    """One value of a filter: its word in the address, its label, and the address that chooses it."""

    value: str
    label: str
    address: str
    is_chosen: bool
    is_combined: bool


@dataclass(frozen=True)
class Facet:
    """One filter: all its options, the first of them 全部; `undone` is the address without it."""

    name: str
    label: str
    options: tuple[Option, ...]

    @property
    def chosen(self) -> Option | None:
        """The chosen option, unless it is 全部."""
        return next((option for option in self.options if option.is_chosen and option.value), None)

    @property
    def undone(self) -> str:
        """The address without this filter."""
        return self.options[0].address


def options(shelf: Shelf, choice: Choice, name: str, words: dict[str, str]) -> tuple[Option, ...]:
    """Every value of a filter, with the address that chooses it beside what is chosen already."""
    return tuple(_option(shelf, choice, name, value, label) for value, label in words.items())


def _option(shelf: Shelf, choice: Choice, name: str, value: str, label: Any) -> Option:
    then = choice.changed(**{name: value})
    return Option(value, label, shelf.address(then), getattr(choice, name) == value, shelf.is_combined(then))
