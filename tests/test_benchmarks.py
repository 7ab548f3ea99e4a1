"""What `make bench` says of its measurements: both senses of a limit, rounds, what failed, the exit status; the texts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import texts
from benchmarks.__main__ import main
from benchmarks.limits import LINES, PARTS, keys_of
from benchmarks.report import as_chart, as_table, write
from benchmarks.results import completed, exit_status, from_rounds, growth, judged, missing, ratios, share
from benchmarks.sizes import Sizes
from benchmarks.watching import Sampler, Watch
from benchmarks.workers import Side, SideError, side

ROOT = Path(__file__).resolve().parent.parent


# --- Ratios and limits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "is_met"),
    [
        ("nginx_requests", 0.85, True),  # at least 0.85
        ("nginx_requests", 0.849, False),
        ("nginx_cpu", 1.25, True),  # at most 1.25
        ("nginx_cpu", 1.251, False),
        ("queries", 8, True),
        ("queries", 9, False),
    ],
)
def test_a_limit_holds_from_its_own_side(key: str, value: float, is_met: bool) -> None:
    assert judged(key, value, "")["ok"] is is_met


def test_a_round_is_one_ratio_and_the_median_round_counts() -> None:
    rounds = ratios([1, 2, 30], [10, 10, 10])
    assert rounds == [0.1, 0.2, 3.0]
    result = from_rounds("nginx_cpu", rounds, "how")
    assert (result["value"], result["ok"]) == (0.2, True)
    assert "met in 2 of 3 rounds" in result["method"]
    assert "NOISY" in result["method"]


def test_rounds_that_agree_are_not_called_noisy() -> None:
    assert "NOISY" not in from_rounds("nginx_cpu", [1.0, 1.1, 1.2], "how")["method"]


def test_sides_with_different_numbers_of_rounds_are_no_ratio() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratios([1, 2], [1])


def test_growth_is_judged_at_the_steepest_step() -> None:
    assert growth([60, 600, 6000], [1, 10, 100]) == pytest.approx(1)
    assert growth([60, 600, 6000], [1, 2, 40]) == pytest.approx(2)  # twentyfold time at tenfold hits


def test_the_share_of_a_limit_is_below_one_when_it_is_kept_in_both_senses() -> None:
    assert share(judged("nginx_cpu", 0.625, "")) == pytest.approx(0.5)
    assert share(judged("uncached", 300, "")) == pytest.approx(0.5)
    assert share(judged("uncached", 75, "")) == pytest.approx(2)
    assert share(missing("uncached", "")) is None


def test_what_was_not_measured_is_not_met_and_says_why() -> None:
    found = completed({"draft": judged("draft", 0.1, "")}, keys_of("writing"), "no disk")
    assert [result["name"] for result in found] == [LINES[key].name for key in keys_of("writing")]
    assert [result["ok"] for result in found] == [True, False, False, False, False]
    assert found[1]["method"] == "no disk"
    assert found[1]["value"] is None


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([judged("draft", 0.1, "")], 0),
        ([judged("draft", 0.1, ""), judged("uncached", 149, "")], 1),
        ([judged("draft", 0.1, ""), missing("uncached", "")], 1),
        ([], 1),
    ],
)
def test_a_missed_limit_ends_with_status_1(results: list, status: int) -> None:
    assert exit_status(results) == status


def test_of_a_smaller_run_only_what_could_not_be_measured_counts() -> None:
    assert exit_status([judged("uncached", 1, "")], is_full=False) == 0
    assert exit_status([missing("uncached", "")], is_full=False) == 1


def test_every_line_belongs_to_a_part_and_has_a_sense() -> None:
    assert {line.part for line in LINES.values()} == set(PARTS)
    assert {line.sense for line in LINES.values()} == {"min", "max"}
    assert len({line.name for line in LINES.values()}) == len(LINES)
    for part in PARTS:
        assert (ROOT / "benchmarks" / f"{part}.py").exists()


# --- Report -----------------------------------------------------------------------------------------------------------


def test_the_report_says_the_same_in_json_table_and_chart(tmp_path: Path) -> None:
    results = [judged("nginx_requests", 0.9, "a | b"), judged("nginx_cpu", 2, ""), missing("uncached", "no wrk")]
    write(results, Sizes(), "latest", tmp_path)
    read = json.loads((tmp_path / "latest.json").read_text(encoding="utf-8"))
    assert read == results
    assert {frozenset(line) for line in read} == {frozenset(["name", "value", "limit", "sense", "ok", "method"])}
    table = (tmp_path / "latest.md").read_text(encoding="utf-8")
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| Measured")]
    assert [len(re.split(r"(?<!\\)\|", row)) for row in rows] == [7, 7, 7]
    assert "≥ 0.85 | yes" in rows[0]
    assert "≤ 1.25 | **no**" in rows[1]
    assert "not measured" in rows[2]
    chart = ElementTree.fromstring(as_chart(results))  # noqa: S314 -- our own
    texts_of = [node.text for node in chart.iter("{http://www.w3.org/2000/svg}text")]
    assert "94% of the limit" in texts_of  # 0.85 of 0.9
    assert "160% of the limit" in texts_of
    assert "not measured" in texts_of


def test_a_smaller_run_says_so() -> None:
    assert Sizes.asked({}).is_full
    small = Sizes.asked(
        {"HUIQITONG_BENCH_SCALE": "0.05", "HUIQITONG_BENCH_ROUNDS": "2", "HUIQITONG_BENCH_CLOCKS": "700"}
    )
    assert (small.pages, small.many, small.rounds, small.clocks) == (500, 5000, 2, 700)
    assert "REDUCED" in as_table([], small)


def test_an_unknown_part_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed"]) == 2
    assert "no part speed" in capsys.readouterr().out


# --- Sides, clocks, texts ---------------------------------------------------------------------------------------------


def test_a_side_answers_and_its_failure_has_its_words(tmp_path: Path) -> None:
    (tmp_path / "echoing.py").write_text(
        "from benchmarks.workers import answer_all\n"
        "def double(number):\n    print('noise')\n    return number * 2\n"
        "answer_all({'double': double})\n",
        encoding="utf-8",
    )
    with side(sys.executable, "echoing", {"PYTHONPATH": f"{ROOT}:{tmp_path}", "PYTHONUTF8": "1"}) as one:
        assert isinstance(one, Side)
        assert one.ask("double", number=4) == 8
        with pytest.raises(SideError, match="unexpected keyword"):
            one.ask("double", digit=4)
        assert one.ask("double", number=5) == 10


def test_a_watch_sums_outermost_calls_and_leaves_the_method_as_it_was() -> None:
    class Thing:
        def down(self, depth: int) -> int:
            return depth and self.down(depth - 1)

    before = Thing.down
    with Watch(Thing, "down") as watch:
        Thing().down(3)
    assert watch.seconds > 0
    assert watch.depth == 0
    assert Thing.down is before


def test_a_sampler_gives_a_package_what_it_calls_but_not_a_statement_that_it_hands_on() -> None:
    busy = "def spin(seconds):\n    import time\n    end = time.perf_counter() + seconds\n    while time.perf_counter() < end: pass\n"
    statements = {"__name__": "django.db.backends.utils"}
    exec(busy, statements)  # noqa: S102 -- functions of a module that is only said to be one
    own = {"__name__": "ours.watch", "statement": statements["spin"]}
    exec(busy + "def work():\n    spin(0.06)\ndef hand_on():\n    statement(0.06)\n", own)  # noqa: S102
    with Sampler("ours") as sampler:
        own["work"]()
        own["hand_on"]()
    assert sampler.total == pytest.approx(0.12, rel=0.4)
    assert sampler.inside / sampler.total == pytest.approx(0.5, abs=0.15)


def test_the_same_number_gives_the_same_text_with_so_many_characters() -> None:
    one = texts.policy(7, 5000)
    assert one == texts.policy(7, 5000)
    assert one != texts.policy(8, 5000)
    assert 4500 < len(one.words()) < 5800
    assert len(one.blocks) == texts.CHAPTERS + texts.ARTICLES


def test_planted_words_stand_in_as_many_pages_as_said_and_nowhere_else() -> None:
    pages, hits = 100, [3, 20, 100]
    all_texts = [texts.policy(number, 300, tuple((hit, pages) for hit in hits)).words() for number in range(pages)]
    assert [sum(texts.planted(place) in text for text in all_texts) for place in range(3)] == hits
    assert not any(texts.planted(0) in texts.policy(number, 300).words() for number in range(pages))


def test_queries_have_two_to_six_characters_of_every_frequency() -> None:
    queries = texts.queries(60, 800, 12)
    assert {len(query) for query in queries} <= {2, 3, 4, 6}
    assert len(set(queries)) == len(queries) >= 9


def test_the_peer_shares_no_code_with_the_product() -> None:
    """What is measured beside us must not be us: the peer's process loads neither our apps nor our search."""
    code = (
        "import django, sys; django.setup(); import benchmarks.peers.stock.worker, benchmarks.peers.stock.models; "
        "print([name for name in sys.modules if name.split('.')[0] in ('policy_pages', 'accounts', 'audit', 'cms')])"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.peers.stock.settings",
        "DATABASE_URL": "sqlite://:memory:",
        "PYTHONUTF8": "1",
    }
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
