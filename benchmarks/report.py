"""The results as JSON for programs, a table for readers and a chart."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.duties import Result

FOLDER = Path(__file__).parent / "results"
WIDTH, ROW, BAR = 720, 56, 460


def write(results: list[Result], clocks: int) -> None:
    """Write latest.json, latest.md and latest.svg and print the table."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "latest.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    table = as_table(results, clocks)
    (FOLDER / "latest.md").write_text(table, encoding="utf-8")
    (FOLDER / "latest.svg").write_text(as_chart(results), encoding="utf-8")
    print(table)


def as_table(results: list[Result], clocks: int) -> str:
    """The table in Markdown."""
    head = f"{clocks:,} clocks, {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, SQLite"
    lines = [head, "", "| Measured | Value | Limit | Met | How |", "|---|---|---|---|---|"]
    for result in results:
        met = "yes" if result["ok"] else "**no**"
        lines.append(
            f"| {result['name']} | {result['value']:.6g} | ≤ {result['limit']:.6g} | {met} | {result['method']} |"
        )
    return "\n".join(lines) + "\n"


def as_chart(results: list[Result]) -> str:
    """Each value as its share of the limit, as bars; the line is the limit."""
    height = ROW * len(results) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif">',
        "<title>Share of each limit that is used</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    full = BAR * 2 // 3
    for place, result in enumerate(results):
        used = result["value"] / result["limit"]
        top, width = 16 + place * ROW, max(2, min(BAR, round(full * used)))
        colour = "#1f6f54" if result["ok"] else "#a4281f"
        parts += [
            f'<text x="10" y="{top + 12}" font-size="13">{escape(result["name"])}</text>',
            f'<rect x="10" y="{top + 19}" width="{width}" height="16" fill="{colour}"/>',
            f'<text x="{width + 18}" y="{top + 32}" font-size="12">{used:.0%} of the limit</text>',
        ]
    parts += [f'<path d="M{10 + full} 8V{height - 24}" stroke="#444" stroke-dasharray="4 3"/>']
    parts += [f'<text x="{14 + full}" y="{height - 12}" font-size="12">limit</text>', "</svg>"]
    return "\n".join(parts) + "\n"
