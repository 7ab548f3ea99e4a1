"""Pure rules of the guide's public side: no Django, no clock, no database. Every rule names its article."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# --- Self-check (A10) -------------------------------------------------------------------------------------------

#: What a visitor may say of one condition, and what the page says back. Anything else counts as UNCLEAR.
YES, NO, UNCLEAR = "yes", "no", "unclear"
#: Codes of `ConditionKind`: only a threshold decides; a bonus may add; a discretion is judged by people alone.
THRESHOLD, BONUS, DISCRETION = "threshold", "bonus", "discretion"


@dataclass(frozen=True)
class Asked:
    """One condition as it is asked.

    Attributes:
        name: its name in the form; made of its words, so that an answer to other words is none to these.
        kind: code of `ConditionKind`.
    """

    name: str
    kind: str


@dataclass(frozen=True)
class Finding:
    """What a self-check says.

    Attributes:
        outcome: YES, NO or UNCLEAR, by the thresholds alone. Never a promise: the unit decides.
        answers: one of YES, NO, UNCLEAR for each condition, in their order.
        failed: places (from 1) of the thresholds that were answered NO.
        open: places of the thresholds that are neither YES nor NO.
        bonuses: places of the bonus conditions answered YES: they may add, and change no outcome.
        judged: places of the discretions, which nobody can check himself.
    """

    outcome: str
    answers: tuple[str, ...]
    failed: tuple[int, ...]
    open: tuple[int, ...]
    bonuses: tuple[int, ...]
    judged: tuple[int, ...]


def question_names(texts: Iterable[str]) -> list[str]:
    """Names of the questions, made of the words of the conditions; a repeated text gets a number of its own."""
    seen: Counter[str] = Counter()
    names = []
    for text in texts:
        name = "c" + hashlib.sha256(text.strip().encode()).hexdigest()[:10]
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return names


def check(asked: Sequence[Asked], answers: dict[str, str]) -> Finding:
    """Judge what a visitor ticked. A missing or unknown answer is UNCLEAR; a discretion always is.

    Any threshold NO makes the whole NO; all of them YES, and at least one, makes it YES; else it is UNCLEAR.
    """
    given = tuple(_answer(one, answers) for one in asked)
    places: dict[tuple[str, str], list[int]] = {}
    for place, (one, answer) in enumerate(zip(asked, given, strict=True), 1):
        places.setdefault((one.kind, answer), []).append(place)

    def at(kind: str, answer: str) -> tuple[int, ...]:
        return tuple(places.get((kind, answer), ()))

    failed, unclear = at(THRESHOLD, NO), at(THRESHOLD, UNCLEAR)
    outcome = NO if failed else YES if at(THRESHOLD, YES) and not unclear else UNCLEAR
    return Finding(outcome, given, failed, unclear, at(BONUS, YES), at(DISCRETION, UNCLEAR))


def _answer(one: Asked, answers: dict[str, str]) -> str:
    answer = answers.get(one.name, UNCLEAR)
    return answer if answer in {YES, NO} and one.kind != DISCRETION else UNCLEAR


# --- Materials --------------------------------------------------------------------------------------------------


def materials_sentence(sources: Sequence[str]) -> str:
    """How many papers there are and which the government already has, by the codes of `MaterialSource`; empty for none.

    Only what comes by data sharing is said not to be handed in: a paper that an authority once issued may still be asked for.
    """
    if not sources:
        return ""
    total, shared, issued = len(sources), sources.count("shared"), sources.count("government")
    own, held = total - shared - issued, shared + issued
    if not held:
        return f"共 {total} 项，都由申请人自备。"
    parts = [f"自备 {own} 项"] if own else []
    if not issued:
        parts.append(f"政府已有 {held} 项、不用提交")
    elif shared:
        parts.append(f"政府已有 {held} 项，其中数据共享 {shared} 项、不用提交")
    else:
        parts.append(f"政府部门核发 {held} 项")
    return f"共 {total} 项：{'，'.join(parts)}。"


# --- Clauses ----------------------------------------------------------------------------------------------------

_DIGITS = {word: value for value, word in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NAMED = re.compile(r"第([0-9零〇一二两三四五六七八九十百千]{1,9})条")
_RANGE = re.compile(rf"{_NAMED.pattern}\s*(?:至|到|[-—–－~～])\s*{_NAMED.pattern}")
#: No document has more articles; a wider range is a slip of the pen.
_WIDEST = 1000


def number_of(words: str) -> int:
    """A whole number below 10,000 in Chinese or Arabic figures: 二十三 and 23 are 23, 十 is 10, 一百零五 is 105."""
    if words.isascii():
        return int(words)
    total, digit = 0, 0
    for word in words:
        if word in _UNITS:
            total += (digit or 1) * _UNITS[word]
            digit = 0
        else:
            digit = int(word) if word.isascii() else _DIGITS[word]
    return total + digit


def articles_of(clause: str) -> frozenset[int]:
    """Numbers of the articles that a clause names: 第四条至第六条、第九条第二款 are 4, 5, 6 and 9."""
    found = {number_of(words) for words in _NAMED.findall(clause)}
    for first, last in _RANGE.findall(clause):
        start, end = number_of(first), number_of(last)
        if end - start <= _WIDEST:
            found |= set(range(start, end + 1))
    return frozenset(found)


def basis_of(clause: str, bases: Sequence[str]) -> int | None:
    """Which of several bases, given by their own clauses, the clause of a condition lies in; None when that cannot be told.

    The only basis there is; of several, the one that alone names an article of the clause (T10.5).
    """
    if not clause.strip() or not bases:
        return None
    if len(bases) == 1:
        return 0
    wanted = articles_of(clause)
    matching = [place for place, own in enumerate(bases) if wanted & articles_of(own)]
    return matching[0] if len(matching) == 1 else None


# --- The window of an earlier version (A11) ---------------------------------------------------------------------


@dataclass(frozen=True)
class EarlierWindow:
    """First and last day of a window that was public once, and the version that said so."""

    start: datetime.date
    end: datetime.date
    version: int


def earlier_window(version: int, content: str) -> EarlierWindow | None:
    """The fixed window that a frozen publication (JSON) speaks of; None when it speaks of none, or of half of one."""
    told = json.loads(content)
    if told.get("window_type") != "fixed_window" or not told.get("window_start") or not told.get("window_end"):
        return None
    start, end = (datetime.date.fromisoformat(told[f"window_{name}"]) for name in ("start", "end"))
    return EarlierWindow(start, end, version)


# --- Months -----------------------------------------------------------------------------------------------------

FIRST_YEAR, LAST_YEAR = 1990, 2100
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


@dataclass(frozen=True, order=True)
class Month:
    """One month of the calendar, written 2026-12."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first(self) -> datetime.date:
        """Its first day."""
        return datetime.date(self.year, self.month, 1)

    @property
    def after(self) -> datetime.date:
        """The day after its last."""
        return datetime.date(self.year + self.month // 12, self.month % 12 + 1, 1)


def month_of(day: datetime.date) -> Month:
    """The month a day lies in."""
    return Month(day.year, day.month)


def read_month(text: str) -> Month | None:
    """The month that an address names; None for what is none, or lies outside the years that the calendar has."""
    found = _MONTH.fullmatch(text)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    return Month(year, month) if FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12 else None
