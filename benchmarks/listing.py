"""The list of all public pages with the number behind every choice, cold: ours beside stock Wagtail's GROUP BY."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.results import from_rounds, ratios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.ground import Ground
    from benchmarks.results import Result

PATH, TIMES = "/policies/", 9


def measure(ground: Ground) -> Iterator[dict[str, Result]]:
    """Yield the one line of this part."""
    ours, stock = ground.both()
    times: dict[str, list[float]] = {"ours": [], "stock": []}
    last = {}
    with ground.our_side(ours) as us, ground.stock_side(stock) as them:
        for _round in range(ground.sizes.rounds):
            for name, side in (("ours", us), ("stock", them)):
                last[name] = side.ask("get", path=PATH, times=TIMES)
                times[name].append(median(last[name]["seconds"]))
    said = [
        f"{median(times[name]) * 1000:.1f} ms, {last[name]['queries']} queries, {last[name]['bytes']:,} bytes"
        for name in ("ours", "stock")
    ]
    with ground.our_side(ours) as us:
        us.ask("get", path=PATH, times=1)
        us.ask("write", times=1, length=ground.sizes.length)
        first = us.ask("get", path=PATH, times=1)["first"]
    how = (
        f"{said[0]} / {said[1]}; the whole page in process, {TIMES} times a round, {ground.sizes.pages:,} pages; "
        f"ours right after a publication: {first * 1000:.1f} ms"
    )
    yield {"listing": from_rounds("listing", ratios(times["ours"], times["stock"]), how)}
