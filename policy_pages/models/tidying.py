"""What no page may hold: control characters, which come along when text is pasted from Word or a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import CharField, TextField
from modelcluster.models import get_all_child_relations
from wagtail.fields import StreamField

from policy_pages.rules import printable, printable_within

if TYPE_CHECKING:
    from django.db.models import Model
    from wagtail.models import Page


def drop_controls(page: Page) -> None:
    """Make every text of a page, of its blocks and of its rows printable: Word's line break becomes one, the rest goes.

    One such character ends a feed (XML 1.0 holds none) and is nothing that anybody sees to correct.
    """
    _drop(page)
    for relation in get_all_child_relations(page):
        for row in getattr(page, relation.get_accessor_name()).all():
            _drop(row)


def _drop(item: Model) -> None:
    for field in item._meta.concrete_fields:
        value = getattr(item, field.attname)
        if isinstance(field, StreamField):
            raw = field.stream_block.get_prep_value(value)
            if (tidy := printable_within(raw)) != raw:
                setattr(item, field.name, field.stream_block.to_python(tidy))
        elif isinstance(field, CharField | TextField) and isinstance(value, str):
            tidy = printable(value, "\n" if isinstance(field, TextField) else " ")
            if tidy != value:
                setattr(item, field.attname, tidy)
