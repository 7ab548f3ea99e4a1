"""The results as JSON for programs, a table for readers and a chart."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.results import share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.results import Result
    from benchmarks.sizes import Sizes

FOLDER = Path(__file__).parent / "results"
WIDTH, ROW, BAR = 720, 56, 460


def write(results: Sequence[Result], sizes: Sizes, name: str, folder: Path = FOLDER) -> None:
    """Write NAME.json, NAME.md and NAME.svg and print the table."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    table = as_table(results, sizes)
    (folder / f"{name}.md").write_text(table, encoding="utf-8")
    (folder / f"{name}.svg").write_text(as_chart(results), encoding="utf-8")
    print(table)


def as_table(results: Sequence[Result], sizes: Sizes) -> str:
    """The table in Markdown."""
    head = f"{sizes}, {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}"
    lines = [head, "", "| Measured | Value | Limit | Met | How |", "|---|---|---|---|---|"]
    for result in results:
        met = "yes" if result["ok"] else "**no**"
        value = "not measured" if result["value"] is None else f"{result['value']:.4g}"
        sign = "≥" if result["sense"] == "min" else "≤"
        how = result["method"].replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {result['name']} | {value} | {sign} {result['limit']:.4g} | {met} | {how} |")
    return "\n".join(lines) + "\n"


def as_chart(results: Sequence[Result]) -> str:
    """How much of each limit is used, as bars; the line is the limit, and shorter is better in both senses."""
    height = ROW * len(results) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif">',
        "<title>Share of each limit that is used</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    full = BAR * 2 // 3
    for place, result in enumerate(results):
        used = share(result)
        top, width = 16 + place * ROW, max(2, min(BAR, round(full * min(used or 0, 9))))
        colour = "#1f6f54" if result["ok"] else "#a4281f"
        said = "not measured" if used is None else f"{used:.0%} of the limit"
        parts += [
            f'<text x="10" y="{top + 12}" font-size="13">{escape(result["name"])}</text>',
            f'<rect x="10" y="{top + 19}" width="{width}" height="16" fill="{colour}"/>',
            f'<text x="{width + 18}" y="{top + 32}" font-size="12">{said}</text>',
        ]
    parts += [f'<path d="M{10 + full} 8V{height - 24}" stroke="#444" stroke-dasharray="4 3"/>']
    parts += [f'<text x="{14 + full}" y="{height - 12}" font-size="12">limit</text>', "</svg>"]
    return "\n".join(parts) + "\n"
