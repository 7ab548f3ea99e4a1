"""What is written into Wagtail's search index: every indexed text cut into tokens, in three columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Manager
from modelsearch.index import AutocompleteField, BaseField, RelatedFields, SearchField
from modelsearch.utils import get_content_type_pk

from policy_pages.search import initials, rules

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

#: The 文号 names a document as its title does: it stands in the title's column and has the title's weight.
TITLE_FIELDS = frozenset({"title", "doc_number"})
#: Not cut but indexed by the first letters of how it is read, beside the autocomplete texts.
READ_ALOUD_FIELD = "read_aloud"
#: Stock's factor for a title's length has no use here: its column says which version of a page the entry holds.
_NO_VERSION = 1


@dataclass(frozen=True)
class IndexedTexts:
    """The tokens of one object, between single blanks."""

    title: str
    body: str
    autocomplete: str


def texts_of(instance: Any) -> IndexedTexts:
    """All values an object declares in `search_fields`, cut and sorted into the index's columns.

    Of one whose `draft_words` say something, those alone, in the title's columns and as tokens that no
    public search asks for: its frequencies, too, would tell of a draft.
    """
    if draft_words := getattr(instance, "draft_words", ""):
        cut = " ".join([rules.DRAFT_MARK, *rules.drafted(rules.bigram_index(draft_words).split())])
        return IndexedTexts(title=cut, body="", autocomplete=cut)
    columns: dict[str, list[str]] = {"title": [], "body": [], "autocomplete": []}
    for field, value in _values(instance, instance.get_search_fields()):
        text = _as_text(value)
        cut = initials.index_tokens(text) if field.field_name == READ_ALOUD_FIELD else rules.bigram_index(text)
        if cut:
            columns[_column(field)].append(cut)
    return IndexedTexts(**{name: " ".join(cuts) for name, cuts in columns.items()})


def columns_of(field_names: Iterable[str] | None) -> tuple[str, ...]:
    """The index columns to search when the caller names fields: the index keeps no finer division."""
    if field_names is None:
        return ("title", "body")
    return tuple(sorted({"title" if name in TITLE_FIELDS else "body" for name in field_names}, reverse=True))


def _column(field: BaseField) -> str:
    if isinstance(field, AutocompleteField):
        return "autocomplete"
    return "title" if field.field_name in TITLE_FIELDS else "body"


def _values(instance: Any, fields: Iterable[BaseField]) -> Iterator[tuple[BaseField, Any]]:
    for field in fields:
        if isinstance(field, SearchField | AutocompleteField):
            yield field, field.get_value(instance)
        elif isinstance(field, RelatedFields):
            for related in _related(field.get_value(instance)):
                yield from _values(related, field.fields)


def _related(value: Any) -> Iterable[Any]:
    if isinstance(value, Manager):
        return value.all()
    return [] if value is None else [value]


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return " ".join(map(_as_text, value))
    return str(value)


class BigramIndexMixin:
    """Writes index entries with one upsert; the vendor's class says how the columns are made."""

    #: Stock's queryset of index entries.
    entries: QuerySet
    #: Columns of the entry that an update replaces.
    written: tuple[str, ...]

    def columns(self, texts: IndexedTexts) -> dict[str, Any]:
        """The values of the `written` columns."""
        raise NotImplementedError

    def add_items(self, model: Any, objs: Iterable[Model]) -> None:
        """Put objects into the index, or replace what it holds of them."""
        content_type = get_content_type_pk(model)
        # In the order of their keys: two batches that share rows must not wait for each other crosswise.
        rows = [
            self.entries.model(
                content_type_id=content_type,
                object_id=key,
                title_norm=getattr(instance, "indexed_version", _NO_VERSION),
                **self.columns(texts_of(instance)),
            )
            for key, instance in sorted({str(instance.pk): instance for instance in objs}.items())
        ]
        self.entries.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["content_type", "object_id"],
            update_fields=("title_norm", *self.written),
        )

    def _refresh_title_norms(self, full: bool = False) -> None:
        """Nothing: stock rewrites every entry here at every save, linear on SQLite and a deadlock on PostgreSQL."""
