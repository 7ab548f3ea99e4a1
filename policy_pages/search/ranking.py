"""BM25 over the tokens of candidate pages, the same on every database. Pure: no Django, no database."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policy_pages.search.plan import Loose

#: A hit in the title or the 文号 counts as this many in the body.
TITLE_WEIGHT = 8
#: How much another word for the same thing counts, against the word that was typed.
OTHER_WORD_WEIGHT = 0.7
#: BM25's saturation and length normalisation: the usual middle values, 1.2–2.0 and 0.75.
_SATURATION = 2.0
_LENGTH_SHARE = 0.75


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


def ranked(loose: Loose, candidates: Sequence[Candidate], statistics: Statistics) -> list[int]:
    """The candidates' keys, best first; equal scores put the newer page (the higher key) first."""
    if not candidates:
        return []
    mean = sum(map(_length, candidates)) / len(candidates) or 1.0
    scores = {candidate.pk: _score(loose, candidate, statistics, mean) for candidate in candidates}
    return sorted(scores, key=lambda pk: (-scores[pk], -pk))


def _length(candidate: Candidate) -> int:
    # Characters stand for tokens (a bigram and its blank are three): counting blanks would read every text again.
    return len(candidate.body) + TITLE_WEIGHT * len(candidate.title)


def _score(loose: Loose, candidate: Candidate, statistics: Statistics, mean: float) -> float:
    title, body = f" {candidate.title} ", f" {candidate.body} "
    norm = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * _length(candidate) / mean)
    weights = {}
    for token in loose.all_tokens():
        # A blank belongs to both neighbours, so "ab ab" counts once: harmless under saturation, and faster than split.
        hits = body.count(f" {token} ") + TITLE_WEIGHT * title.count(f" {token} ")
        weights[token] = statistics.rarity(token) * hits * (_SATURATION + 1) / (hits + norm) if hits else 0.0
    return sum(weights[token] for token in loose.tokens) + sum(
        _surplus(weights, concept.own, concept.others) for concept in loose.concepts
    )


def _surplus(weights: Mapping[str, float], own: tuple[str, ...], others: tuple[tuple[str, ...], ...]) -> float:
    """What the best other word adds over the typed one: a page is not paid twice for naming one thing two ways."""
    typed = sum(weights.get(token, 0.0) for token in own)
    best = max((sum(weights[token] for token in word) for word in others), default=0.0)
    return max(0.0, OTHER_WORD_WEIGHT * best - typed)
