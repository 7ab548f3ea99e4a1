"""Which characters differ: nothing of either text is ever lost, numbers stay whole, and the time is bounded."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_pages.versions import marking
from policy_pages.versions.marking import Codes, Marker, without
from policy_pages.versions.rules.pieces import GONE, NEW, SAME, Piece, paragraphs

if TYPE_CHECKING:
    from collections.abc import Callable

#: Articles as people write them, and what breaks a comparison: private characters, lone surrogates, lines, nothing.
WORDS = st.sampled_from(
    ["对", "企业", "给予", "后补助", "。", "；", "\n", "40%", "2026-03-01", "50", "万元", "R&D", "<b>"]
)
ARTICLES = st.lists(WORDS, max_size=60).map("".join)
ANYTHING = st.text(alphabet=st.characters(codec=None), max_size=80) | st.text("\U000f0000\U000f0001甲1%", max_size=12)


def marks(was: str, now: str) -> list[tuple[str, str]]:
    return [(piece.sign, piece.text) for piece in Marker().mark(was, now)]


def loses_nothing(mark: Callable[[str, str], list[Piece]], was: str, now: str) -> bool:
    """Deleting the insertions gives the old text, deleting the deletions the new one."""
    pieces = mark(was, now)
    return without(pieces, NEW) == was and without(pieces, GONE) == now


@given(ARTICLES | ANYTHING, ARTICLES | ANYTHING)
@settings(max_examples=300, deadline=None)
def test_without_the_insertions_it_is_the_old_text_and_without_the_deletions_the_new_one(was: str, now: str) -> None:
    assert loses_nothing(Marker().mark, was, now)
    assert loses_nothing(Marker(seconds=0).mark, was, now), "when there is no time left too"


@given(ARTICLES, ARTICLES)
@settings(max_examples=30, deadline=None)
def test_long_texts_compared_by_sentences_lose_nothing_either(was: str, now: str) -> None:
    base = "为支持企业研发，制定本措施。" * 60
    assert loses_nothing(Marker().mark, base + was + base, base + now + base)


@pytest.mark.parametrize(
    "defect",
    [
        lambda pieces: pieces[:-1],
        lambda pieces: [*pieces[:-1], Piece(pieces[-1].sign, pieces[-1].text[:-1])] if pieces else pieces,
        lambda pieces: [Piece(piece.sign, piece.text.replace("%", "")) for piece in pieces],
        lambda pieces: [Piece(SAME if piece.sign == NEW else piece.sign, piece.text) for piece in pieces],
    ],
    ids=["the last piece", "the last character", "every percent sign", "that a piece is new"],
)
def test_the_property_finds_a_comparison_that_loses(defect: Callable[[list[Piece]], list[Piece]]) -> None:
    @given(ARTICLES, ARTICLES)
    @settings(database=None, deadline=None)
    def holds(was: str, now: str) -> None:
        assert loses_nothing(lambda *texts: defect(Marker().mark(*texts)), was, now)

    with pytest.raises(AssertionError):
        holds()


def test_numbers_dates_and_latin_words_change_as_a_whole() -> None:
    assert marks("抵扣40%。", "抵扣50%。") == [(SAME, "抵扣"), (GONE, "40%"), (NEW, "50%"), (SAME, "。")]
    assert marks("截至2026-03-01", "截至2026-04-01") == [(SAME, "截至"), (GONE, "2026-03-01"), (NEW, "2026-04-01")]
    assert marks("R1 Alpha", "R1 Alphabet") == [(SAME, "R1 "), (GONE, "Alpha"), (NEW, "Alphabet")]


def test_an_inserted_clause_is_one_piece() -> None:
    assert marks("给予补助。", "给予补助，最高五十万元。") == [
        (SAME, "给予补助"),
        (NEW, "，最高五十万元"),
        (SAME, "。"),
    ]
    assert marks("给予补助，最高五十万元。", "给予补助。") == [
        (SAME, "给予补助"),
        (GONE, "，最高五十万元"),
        (SAME, "。"),
    ]


def test_one_sentence_of_a_long_article_is_marked_in_that_sentence_only() -> None:
    base = [f"第{number}款规定的补助由市财政承担。" for number in range(200)]
    changed = [*base]
    changed[120] = "第120款规定的补助由区财政承担。"
    found = [piece for piece in marks("".join(base), "".join(changed)) if piece[0] != SAME]
    assert found == [(GONE, "市"), (NEW, "区")]


def test_private_characters_of_a_text_stand_for_nothing_else() -> None:
    codes = Codes("\U000f0000")
    assert codes.code("四十") == "\U000f0001"
    assert codes.code("四十") == "\U000f0001"
    assert codes.code("\U000f0000") == "\U000f0000"
    assert codes.words("\U000f0000\U000f0001") == "\U000f0000四十"


def test_more_words_than_private_characters_stay_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking, "PRIVATE", (range(0xF0000, 0xF0001),))
    codes = Codes("")
    assert [codes.code("甲乙"), codes.code("丙丁")] == ["\U000f0000", "丙丁"]
    assert loses_nothing(Marker().mark, "甲1乙22丙333", "甲22乙333丙4444")


LETTERS = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"


def noise(seed: int, length: int) -> str:
    chance = random.Random(seed)
    return "".join(chance.choice(LETTERS) for _place in range(length))


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (noise(1, 60_000), noise(2, 60_000)),
        (noise(1, 60_000), noise(1, 60_000)[::-1]),
        ("的" * 60_000, "的是" * 30_000),
        ("的。" * 30_000, "是。的。" * 15_000),
        ("".join(f"{n}的。" for n in range(15_000)), "".join(f"{2 * n}的是。" for n in range(15_000))),
    ],
    ids=["nothing in common", "backwards", "repeats", "short sentences", "half of it"],
)
def test_texts_of_60_000_characters_that_have_little_in_common_take_a_second(was: str, now: str) -> None:
    begun = time.process_time()
    assert loses_nothing(Marker().mark, was, now)
    assert time.process_time() - begun < 2, "half of it as a rule; of this process, whoever else uses the machine"


def test_a_page_has_one_time_for_all_its_articles() -> None:
    marker = Marker(seconds=0.3)
    begun = time.process_time()
    for number in range(40):
        assert loses_nothing(marker.mark, noise(number, 5_000), noise(number + 100, 5_000))
    assert time.process_time() - begun < 1.5
    assert marker.left <= 0


def test_pieces_are_parted_where_lines_end_in_either_text() -> None:
    pieces = [Piece(SAME, "甲\n乙"), Piece(NEW, "\n丙"), Piece(SAME, "\n\n丁")]
    assert [[(piece.sign, piece.text) for piece in line] for line in paragraphs(pieces)] == [
        [(SAME, "甲")],
        [(SAME, "乙")],
        [(NEW, "丙")],
        [(SAME, "丁")],
    ]
    assert paragraphs([]) == []
