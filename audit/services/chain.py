"""Verifying the event chain."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import ChainHead, Event
from .events import ALGORITHMS, GENESIS, ZERO_HASH, event_hash


@dataclass(frozen=True)
class VerifyReport:
    """What a verification found.

    `count` events were sound; `head_seq` and `head_hash` name the last sound one (0 and "" for none);
    `first_bad_seq` is the number of the first event that is changed, missing or not registered, `problem` says what is
    wrong with it, in Chinese; None and "" if `ok`.
    """

    ok: bool
    count: int
    head_seq: int
    head_hash: str
    first_bad_seq: int | None
    problem: str


class _Bad(Exception):
    def __init__(self, seq: int, problem: str) -> None:
        super().__init__(problem)
        self.seq = seq
        self.problem = problem


class _Scan:
    """A walk along the chain that remembers the last sound event."""

    def __init__(self) -> None:
        self.seq = 0
        self.hash = ZERO_HASH

    def walk(self, events: Iterable[Event]) -> None:
        for event in events:
            self._check(event)
            self.seq, self.hash = event.seq, event.hash

    def _check(self, event: Event) -> None:
        expected = self.seq + 1
        if event.seq > expected:
            raise _Bad(expected, _("第 %(seq)d 号事件缺失。") % {"seq": expected})
        if event.seq < expected:
            raise _Bad(event.seq, _("第 %(seq)d 号事件重复或序号无效。") % {"seq": event.seq})
        if event.algorithm not in ALGORITHMS:
            raise _Bad(event.seq, _("第 %(seq)d 号事件的算法不受支持。") % {"seq": event.seq})
        if event.prev_hash != self.hash:
            raise _Bad(event.seq, _("第 %(seq)d 号事件与前一事件不衔接。") % {"seq": event.seq})
        if event.hash != event_hash(event):
            raise _Bad(event.seq, _("第 %(seq)d 号事件的内容与校验值不符。") % {"seq": event.seq})
        if expected == 1 and event.action != GENESIS:
            raise _Bad(1, _("第 1 号事件不是创始事件。"))


def verify_chain(*, batch: int = 5000) -> VerifyReport:
    """Recompute every hash of the chain, in order, and compare its end with the head row (A30, T30.1).

    Reads `batch` events at a time and locks nothing; events appended meanwhile are no fault. Writes nothing. It cannot
    see a tail that was cut together with the head row: that takes a digest kept outside.
    """
    scan = _Scan()
    try:
        events = Event.objects.order_by("seq", "pk")
        scan.walk(events.iterator(chunk_size=batch))
        head = _read_head(scan)
        # What was appended between the two reads; an event and its head are committed together.
        scan.walk(events.filter(seq__gt=scan.seq, seq__lte=head.seq).iterator(chunk_size=batch))
        _compare(scan, head)
    except _Bad as bad:
        return _report(scan, bad.seq, bad.problem)
    return _report(scan, None, "")


def _read_head(scan: _Scan) -> ChainHead:
    head = ChainHead.objects.filter(pk=ChainHead.ROW).first()
    if head is not None:
        return head
    if scan.seq:
        raise _Bad(scan.seq, _("链头记录缺失。"))
    return ChainHead(seq=0, hash=ZERO_HASH)


def _compare(scan: _Scan, head: ChainHead) -> None:
    if scan.seq < head.seq:
        raise _Bad(
            scan.seq + 1,
            _("链尾被截断：应有 %(due)d 个事件，实有 %(found)d 个。") % {"due": head.seq, "found": scan.seq},
        )
    if scan.seq > head.seq:
        raise _Bad(head.seq + 1, _("第 %(seq)d 号事件在链头之后，未经登记。") % {"seq": head.seq + 1})
    if scan.hash != head.hash:
        raise _Bad(scan.seq, _("链头登记的校验值与第 %(seq)d 号事件不符。") % {"seq": scan.seq})


def _report(scan: _Scan, first_bad_seq: int | None, problem: str) -> VerifyReport:
    return VerifyReport(
        ok=not problem,
        count=scan.seq,
        head_seq=scan.seq,
        head_hash=scan.hash if scan.seq else "",
        first_bad_seq=first_bad_seq,
        problem=problem,
    )
