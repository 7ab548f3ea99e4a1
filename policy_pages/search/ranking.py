"""How well candidate pages answer a query, and in which order they are shown, the same on every database. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from policy_pages.search import rules
from policy_pages.search.plan import Concept, Loose

#: SQLite's bm25 counts a hit in the title or the 文号 as this many in the body; it only chooses what is ranked here.
TITLE_WEIGHT = 8
#: A token that the title or the 文号 holds adds this many times its rarity to what the body gives it (three at most).
TITLE_BONUS = 2.0
#: How much another word for the same thing counts, against the word that was typed.
OTHER_WORD_WEIGHT = 0.7
#: How much a token across the border of a known word counts: 款贴 in 贷款贴息 says little, and is rare.
SEAM_WEIGHT = 0.4
#: BM25's saturation and length normalisation: the usual middle values, 1.2–2.0 and 0.75.
_SATURATION = 2.0
#: Looking for so many tokens takes as long as counting a text of 5,000 characters through.
_MANY_TOKENS = 40
_LENGTH_SHARE = 0.75
#: Length of a usual text in the index, in characters (a bigram and its blank are three): half of 275 real documents are
#: longer. It stands for the mean, which would cost reading every text; from 3,000 to 9,000 the judgments say the same.
_USUAL_LENGTH = 5_000
#: Scores within a tenth of the best of their group answer equally well: what holds today then comes first.
BAND = 0.1
#: The rarest tokens of a query are telling until their hits add up to this: what is in every page finds nothing.
_TELLING_HITS = 20_000


class Standing(IntEnum):
    """How current a page is; the lower comes first among equally good ones."""

    CURRENT = 0  # in force, open for application, or an interpretation
    WAITING = 1  # not open yet, or not known when
    ENDED = 2  # repealed, expired, closed


class Candidate(NamedTuple):
    """A page as the index stores it: its texts are tokens between single blanks."""

    pk: int
    title: str
    body: str


@dataclass(frozen=True)
class Statistics:
    """How many entries the index holds and in how many of them each token stands."""

    entries: int
    frequencies: Mapping[str, int]

    def rarity(self, token: str) -> float:
        """BM25's inverse document frequency."""
        frequency = self.frequencies.get(token, 0)
        return math.log(1 + (max(self.entries - frequency, 0) + 0.5) / (frequency + 0.5))


class Holding(NamedTuple):
    """Which of the query's telling tokens a page holds, anywhere and in its title."""

    pk: int
    tokens: Collection[str]
    titled: Collection[str]


class Share(NamedTuple):
    """Which share of the query's rarity a page holds, anywhere and in its title."""

    pk: int
    held: float
    titled: float


class Judged(NamedTuple):
    """How well a page answers the query."""

    pk: int
    score: float


def telling(statistics: Statistics) -> list[str]:
    """The rarest tokens that the index holds at all, at least one."""
    present = sorted((count, token) for token, count in statistics.frequencies.items() if count)
    chosen: list[str] = []
    total = 0
    for count, token in present:
        total += count
        if chosen and total > _TELLING_HITS:
            break
        chosen.append(token)
    return chosen


def shares(loose: Loose, holdings: Iterable[Holding], statistics: Statistics) -> list[Share]:
    """What pages hold of the query's rarity, in the order they came; no text is read for it.

    The whole is the rarity of the typed tokens that are telling; a word that no page holds counts as its best other
    word. A share may pass 1 where another word is rarer than the typed one.
    """
    weights = {token: _weight(loose, token, statistics) for token in telling(statistics)}
    whole = _sum(loose, weights) or 1.0

    def share(tokens: Iterable[str]) -> float:
        return _sum(loose, {token: weights[token] for token in tokens}) / whole

    return [Share(one.pk, share(one.tokens), share(one.titled)) for one in holdings]


def judged(loose: Loose, candidates: Sequence[Candidate], statistics: Statistics) -> list[Judged]:
    """The candidates judged by the query read as a bag, in the order they came."""
    # What no page holds need not be looked for in any: of a text of 200 rare characters that is nearly everything.
    present = [token for token in loose.all_tokens() if statistics.frequencies.get(token)]
    weights = {token: _weight(loose, token, statistics) for token in present}
    return [Judged(one.pk, _score(loose, one, weights)) for one in candidates]


def ranked(found: Iterable[Judged], standings: Mapping[int, Standing] | None = None) -> list[int]:
    """The keys, best first.

    Equal are scores within a band: from the best score not yet in one down to `BAND` (a tenth) below it. Within a band
    what is current comes before what waits, and that before what has ended; then the score decides, then the newer page
    (the higher key). A page without a standing counts as current.
    """
    standings = standings or {}
    order: list[tuple[int, Standing, float, int]] = []
    band, top = 0, math.inf
    for one in sorted(found, key=lambda one: (-one.score, -one.pk)):
        if one.score < top * (1 - BAND):
            band, top = band + 1, one.score
        order.append((band, standings.get(one.pk, Standing.CURRENT), -one.score, -one.pk))
    return [-pk for *_, pk in sorted(order)]


def _weight(loose: Loose, token: str, statistics: Statistics) -> float:
    return statistics.rarity(token) * (SEAM_WEIGHT if token in loose.seams else 1.0)


def _score(loose: Loose, candidate: Candidate, weights: Mapping[str, float]) -> float:
    titled = frozenset(candidate.title.split())
    norm = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * len(candidate.body) / _USUAL_LENGTH)
    hits_of = _counter(candidate.body, len(weights))
    worth = {}
    for token, weight in weights.items():
        hits, is_titled = hits_of(token), token in titled
        if hits or is_titled:
            bonus = TITLE_BONUS if is_titled else 0.0
            worth[token] = weight * (hits * (_SATURATION + 1) / (hits + norm) + bonus)
    return _sum(loose, worth)


def _counter(body: str, tokens: int) -> Callable[[str], int]:
    """How often a token stands in a text; of few tokens each is looked for, for many the text is counted through once."""
    if tokens > _MANY_TOKENS:
        return Counter(body.split()).__getitem__
    return lambda token: _hits(body, token)


def _hits(body: str, token: str) -> int:
    if len(token) > 1 and rules.is_cjk(token):
        # Two characters of CJK that stand together are a token: looked for without its blanks, which is quicker.
        return body.count(token)
    # A blank belongs to both neighbours, so "ab ab" counts once: harmless under saturation, and faster than split.
    return f" {body} ".count(f" {token} ")


def _sum(loose: Loose, weights: Mapping[str, float]) -> float:
    """What the tokens weigh together, other words for a concept included."""
    typed = sum(weights.get(token, 0.0) for token in loose.tokens)
    return typed + sum(_surplus(weights, concept) for concept in loose.concepts)


def _surplus(weights: Mapping[str, float], concept: Concept) -> float:
    """What the best other word adds over the typed one: a page is not paid twice for naming one thing two ways.

    Another word counts whole or not at all: 社会 is not yet 社会保险.
    """
    typed = sum(weights.get(token, 0.0) for token in concept.own)
    whole = (word for word in concept.others if all(token in weights for token in word))
    best = max((sum(weights[token] for token in word) for word in whole), default=0.0)
    return max(0.0, OTHER_WORD_WEIGHT * best - typed)
