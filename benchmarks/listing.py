"""The list of all public pages with the number behind every choice, cold: ours beside stock Wagtail's GROUP BY."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.results import from_rounds, ratios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.ground import Ground
    from benchmarks.results import Result

PATH, TIMES, FIRSTS = "/policies/", 9, 3


def measure(ground: Ground) -> Iterator[dict[str, Result]]:
    """Yield the one line of this part: ours is the first list after a publication, when nothing of it is counted yet."""
    ours, stock = ground.both()
    first: list[float] = []
    times: dict[str, list[float]] = {"ours": [], "stock": []}
    last = {}
    with ground.our_side(ours) as us, ground.stock_side(stock) as them:
        us.ask("get", path=PATH, times=1)  # the process's own first answer loads code and templates
        for _round in range(ground.sizes.rounds):
            found = []
            for _time in range(FIRSTS):
                us.ask("write", times=1, length=ground.sizes.length)
                found.append(us.ask("get", path=PATH, times=1)["first"])
            first.append(median(found))
            for name, side in (("ours", us), ("stock", them)):
                last[name] = side.ask("get", path=PATH, times=TIMES)
                times[name].append(median(last[name]["seconds"]))
    later, peer = (
        f"{median(times[name]) * 1000:.1f} ms, {last[name]['queries']} queries, {last[name]['bytes']:,} bytes"
        for name in ("ours", "stock")
    )
    how = (
        f"{median(first) * 1000:.1f} ms, the first after a publication, {FIRSTS} a round / {peer}; "
        f"the whole page in process, {ground.sizes.pages:,} pages; ours after that one: {later}"
    )
    yield {"listing": from_rounds("listing", ratios(first, times["stock"]), how)}
