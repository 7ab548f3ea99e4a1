"""Querysets that are compiled once: on a page of several queries, making their SQL anew costs more than asking them.

Django has no prepared statements. A `Prepared` keeps the compiler of a queryset built with marks in place of what differs
between two calls, and puts the values in their places. What else a queryset depends on, such as the day, is its `key`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from django.db.models import QuerySet

#: Marks for numbers: a database key of this size is none of ours, and every integer column holds it.
_FIRST_NUMBER = 2_000_000_011
#: How many keys are kept; a new day makes new ones.
_KEPT = 16


class Prepared:
    """A queryset by name of what differs: `Prepared(build, slug=str, page=int)`, then `rows(key, slug="wj-1", page=7)`.

    `build(*key, **values)` must put each value into a filter as it is, not computed with, and branch by none.
    """

    def __init__(self, build: Callable[..., QuerySet], **kinds: type[int] | type[str]) -> None:
        self.build = build
        marks = {name: _FIRST_NUMBER + place for place, name in enumerate(kinds)}
        self.marks: dict[str, Any] = {name: kind(marks[name]) for name, kind in kinds.items()}
        self.local = threading.local()  # a compiler belongs to its thread's connection

    def rows(self, *key: Hashable, **values: int | str) -> list[Any]:
        """What the queryset yields, in one query. Raises KeyError for a value that is not given."""
        kept: dict[Any, _Compiled] = self.local.__dict__.setdefault("kept", {})
        if key not in kept:
            if len(kept) >= _KEPT:
                kept.clear()
            kept[key] = _Compiled(self.build(*key, **self.marks), self.marks)
        return kept[key].rows(values)


class _Compiled:
    """One queryset with its compiler, in one thread."""

    def __init__(self, queryset: QuerySet, marks: dict[str, Any]) -> None:
        self.queryset = queryset
        self.compiler: Any = queryset.query.get_compiler(connection=connections[queryset.db])
        self.sql, self.params = self.compiler.as_sql()
        names = {mark: name for name, mark in marks.items()}
        self.places = [(place, names[param]) for place, param in enumerate(self.params) if param in names]
        if {name for _place, name in self.places} != set(marks) or len(self.places) != self._mentions(marks):
            raise ValueError("every value must stand in the query as it is")
        self.compiler.as_sql = self._as_sql
        queryset.query.get_compiler = lambda *args, **kwargs: self.compiler  # type: ignore[method-assign]

    def _mentions(self, marks: dict[str, Any]) -> int:
        """How often a mark stands anywhere in the parameters, alone or within another text."""
        return sum(str(param).count(str(mark)) for param in self.params for mark in marks.values())

    def _as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        return self.sql, self.values

    def rows(self, values: dict[str, Any]) -> list[Any]:
        params = list(self.params)
        for place, name in self.places:
            params[place] = values[name]
        self.values = tuple(params)
        found: Any = self.queryset._iterable_class(self.queryset)
        return list(found)
