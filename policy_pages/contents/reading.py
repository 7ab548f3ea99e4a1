"""What a revision or a publication says, as values and rows with their names: knows our models and blocks.

Revisions are what was saved, not what the models say today: fields and blocks may have come or gone since. Whatever
stands in one, a value comes out, or none; never an error. The dossier and the public versions compare what comes out.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modelcluster.models import get_all_child_relations
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import StreamField
from wagtail.models import Page

from policy_pages.contents.rules import Leaf, Row, Table
from policy_pages.models import ChangeRecord, PolicyFile
from policy_pages.rules import printable
from policy_pages.services.publication import HOUSEKEEPING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policy_pages.models import PolicyPage

    Content = Mapping[str, Any]

#: Wagtail's own fields, as our clerks call them.
LABELS = {
    "title": gettext_lazy("标题"),
    "slug": gettext_lazy("网址末段"),
    "go_live_at": gettext_lazy("定时发布时间"),
}
#: Keys of a revision that are no field.
KEYS = frozenset({"pk", "comments"})
NAME_LENGTH = 20
#: A thing named by its id: looked up for all lines at once (`References.resolve`). Texts keep no control characters.
MARK = "\x01{kind}:{pk}\x02"
MARKS = re.compile("\x01(file|page|change|other):([^\x02]{0,40})\x02")
BREAKS = re.compile(r"<(?:br\s*/?|/p|/li)>", re.IGNORECASE)


def described(model: type[PolicyPage], content: Content) -> dict[str, Leaf | Table]:
    """A revision's content as values and tables, in the order of the model's fields."""
    content = content if isinstance(content, dict) else {}
    found: dict[str, Leaf | Table] = {}
    known = set(HOUSEKEEPING | KEYS)
    fields = {field.name: field for field in model._meta.concrete_fields}
    for name, field in fields.items():
        if name in known or field.primary_key:
            continue
        raw = content.get(name, _default(field))
        if isinstance(field, StreamField):
            found[name] = stream_table(str(field.verbose_name), field.stream_block, raw)
            continue
        unit = fields.get(f"{name.removesuffix('_limit')}_unit") if name.endswith("_limit") else None
        if unit is not None:
            known.add(unit.name)
            found[name] = _amount(field, raw, unit, content.get(unit.name, _default(unit)))
        else:
            found[name] = field_leaf(field, raw, LABELS.get(name))
    for relation in get_all_child_relations(model):
        name = relation.get_accessor_name()
        known.add(name)
        if name not in HOUSEKEEPING:
            found[name] = relation_table(relation, content.get(name))
    for name in [key for key in content if key not in known and key not in fields]:
        text = _text(content[name])
        found[name] = Leaf(_("已停用的项目“%s”") % name, text, lambda text=text: text)  # type: ignore[misc]
    return found


def _default(field: models.Field) -> Any:
    """What a revision from before the field had: the value a new field gives to old rows."""
    return field.get_default()


# --- Values -------------------------------------------------------------------------------------------------------


def field_leaf(field: models.Field, raw: Any, label: Any = "") -> Leaf:
    """A field of a model with its value in words, under its own label unless another is given."""
    words = field_words(field, raw)
    return Leaf(str(label or field.verbose_name), words, lambda: words)


def field_words(field: models.Field, raw: Any) -> str:
    """A value as a clerk reads it; what cannot be read stands as it was saved."""
    if raw is None or raw == "":
        return ""
    if field.remote_field is not None:
        return _reference(field.related_model, raw)
    if field.choices:
        return _choice(field.flatchoices, raw)
    if isinstance(field, models.BooleanField):
        return _yes_no(raw)
    if isinstance(field, models.DecimalField):
        return yuan(raw)
    if isinstance(field, models.DateTimeField):
        return _instant(raw)
    return _text(raw)


def _amount(field: models.Field, raw: Any, unit_field: models.Field, unit: Any) -> Leaf:
    words = field_words(field, raw)
    return Leaf(str(field.verbose_name), words, lambda: words, unit=field_words(unit_field, unit))


def _choice(choices: Iterable[tuple[Any, Any]], raw: Any) -> str:
    words = {str(value): str(label) for value, label in choices}
    return words.get(str(raw), _text(raw))


def _yes_no(raw: Any) -> str:
    return {True: _("是"), False: _("否")}.get(raw, _text(raw)) if isinstance(raw, bool) else _text(raw)


def yuan(raw: Any) -> str:
    """An amount with thousands separators and no needless zeros."""
    try:
        amount = Decimal(str(raw))
    except InvalidOperation:
        return _text(raw)
    if not amount.is_finite() or amount.adjusted() > 20:
        return _text(raw)
    return f"{amount:,.2f}".removesuffix(".00")


def _instant(raw: Any) -> str:
    try:
        at = parse_datetime(str(raw))
    except ValueError:
        at = None
    if at is None or timezone.is_naive(at):
        return _text(raw)
    return f"{timezone.localtime(at, timezone.get_default_timezone()):%Y-%m-%d %H:%M}"


def _text(raw: Any) -> str:
    """Anything as text without control characters."""
    words = raw if isinstance(raw, str) else "" if raw is None else json.dumps(raw, ensure_ascii=False, default=str)
    return printable(words)


def _reference(model: Any, raw: Any) -> str:
    """A mark for the thing with this id."""
    kind = "other"
    if isinstance(model, type):
        kinds = {"file": PolicyFile, "page": Page, "change": ChangeRecord}
        kind = next((name for name, base in kinds.items() if issubclass(model, base)), "other")
    return MARK.format(kind=kind, pk=_text(raw)[:40])


# --- Rows ---------------------------------------------------------------------------------------------------------


def relation_table(relation: Any, raw: Any) -> Table:
    """Child rows, such as the documents a guide rests on, by what they name."""
    model = relation.related_model
    label = str(model._meta.verbose_name)
    skipped = {"id", "sort_order", relation.field.name}
    fields = [field for field in model._meta.concrete_fields if field.name not in skipped]

    def make() -> list[Row]:
        rows = [one for one in raw if isinstance(one, dict)] if isinstance(raw, list) else []
        return [_relation_row(label, fields, one) for one in sorted(rows, key=_place)]

    return Table(label, _text(raw or ""), make)


def _place(row: dict[str, Any]) -> int:
    place = row.get("sort_order")
    return place if isinstance(place, int) else 0


def _relation_row(label: str, fields: list[models.Field], row: dict[str, Any]) -> Row:
    parts = {field.name: field_leaf(field, row.get(field.name)) for field in fields}
    name = next((part.raw for part in parts.values() if part.raw), "")
    return Row(_text(row.get("pk")), "row", name, f"{label}“{name}”", parts)


def stream_table(label: str, block: blocks.BaseStreamBlock, raw: Any) -> Table:
    """A StreamField as its revision keeps it: JSON within JSON."""
    return Table(label, _text(raw or ""), lambda: _stream_rows(label, block, raw))


def _stream_rows(label: str, block: blocks.BaseStreamBlock, raw: Any) -> list[Row]:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw) if raw else []
        except ValueError:
            raw = [{"type": "", "value": raw}]
    items = raw if isinstance(raw, list) else [{"type": "", "value": raw}]
    return [_stream_row(label, block, item) for item in items]


def _stream_row(label: str, block: blocks.BaseStreamBlock, item: Any) -> Row:
    item = item if isinstance(item, dict) else {"type": "", "value": item}
    kind = _text(item.get("type"))
    child = block.child_blocks.get(kind)
    if child is None:
        text = _text(item.get("value"))
        parts: dict[str, Leaf | Table] = {"": Leaf("", text, lambda: text, is_long=True)}
        name = _("已停用的内容块")
        return Row(_text(item.get("id")), kind, name, f"{label}“{name}”", parts)
    return _row(label, kind, child, _text(item.get("id")), item.get("value"))


def _row(label: str, kind: str, block: blocks.Block, pk: str, value: Any) -> Row:
    parts = dict(_parts(block, value))
    name = _name(block, parts)
    is_numbered = isinstance(block, blocks.StructBlock) and next(iter(block.child_blocks), "") == "number"
    is_called = is_numbered and kind in {"article", "chapter"}
    return Row(pk, kind, name, name if is_called else f"{label}“{name}”", parts)


def _name(block: blocks.Block, parts: dict[str, Leaf | Table]) -> str:
    """What a row is called: the first of its values that says something."""
    words = (part.words() for part in parts.values() if isinstance(part, Leaf))
    name = " ".join(next(filter(None, words), "").split())
    if not name:
        return str(block.label)
    return name if len(name) <= NAME_LENGTH or MARKS.search(name) else f"{name[:NAME_LENGTH]}…"


def _parts(block: blocks.Block, value: Any) -> Iterator[tuple[str, Leaf | Table]]:
    """Values of a row: those of a struct by name, anything else as the one it is."""
    if not isinstance(block, blocks.StructBlock):
        yield "", _part("", block, value)
        return
    values = value if isinstance(value, dict) else {}
    for name, child in block.child_blocks.items():
        given = values[name] if name in values else child.get_prep_value(child.get_default())
        label = "" if isinstance(child, blocks.RichTextBlock) else str(child.label)
        yield name, _part(label, child, given)
    for name in [key for key in values if key not in block.child_blocks]:
        text = _text(values[name])
        yield name, Leaf(_("已停用的项目“%s”") % name, text, lambda text=text: text)  # type: ignore[misc]
    if not isinstance(value, dict) and value:
        text = _text(value)
        yield "", Leaf("", text, lambda: text, is_long=True)


def _part(label: str, block: blocks.Block, value: Any) -> Leaf | Table:
    if isinstance(block, blocks.ListBlock):
        return _list_table(label, block, value)
    if isinstance(block, blocks.BaseStreamBlock):
        return stream_table(label or str(block.label), block, value)
    if isinstance(block, blocks.RichTextBlock):
        html = _text(value)
        return Leaf(label, html, lambda: plain(html), is_long=True)
    words = _block_words(block, value)
    return Leaf(label, words, lambda: words, is_long=isinstance(block, blocks.TextBlock))


def _list_table(label: str, block: blocks.ListBlock, value: Any) -> Table:
    """A list within a block; old ones keep bare values, newer ones rows with ids."""
    items = value if isinstance(value, list) else []
    label = label or str(block.label)

    def make() -> list[Row]:
        rows = []
        for item in items:
            has_id = isinstance(item, dict) and item.get("type") == "item"
            pk, inner = (_text(item.get("id")), item.get("value")) if has_id else ("", item)
            rows.append(_row(label, "item", block.child_block, pk, inner))
        return rows

    return Table(label, _text(items or ""), make)


def _block_words(block: blocks.Block, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(block, DocumentChooserBlock):
        return _reference(PolicyFile, value)
    if isinstance(block, blocks.ChoiceBlock):
        return _choice(block.field.choices, value)
    return _yes_no(value)


def plain(html: str) -> str:
    """Rich text as its words; paragraphs stay apart."""
    return unescape(strip_tags(BREAKS.sub("\n", html))).strip()
