"""What a visitor chose of a list, through its address: the filters of each list, and the address of every choice."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Self

from django.utils.translation import gettext_lazy

from policy_pages.addresses import rules
from policy_pages.enums import OPEN_STATUSES, VocabularyCode, WindowStatus
from policy_pages.views.rows import DOCUMENT, GUIDE, INTERPRETATION

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

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
#: Word in the address → the bureau's list of terms.
TERMS = {
    "term": VocabularyCode.THEME,
    "industry": VocabularyCode.INDUSTRY,
    "scale": VocabularyCode.SIZE,  # `size` is that of the letters
    "stage": VocabularyCode.LIFE_CYCLE,
    "qualification": VocabularyCode.QUALIFICATION,
    "region": VocabularyCode.REGION,
}
#: Word in the address → an amount in yuan above which and up to which; None for no bound.
AMOUNTS: dict[str, tuple[int | None, int | None]] = {
    "to-10": (None, 100_000),
    "10-50": (100_000, 500_000),
    "50-100": (500_000, 1_000_000),
    "100-500": (1_000_000, 5_000_000),
    "over-500": (5_000_000, None),
}
AMOUNT_LABELS: dict[str, _StrPromise] = {
    "to-10": gettext_lazy("10 万元以内"),
    "10-50": gettext_lazy("10 万至 50 万元"),
    "50-100": gettext_lazy("50 万至 100 万元"),
    "100-500": gettext_lazy("100 万至 500 万元"),
    "over-500": gettext_lazy("500 万元以上"),
}
#: What only a guide has.
OF_GUIDES = ("window", "route", "amount")
#: Filters that few visitors want, and the number of options beyond which a filter fills the window.
FOLDED, LONGEST = ("industry", "scale", "stage", "qualification", "region"), 12
#: Orders of a list; which one it has without a word, `Shelf.usual_order` says.
RELEVANCE, CLOSING, NEWEST, AMOUNT = "relevance", "closing", "newest", "amount"


def amount_word(amount: float | None) -> str:
    """The range an amount in yuan falls into; empty for none."""
    if amount is None:
        return ""
    return next(word for word, (_above, to) in AMOUNTS.items() if to is None or amount <= to)


@dataclass(frozen=True)
class Choice:
    """What a visitor chose; an empty word chooses nothing. Names and order are those of the address."""

    type: str = ""
    window: str = ""
    route: str = ""
    category: str = ""
    department: str = ""
    term: str = ""
    industry: str = ""
    scale: str = ""
    stage: str = ""
    qualification: str = ""
    region: str = ""
    year: str = ""
    amount: str = ""
    q: str = ""
    sort: str = ""

    def settled(self) -> Self:
        """The same in one sense: a window, a route and an amount are a guide's."""
        if not (self.window or self.route or self.amount):
            return self
        if self.type:
            return self if self.type == "guide" else replace(self, **dict.fromkeys(OF_GUIDES, ""))
        return replace(self, type="guide")

    @property
    def unasked(self) -> tuple[str, ...]:
        """The filters that a form sent as a whole must not ask for beside this choice.

        A form sends what it does not change too: a document's type beside a window would take the window away, all types
        beside a window would come back as guides. The number beside such an option could not be kept.
        """
        if self.type and self.type != "guide":
            return OF_GUIDES
        return ("type",) if self.window or self.route or self.amount else ()

    def changed(self, name: str, word: str) -> Self:
        """This choice with one word changed; who chooses what only guides have chooses guides, who leaves guides leaves that."""
        changes = {name: word}
        if word and name in OF_GUIDES:
            changes["type"] = "guide"
        elif name == "type" and word != "guide":
            changes |= dict.fromkeys(OF_GUIDES, "")
        # As `replace` of the standard library, which asks for each field's properties every time.
        return type(self)(**{**vars(self), **changes}).settled()


#: Names of what an address can say, in its order.
NAMES = tuple(field.name for field in fields(Choice))


@dataclass(frozen=True)
class Shelf:
    """A list with an address: which filters it knows; one whose pages are all of a type does not say the type."""

    path: str
    filters: tuple[str, ...]
    type: str = ""
    department: Department | None = None

    def words(self, choice: Choice) -> dict[str, str]:
        """What the address says of a choice, in its order; nothing of the order that the list has anyway."""
        said = {name: word for name, word in vars(choice).items() if word and name in self.filters}
        if "sort" in said and self.order(choice) == self.usual_order(choice):
            del said["sort"]
        return said

    def usual_order(self, choice: Choice) -> str:
        """The order of a list when none was chosen: what was searched for, else what closes first of guides, else the newest."""
        if choice.q:
            return RELEVANCE
        return CLOSING if self.type == "guide" or choice.window else NEWEST

    def orders(self, choice: Choice) -> list[str]:
        """The orders that a choice can have, the usual one first."""
        has_guides = (self.type or choice.type) in ("", "guide")
        known = [RELEVANCE] if choice.q else []
        known += [CLOSING, NEWEST, AMOUNT] if has_guides else [NEWEST]
        return sorted(known, key=lambda order: order != self.usual_order(choice))

    def order(self, choice: Choice) -> str:
        """The order of a choice: as chosen, if it can have that."""
        return choice.sort if choice.sort in self.orders(choice) else self.usual_order(choice)

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


#: Every filter that there is, for the open data, whose address is not the list's.
EVERYTHING = Shelf("", ("type", "window", "route", "category", "department", *TERMS, "year", "amount", "q"))
LIBRARY = Shelf("/policies/", (*EVERYTHING.filters, "sort"))
GUIDES = Shelf("/guides/", LIBRARY.filters[1:], type="guide")


def section(department: Department) -> Shelf:
    """The list of one unit."""
    filters = tuple(name for name in LIBRARY.filters if name != "department")
    return Shelf(f"/policies/{department.code}/", filters, department=department)


@dataclass(frozen=True)
class Option:
    """One value of a filter: its word in the address, its label, the address that chooses it, and how many pages that shows.

    `is_combined` says that the address narrows by more than one thing: too many for whoever follows all links. `total` is
    None where nobody counted.
    """

    value: str
    label: str
    address: str
    is_chosen: bool
    is_combined: bool
    total: int | None = None

    @property
    def is_dead_end(self) -> bool:
        """Whether choosing it would show nothing."""
        return self.total == 0 and not self.is_chosen


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
    def is_folded(self) -> bool:
        """Whether its heading alone stands there until it is opened: what few ask for, and what is long, unless chosen."""
        return self.chosen is None and (self.name in FOLDED or len(self.options) > LONGEST)

    @property
    def undone(self) -> str:
        """The address without this filter."""
        return self.options[0].address


def options(shelf: Shelf, choice: Choice, name: str, words: dict[str, str]) -> tuple[Option, ...]:
    """Every value of a filter, with the address that chooses it beside what is chosen already."""
    return tuple(
        option(shelf, choice.changed(name, word), word, label, is_chosen=getattr(choice, name) == word)
        for word, label in words.items()
    )


def option(shelf: Shelf, then: Choice, word: str, label: str, *, is_chosen: bool, total: int | None = None) -> Option:
    """One value of a filter; `then` is the choice that following it makes."""
    keeper = shelf.keeper(then)
    words = keeper.words(then)
    return Option(word, label, rules.address(keeper.path, words), is_chosen, len(words) > 1, total)
