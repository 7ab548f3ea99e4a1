"""What was done to a chain that is not whole: said in words, for the first bad event. Slow, and only run then."""

import hashlib
from typing import Any

from django.utils.translation import gettext as _

from ..models import Event
from .hashing import HASHED_FIELDS, hashed_rows, hashed_text

PREV, SEQ, HASH = HASHED_FIELDS.index("prev_hash"), HASHED_FIELDS.index("seq"), len(HASHED_FIELDS)
Row = tuple[Any, ...]


class Bad(Exception):
    """The chain is not whole: number of the first bad event and what is wrong, in Chinese.

    `sound` names the last sound event, number and hash, where that is not the last one that was read.
    """

    def __init__(self, seq: int, problem: str, sound: tuple[int, str] | None = None) -> None:
        super().__init__(problem)
        self.seq = seq
        self.problem = problem
        self.sound = sound


def wrong_number(found: object, due: int) -> Bad:
    """Where event `due` should stand, stands one with the number `found`."""
    if isinstance(found, int) and found > due:
        return Bad(due, _("第 %(seq)d 号事件缺失。") % {"seq": due})
    seq = found if isinstance(found, int) else due
    return Bad(seq, _("第 %(seq)d 号事件重复或序号无效。") % {"seq": seq})


def changed(row: Row, seq: int, last: str) -> Bad:
    """Event `seq` + 1 follows `last` and is not what its own hash says."""
    return _pushed_on(row, seq, last) or content_changed(seq + 1)


def content_changed(seq: int) -> Bad:
    """Event `seq` is not what its own hash says."""
    return Bad(seq, _("第 %(seq)d 号事件的内容与校验值不符。") % {"seq": seq})


def displaced(row: Row, seq: int, last: str) -> Bad:
    """Event `seq` + 1 does not follow the one with the hash `last`: swapped, inserted, or its predecessor rewritten."""
    return (
        _pushed_on(row, seq, last)
        or _inserted_before(row, seq)
        or Bad(seq + 1, _("第 %(seq)d 号事件与前一事件不衔接。") % {"seq": seq + 1})
    )


def rewritten(first: int, last: int, sound: tuple[int, str]) -> Bad:
    """Events agree with each other, but not with the digest signed at event `last`."""
    words = _("第 %(first)d 号至第 %(last)d 号事件自成一链，但与签署的摘要不符：签署之后被整体改写。")
    return Bad(first, words % {"first": first, "last": last}, sound)


def _pushed_on(row: Row, seq: int, last: str) -> Bad | None:
    """Look further on for the event that belongs where `row` stands."""
    due = hashed_rows(Event.objects.filter(prev_hash=last, seq__gt=seq + 1)).order_by("seq").first()
    if due is None or not _belongs(due, seq + 1):
        return None
    places = {"seq": seq + 1, "now": due[SEQ]}
    if _belongs(row, due[SEQ]):
        return Bad(seq + 1, _("第 %(seq)d 号与第 %(now)d 号事件被调换。") % places)
    return Bad(seq + 1, _("第 %(seq)d 号事件是插入的，原来的第 %(seq)d 号事件现为第 %(now)d 号。") % places)


def _inserted_before(row: Row, seq: int) -> Bad | None:
    """Look further back for the event that `row` follows: what stands between was put there."""
    before = hashed_rows(Event.objects.filter(hash=row[PREV], seq__lt=seq)).order_by("seq").first()
    if before is None or not _belongs(row, before[SEQ] + 1):
        return None
    first = before[SEQ] + 1
    if Event.objects.filter(seq=first, hash=row[HASH]).exists():
        return Bad(
            seq + 1, _("第 %(seq)d 号事件是插入的：它是第 %(copy)d 号的副本。") % {"seq": seq + 1, "copy": first}
        )
    words = _("第 %(first)d 号至第 %(last)d 号事件是插入的。") % {"first": first, "last": seq}
    return Bad(first, words, (before[SEQ], before[HASH]))


def _belongs(row: Row, seq: int) -> bool:
    """Whether this event agrees with its hash once it has this number again."""
    text = hashed_text(*(*row[:SEQ], seq))
    return hashlib.sha256(text.encode()).hexdigest() == row[HASH]
