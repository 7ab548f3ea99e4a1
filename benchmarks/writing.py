"""Saving a draft and publishing it, beside stock Wagtail among as many pages, and among few and many pages of our own."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.results import from_rounds, judged, missing, ratios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.ground import Ground
    from benchmarks.results import Result
    from benchmarks.workers import Side

Rounds = dict[str, list[dict[str, float]]]


def measure(ground: Ground) -> Iterator[dict[str, Result]]:
    """Yield the lines of this part by key, as they come."""
    ours, stock = ground.both()
    with ground.our_side(ours) as us, ground.stock_side(stock) as them:
        rounds = taken({"ours": us, "stock": them}, ground)
        said = f"among {ground.sizes.pages:,} pages"
        yield {"draft": compared("draft", rounds, ("ours", "stock"), said)}
        decision = median(one["decision"] for one in rounds["ours"])
        said += f"; the bureau's whole approval: {decision * 1000:.0f} ms"
        yield {"publish": compared("publish", rounds, ("ours", "stock"), said)}
        yield {"bump": bumped(us, ground)}
    few, many = ground.fewer_and_more()
    with ground.our_side(many) as more, ground.our_side(few) as fewer:
        rounds = taken({"many": more, "few": fewer}, ground)
        for key in ("draft", "publish"):
            said = f"among {ground.sizes.many:,} / {ground.sizes.few:,} pages of {ground.sizes.short} characters"
            yield {f"{key}_growth": compared(key, rounds, ("many", "few"), said, line=f"{key}_growth")}


def taken(sides: dict[str, Side], ground: Ground) -> Rounds:
    """Of each round and side the median of each kind of write; one round more than asked, the first not counted."""
    found: Rounds = {name: [] for name in sides}
    for number in range(ground.sizes.rounds + 1):
        for name, side in sides.items():
            written = side.ask("write", times=ground.sizes.writes if number else 1, length=ground.sizes.length)
            if number:
                found[name].append({kind: median(seconds) for kind, seconds in written.items()})
    return found


def compared(key: str, rounds: Rounds, names: tuple[str, str], said: str, line: str = "") -> Result:
    """One kind of write on two sides."""
    part, whole = ([one[key] for one in rounds[name]] for name in names)
    how = f"{median(part) * 1000:.1f} / {median(whole) * 1000:.1f} ms {said}"
    print(f"{line or key}: {how}", flush=True)
    return from_rounds(line or key, ratios(part, whole), how)


def bumped(us: Side, ground: Ground) -> Result:
    """What of a publication is the bake's: marking, inserting, and setting the link after the commit."""
    times = ground.sizes.rounds * ground.sizes.writes
    found = us.ask("bump", times=times, length=ground.sizes.length)
    if not found["inside"]:
        return missing("bump", "no time was seen in policy_pages.baking: nothing is kept here, or nothing is marked")
    how = f"{found['inside'] / times * 1000:.2f} ms of {found['total'] / times * 1000:.0f} ms, {times} approvals sampled every 0.5 ms"
    return judged("bump", found["inside"] / found["total"], how)
