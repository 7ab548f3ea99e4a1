"""The filters of a list: which values each offers, and how many pages each value would leave."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from policy_pages.enums import ApplicationRoute, VocabularyCode
from policy_pages.models import Term
from policy_pages.services.prepared import Prepared
from policy_pages.views.choices import AMOUNT_LABELS, RELEVANCE, TERMS, TYPES, WINDOWS, Choice, Option, Shelf, option
from policy_pages.views.counting import Columns, columns
from policy_pages.views.units import units_with_section

if TYPE_CHECKING:
    import datetime
    from collections.abc import Hashable, Iterator, Sequence

    from django.db.models import QuerySet


class Offer(NamedTuple):
    """One value of a filter: how the columns call it, and its label."""

    key: Hashable
    label: str


#: Name of a filter → word in the address → what it stands for.
Offers = dict[str, dict[str, Offer]]


def headings() -> dict[str, str]:
    """The filters that are offered for choosing, in the order of the page, with their headings."""
    return {
        "type": _("类型"),
        "window": _("申报状态"),
        "route": _("申报方式"),
        "amount": _("最高金额"),
        "term": _("主题"),
        "category": _("清单类别"),
        "department": _("单位"),
        "industry": _("行业"),
        "scale": _("企业规模"),
        "stage": _("企业生命周期"),
        "qualification": _("企业资质"),
        "region": _("适用区域"),
        "year": _("年份"),
    }


def filter_labels(shelf: Shelf) -> dict[str, dict[str, str]]:
    """The words of each filter of a list with their labels; terms and units only where they hold something. Three queries."""
    offers = offered(shelf, columns())
    return {name: {word: offer.label for word, offer in words.items()} for name, words in offers.items()}


def offered(shelf: Shelf, table: Columns) -> Offers:
    """The values of each filter of a list but of words and order, in their order. Two queries: units and terms."""
    fixed = {
        "type": {"document": _("政策文件"), "guide": _("申报指南"), "interpretation": _("政策解读")},
        "window": {
            "open": _("正在申报"),
            "closing": _("即将截止"),
            "upcoming": _("即将开放"),
            "pending": _("期限待定"),
            "year_round": _("常年可报"),
            "closed": _("已截止"),
        },
        "route": {value: str(label) for value, label in ApplicationRoute.choices},
        "amount": {word: str(label) for word, label in AMOUNT_LABELS.items()},
    }
    offers: Offers = {
        name: {word: Offer(word, label) for word, label in words.items()} for name, words in fixed.items()
    }
    years = sorted(table.values("year"), reverse=True)
    offers["year"] = {str(year): Offer(year, _("%(year)d 年") % {"year": year}) for year in years}
    if "department" in shelf.filters:
        holding = set(table.values("department"))
        offers["department"] = {
            code: Offer(pk, name) for pk, code, name, is_active in _UNITS.rows() if is_active or pk in holding
        }
    offers |= _terms(table)
    return {name: offers[name] for name in shelf.filters if name in offers}


def _terms(table: Columns) -> Offers:
    """Terms in use that hold something; of the categories also empty ones in use and retired ones that hold something."""
    names: dict[str, str] = {vocabulary: name for name, vocabulary in TERMS.items()}
    offers: Offers = {"category": {}, **{name: {} for name in TERMS}}
    held, categories = set(table.values("term")), set(table.values("category"))
    for vocabulary, pk, code, name, is_active in _OF_LISTS.rows():
        if vocabulary == VocabularyCode.CATEGORY:
            if is_active or pk in categories:
                offers["category"][code] = Offer(pk, name)
        elif is_active and pk in held:
            offers[names[vocabulary]][code] = Offer(pk, name)
    return offers


def _units() -> QuerySet:
    return units_with_section().values_list("pk", "code", "short_name", "is_active")


def _of_lists() -> QuerySet:
    found = Term.objects.filter(vocabulary__in=[VocabularyCode.CATEGORY, *TERMS.values()])
    return found.values_list("vocabulary", "pk", "code", "name", "is_active")


_UNITS, _OF_LISTS = Prepared(_units), Prepared(_of_lists)


class Counter:
    """How many pages a choice leaves in a list on a day; `found` are those that a search found, best first, None for no search."""

    def __init__(
        self, table: Columns, shelf: Shelf, offers: Offers, today: datetime.date, found: Sequence[int] | None
    ) -> None:
        self.table, self.shelf, self.offers, self.today, self.found = table, shelf, offers, today, found
        self._ground = table.everything if found is None else table.of_pages(found)
        if shelf.department:
            self._ground &= table.having("department", shelf.department.pk)

    def total(self, choice: Choice) -> int:
        """How many pages a choice leaves."""
        return self._bits(choice).bit_count()

    def pks(self, choice: Choice, order: str) -> list[int]:
        """The numbers of the pages that a choice leaves, in an order."""
        bits = self._bits(choice)
        if order != RELEVANCE or self.found is None:
            return self.table.ordered(bits, order, self.today)
        return self.table.chosen(self.found, bits)

    def options(self, choice: Choice, name: str) -> Iterator[Option]:
        """The options of a filter, 全部 first, each with what following it would show."""
        for word, label in (("", _("全部")), *((word, offer.label) for word, offer in self.offers[name].items())):
            then = choice.changed(name, word)
            is_chosen = getattr(choice, name) == word
            yield option(self.shelf, then, word, label, is_chosen=is_chosen, total=self.total(then))

    def _bits(self, choice: Choice) -> int:
        parts = [self._having(name, word) for name, word in vars(choice).items() if word and name in self.offers]
        if self.shelf.type:
            parts.append(self.table.having("type", TYPES[self.shelf.type]))
        return reduce(and_, parts, self._ground)

    def _having(self, name: str, word: str) -> int:
        if name == "window":
            return self.table.in_state(WINDOWS[word], self.today)
        if name == "type":
            return self.table.having("type", TYPES[word])
        return self.table.having("term" if name in TERMS else name, self.offers[name][word].key)
