"""Search by relevance and counting, beside Wagtail's own backend over the same texts, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks import texts
from benchmarks.ground import OURS, STOCK
from benchmarks.results import from_rounds, growth, judged, ratios

if TYPE_CHECKING:
    from benchmarks.ground import Ground
    from benchmarks.results import Result
    from benchmarks.sizes import Sizes
    from benchmarks.workers import Side

#: With so many exact hits our search does not go on to looser readings: then the counts must be the truth.
ENOUGH = 10


def measure(ground: Ground) -> Iterator[dict[str, Result]]:
    """Yield the lines of this part by key, as they come."""
    queries = texts.queries(ground.sizes.pages, ground.sizes.length)
    ours, stock = ground.both()
    with ground.our_side(ours) as us, ground.stock_side(stock) as them:
        yield {"growth": grown(us, ground)}
        yield from compared(us, them, queries, ground, suffix="")
    with on_postgres(ground) as (our_url, stock_url):
        ground.fill({
            our_url: (OURS, ground.sizes.pages, ground.sizes.length),
            stock_url: (STOCK, ground.sizes.pages, ground.sizes.length),
        })  # fmt: skip
        with ground.our_side(our_url) as us, ground.stock_side(stock_url) as them:
            them.ask("index")
            yield from compared(us, them, queries, ground, suffix="_postgres")


def compared(us: Side, them: Side, queries: list[str], ground: Ground, suffix: str) -> Iterator[dict[str, Result]]:
    """Page and count: the median over the queries of one side to that of the other, round by round."""
    truth = us.ask("truth", queries=queries, pages=ground.sizes.pages, length=ground.sizes.length)
    same = same_for_both(us, them, ground.sizes)
    for what in ("page", "count"):
        times: dict[str, list[float]] = {"ours": [], "stock": []}
        answers: dict[str, Any] = {}
        for _round in range(ground.sizes.rounds):
            for name, side in (("ours", us), ("stock", them)):
                answers[name] = side.ask("find", queries=queries, what=what)
                times[name].append(median(answers[name]["seconds"]))
        how = (
            f"{median(times['ours']) * 1000:.2f} ms (slowest {max(answers['ours']['seconds']) * 1000:.0f}) / "
            f"{median(times['stock']) * 1000:.2f} ms, medians of {len(queries)} queries; "
            f"where both find the same: {same[what]}; truth: median {median(truth):g} hits, {max(truth)} at most"
        )
        if what == "count":
            how += f"; {judged_hits(truth, answers['ours']['hits'], us.ask('written'))}; stock finds {recall(truth, answers['stock']['hits'])}"
        print(f"{what}{suffix}: {how}", flush=True)
        yield {what + suffix: from_rounds(what + suffix, ratios(times["ours"], times["stock"]), how)}


def same_for_both(us: Side, them: Side, sizes: Sizes) -> dict[str, str]:
    """Ratio for a word that stands between punctuation wherever it stands: the one thing stock finds as we do."""
    words, said = [texts.planted(0), texts.planted(1)], {}
    for what in ("page", "count"):
        ours, stock = (side.ask("find", queries=words, what=what) for side in (us, them))
        if what == "count" and not ours["hits"] == stock["hits"] == sizes.hits()[:2]:
            raise AssertionError(f"planted {sizes.hits()[:2]}, found {ours['hits']} and {stock['hits']}")
        rates = ratios(ours["seconds"], stock["seconds"])
        said[what] = ", ".join(f"{rate:.2g} at {hits:,} hits" for rate, hits in zip(rates, sizes.hits(), strict=False))
    return said


def judged_hits(truth: list[int], found: list[int], written: int) -> str:
    """Whether our counts are right, where the search needed no looser reading; other parts may have written pages since."""
    pairs = [(true, hit) for true, hit in zip(truth, found, strict=True) if true >= ENOUGH]
    right = sum(true <= hit <= true + written for true, hit in pairs)
    return f"ours counts {right} of {len(pairs)} queries with {ENOUGH} hits and more exactly"


def recall(truth: list[int], found: list[int]) -> str:
    """How much of the truth was found, over all queries."""
    return f"{sum(min(pair) for pair in zip(truth, found, strict=True)) / max(1, sum(truth)):.1%} of the hits"


def grown(us: Side, ground: Ground) -> Result:
    """How our time grows from some hits to all pages."""
    hits = ground.sizes.hits()
    words = [texts.planted(place) for place in range(len(hits))]
    rounds = [us.ask("find", queries=words, what="page")["seconds"] for _round in range(max(3, ground.sizes.rounds))]
    seconds = [median(one[place] for one in rounds) for place in range(len(hits))]
    if us.ask("find", queries=words, what="count")["hits"] != hits:
        raise AssertionError("the planted words are not found where they were planted")
    told = ", ".join(f"{hit:,} hits {second * 1000:.1f} ms" for hit, second in zip(hits, seconds, strict=True))
    return judged("growth", growth(hits, seconds), f"page of 20: {told}; medians of {len(rounds)} rounds")


@contextmanager
def on_postgres(ground: Ground) -> Iterator[tuple[str, str]]:
    """A server of our own with a database for each side."""
    import psycopg

    from tests.postgres import running_server

    with running_server() as url:
        room = url.partition("@/")[2].rpartition("/")[0]
        with psycopg.connect(
            host="/" + room.lstrip("/"), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            for name in ("ours", "stock"):
                connection.execute(f"CREATE DATABASE {name}")
        yield tuple(url.rpartition("/")[0] + f"/{name}" for name in ("ours", "stock"))  # type: ignore[misc]
