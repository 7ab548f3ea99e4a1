"""What corrections of a registered change and decisions on a listing changed, from the histories that simple-history keeps."""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.utils.translation import gettext as _

from policy_pages.contents.reading import field_leaf, field_words
from policy_pages.contents.rules import EMPTY, Leaf
from policy_pages.dossier.entries import Entry
from policy_pages.dossier.rules import differences
from policy_pages.enums import EntryKind
from policy_pages.models import ChangeRecord, Listing, PolicyFile, Term

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What a clerk reads of a change; the rest is bookkeeping.
CHANGE_FIELDS = ("trigger_date", "trigger_basis", "kind", "subject", "title", "doc_number", "evidence")

Found = dict[tuple[str, object], Entry]


def correction_entries(changes: Iterable[ChangeRecord]) -> Found:
    """Each later version of each change that says something else, under ("corrected", (change, old day, new day, number))."""
    ids = {change.pk: change for change in changes}
    rows = ChangeRecord.history.filter(id__in=ids).select_related("history_user").order_by("history_date", "history_id")
    before: dict[int, Any] = {}
    found: Found = {}
    for row in rows:
        old = before.get(row.id)
        before[row.id] = row
        if old is None:
            continue
        lines = differences(_leaves(old), _leaves(row))
        if lines:
            reason = row.history_change_reason
            lines = [f"{lines[0]}，{_('理由')}：{reason}", *lines[1:]] if reason else lines
            who = str(row.history_user or "")
            entry = Entry(row.history_date, EntryKind.DEADLINE, _("更正变更登记"), who, lines, change=ids[row.id])
            found[_key(row, old, found)] = entry
    return found


def _key(row: Any, old: Any, taken: Iterable[tuple]) -> tuple[str, object]:
    """Under what a correction stands: a second one between the same days gets the next number."""
    if old.trigger_date == row.trigger_date:
        return "edited", row.history_id
    days = (str(row.id), str(old.trigger_date), str(row.trigger_date))
    return "corrected", (*days, sum(1 for key in taken if key[0] == "corrected" and key[1][:3] == days))


def _leaves(row: Any) -> dict[str, Leaf]:
    fields = {field.name: field for field in ChangeRecord._meta.concrete_fields}
    return {name: field_leaf(fields[name], _raw(getattr(row, name))) for name in CHANGE_FIELDS}


def _raw(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def listing_entries(page_id: int) -> Found:
    """Each decision on the page's listing that took effect, under ("listing", its instant)."""
    rows = Listing.history.filter(page=page_id).select_related("classified_by").order_by("history_date", "history_id")
    decisions = {row.classified_at: row for row in rows}  # one decision leaves several rows; its last one is whole
    terms = _terms(decisions.values())
    found: Found = {}
    before: dict[str, Leaf] = {}
    for at, row in decisions.items():
        after = _facts(row, terms)
        lines = differences(before, after) if before else [_told(after)]
        entry = Entry(row.history_date, EntryKind.REVIEW, _("分类入清单"), str(row.classified_by or ""), lines=lines)
        entry.lines = entry.lines or [_("与上次分类相同")]
        found["listing", at.isoformat()] = entry
        before = after
    return found


def _terms(rows: Iterable[Any]) -> dict[str, Any]:
    """Names of all terms, and the ids that each row of the history had."""
    rows = list(rows)
    if not rows:
        return {"names": {}, "of": {}}
    held: dict[int, list[int]] = defaultdict(list)
    model = apps.get_model("policy_pages", "HistoricalListing_terms")
    for history, term in model.objects.filter(history__in=[row.pk for row in rows]).values_list("history", "term"):
        held[history].append(term)
    return {"names": dict(Term.objects.values_list("pk", "name")), "of": held}


def _facts(row: Any, terms: dict[str, Any]) -> dict[str, Leaf]:
    names, held = terms["names"], sorted(terms["of"].get(row.pk, []))
    route = field_words(Listing._meta.get_field("route"), row.route)
    return {
        "category": _leaf(_("清单类别"), names.get(row.category_id, "")),
        "route": _leaf(_("申报方式"), route),
        "terms": _leaf(_("主题、行业等分类"), "、".join(names.get(pk, str(pk)) for pk in held)),
    }


def _leaf(label: str, words: str) -> Leaf:
    return Leaf(label, words, lambda: words)


def _told(facts: dict[str, Leaf]) -> str:
    return "；".join(f"{leaf.label} {leaf.raw or EMPTY}" for leaf in facts.values() if leaf.raw) or EMPTY


def replaced_files(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    """Lines on the files of two publications: added, removed, and replaced under the same number, with their hashes."""
    old, new = ({one.get("id"): one for one in some} for some in (before, after))
    label = str(PolicyFile._meta.verbose_name)
    lines = [f"{label}：{_('删除')}“{one.get('title')}”" for pk, one in old.items() if pk not in new]
    for pk, one in new.items():
        now = str(one.get("sha256", ""))[:12] or EMPTY
        if pk not in old:
            lines.append(f"{label}：{_('新增')}“{one.get('title')}”，{_('散列')} {now}")
        elif old[pk].get("sha256") != one.get("sha256"):
            was = str(old[pk].get("sha256", ""))[:12] or EMPTY
            lines.append(f"{label}“{one.get('title')}”：{_('文件已替换')}，{_('散列')} {was} → {now}")
    return lines
