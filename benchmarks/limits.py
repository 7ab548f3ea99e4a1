"""The limits: every line of the results, whether it could be measured or not."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """One line: `sense` is "max" when the value may not pass `limit`, "min" when it may not stay below."""

    part: str
    name: str
    limit: float
    sense: str = "max"


#: In the order of the table. A part returns values by these keys.
LINES = {
    # served: against the bytes as a file, against a server that only answers, against what others keep or render
    "nginx_requests": Line("serving", "baked page behind nginx / same bytes as a file of nginx: requests", 0.85, "min"),
    "nginx_cpu": Line("serving", "baked page behind nginx / same bytes as a file of nginx: CPU per request", 1.25),
    "constant": Line("serving", "baked page from granian / constant bytes from granian: requests", 0.80, "min"),
    "uncached": Line("serving", "baked page from granian / stock Wagtail uncached: requests", 150, "min"),
    "wagtailcache": Line("serving", "baked page from granian / wagtail-cache (locmem): requests", 4, "min"),
    "render": Line("serving", "cold page / stock Wagtail's page of the same content: time", 0.7),
    "queries": Line("serving", "queries of a cold page", 8),
    "listing": Line("listing", "cold listing with all facets / the same by GROUP BY on page tables: time", 1 / 6),
    "page": Line("search", "20 by relevance / stock backend, SQLite: time", 1 / 15),
    "count": Line("search", "count of hits / stock backend, SQLite: time", 1 / 50),
    "growth": Line("search", "growth of time / growth of hits, steepest step, SQLite", 1),
    "page_postgres": Line("search", "20 by relevance / stock backend with its missing index, PostgreSQL: time", 1),
    "count_postgres": Line("search", "count of hits / stock backend with its missing index, PostgreSQL: time", 1),
    "draft": Line("writing", "draft save / stock Wagtail, SQLite: time", 1 / 5),
    "publish": Line("writing", "publish / stock Wagtail, SQLite: time", 1 / 4),
    "draft_growth": Line("writing", "draft save among many pages / among few: time", 1.3),
    "publish_growth": Line("writing", "publish among many pages / among few: time", 1.3),
    "bump": Line("writing", "epoch bump / publish: time", 2 / 100),
    "report": Line("duties", "report by unit / loop with chinesecalendar", 1 / 300),
    "board": Line("duties", "board of a unit / report", 1 / 20),
    "replay": Line("duties", "replay of all verdicts / loop", 1 / 10),
    "chain": Line("duties", "verifying the chain / bare hashing", 10),
    "event": Line("duties", "one event appended / a publication", 5 / 100),
}
#: In the order of a run: what only reads comes before what writes into the same city.
PARTS = ("search", "listing", "serving", "writing", "duties")


def keys_of(part: str) -> list[str]:
    """The keys of a part's lines."""
    return [key for key, line in LINES.items() if line.part == part]
