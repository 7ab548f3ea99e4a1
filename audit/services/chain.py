"""Verifying the event chain."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext as _

from ..models import ChainHead, Event
from .diagnosis import Bad, changed, content_changed, displaced, rewritten, wrong_number
from .events import GENESIS, STEP_BACK
from .hashing import ALGORITHM, ZERO_HASH, hashed_rows, hashed_text

#: Nobody reads the thousandth place where a clock was set back; the first are listed and all are counted.
LISTED = 20


@dataclass(frozen=True)
class VerifyReport:
    """What a verification found.

    `count` events were sound; `head_seq` and `head_hash` name the last sound one (0 and "" for none);
    `first_bad_seq` is the number of the first event that is changed, missing or not registered, `problem` says what is
    wrong with it, in Chinese; None and "" if `ok`. `notices` are sentences about what is odd and no fault.
    """

    ok: bool
    count: int
    head_seq: int
    head_hash: str
    first_bad_seq: int | None
    problem: str
    notices: tuple[str, ...] = ()


class _Scan:
    """A walk along the chain: remembers the last sound event, compares those at `marks` (seq → hash), notes odd times."""

    def __init__(self, marks: Mapping[int, str]) -> None:
        self.seq, self.hash, self.at = 0, ZERO_HASH, ""
        self.marks = sorted(marks.items(), reverse=True)
        self.met = (0, "")
        self.steps = 0
        self.notices: list[str] = []

    def walk(self, events: Iterable[tuple[Any, ...]]) -> None:
        """Go on along `hashed_rows`. Raises Bad. Every line of the loop is run a million times."""
        sha256, seq, last, last_at = hashlib.sha256, self.seq, self.hash, self.at
        mark = self._next_mark()
        try:
            for row in events:
                if row[13] != seq + 1:
                    raise wrong_number(row[13], seq + 1)
                if row[7] != ALGORITHM:
                    raise Bad(seq + 1, _("第 %(seq)d 号事件的算法不受支持。") % {"seq": seq + 1})
                if row[0] != last:
                    raise displaced(row, seq, last)
                if sha256(hashed_text(*row[:14]).encode()).hexdigest() != row[14]:
                    raise changed(row, seq, last)
                seq, last, at = row[13], row[14], row[1]
                if at < last_at:
                    self._note_step(seq, last_at, at)
                last_at = at
                if seq == mark:
                    mark = self._meet(seq, last)
        except (TypeError, ValueError) as error:  # a value of another type, text that is no Unicode
            raise content_changed(seq + 1) from error
        except DatabaseError as error:
            raise Bad(seq + 1, _("第 %(seq)d 号或其后的事件无法读取。") % {"seq": seq + 1}) from error
        finally:
            self.seq, self.hash, self.at = seq, last, last_at

    def _next_mark(self) -> int:
        return self.marks[-1][0] if self.marks else 0

    def _meet(self, seq: int, found: str) -> int:
        """Compare the event at a mark and return the next one."""
        _seq, due = self.marks.pop()
        if found != due:
            raise rewritten(self.met[0] + 1, seq, self.met)
        self.met = (seq, found)
        return self._next_mark()

    def _note_step(self, seq: int, before: str, at: str) -> None:
        seconds = (datetime.fromisoformat(before) - datetime.fromisoformat(at)).total_seconds()
        if seconds <= STEP_BACK.total_seconds():
            return
        self.steps += 1
        if self.steps <= LISTED:
            words = _("第 %(seq)d 号事件的时间比前一事件早 %(seconds)d 秒：服务器时间曾被回拨。")
            self.notices.append(words % {"seq": seq, "seconds": seconds})
        elif self.steps == LISTED + 1:
            self.notices.append(_("此后还有服务器时间被回拨之处，不再一一列出。"))


def verify_chain(*, batch: int = 1000, marks: Mapping[int, str] | None = None) -> VerifyReport:
    """Recompute every hash of the chain, in order, and compare its end with the head row (A30, T30.1).

    `marks` (seq → hash) are events known from outside, from signed digests: each must be there with that hash.
    Reads `batch` events at a time and locks nothing; events appended meanwhile are no fault. Writes nothing. Without
    marks it cannot see a tail that was cut together with the head row, nor a chain that was written anew.
    """
    scan = _Scan(marks or {})
    try:
        _check_genesis()
        events = Event.objects.order_by("seq", "pk")
        scan.walk(hashed_rows(events).iterator(chunk_size=batch))
        head = _read_head(scan)
        # What was appended between the two reads; an event and its head are committed together.
        scan.walk(hashed_rows(events.filter(seq__gt=scan.seq, seq__lte=head.seq)).iterator(chunk_size=batch))
        _compare(scan, head)
    except Bad as bad:
        return _report(bad.sound or (scan.seq, scan.hash), scan, bad)
    return _report((scan.seq, scan.hash), scan, None)


def _check_genesis() -> None:
    """Before the walk: an event that was made the first one is a worse fault than that the second does not follow it."""
    action = Event.objects.filter(seq=1).values_list("action", flat=True).first()
    if action not in {None, GENESIS}:
        raise Bad(1, _("第 1 号事件不是创始事件。"))


def _read_head(scan: _Scan) -> ChainHead:
    head = ChainHead.objects.filter(pk=ChainHead.ROW).first()
    if head is not None:
        return head
    if scan.seq:
        raise Bad(scan.seq, _("链头记录缺失。"))
    return ChainHead(seq=0, hash=ZERO_HASH)


def _compare(scan: _Scan, head: ChainHead) -> None:
    if scan.seq < head.seq:
        raise Bad(
            scan.seq + 1,
            _("链尾被截断：应有 %(due)d 个事件，实有 %(found)d 个。") % {"due": head.seq, "found": scan.seq},
        )
    if scan.seq > head.seq:
        raise Bad(head.seq + 1, _("第 %(seq)d 号事件在链头之后，未经登记。") % {"seq": head.seq + 1})
    if scan.hash != head.hash:
        raise Bad(scan.seq, _("链头登记的校验值与第 %(seq)d 号事件不符。") % {"seq": scan.seq})
    if scan.marks:
        raise Bad(
            scan.seq + 1,
            _(
                "审计链止于第 %(found)d 号事件，而摘要证明曾有第 %(due)d 号：数据库被恢复成更早的文件，或链尾连同链头记录被截断。"
            )
            % {"found": scan.seq, "due": scan.marks[0][0]},
        )


def _report(sound: tuple[int, str], scan: _Scan, bad: Bad | None) -> VerifyReport:
    seq, found = sound
    return VerifyReport(
        ok=bad is None,
        count=seq,
        head_seq=seq,
        head_hash=found if seq else "",
        first_bad_seq=bad.seq if bad else None,
        problem=bad.problem if bad else "",
        notices=tuple(scan.notices),
    )
