"""Our side: `python -m benchmarks.ours` carries out what `benchmarks.workers` asks, in the database of the environment.

Only through public entry points: addresses, `search_pages`, the services that a person's click uses.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from functools import cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks import texts
from benchmarks.timing import timed
from benchmarks.workers import answer_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

PAGE_SIZE = 20
RELATED = 8


def main() -> None:
    """Answer until the parent is done."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    import django

    django.setup()
    answer_all(
        {"prepare": prepare, "get": get, "find": find, "truth": truth, "written": written, "write": write, "bump": bump}
    )


# --- Reading --------------------------------------------------------------------------------------------------------


def prepare(length: int) -> str:
    """Publish, in the ordinary way, one document of so many characters with eight guides; return its path."""
    from django.db import transaction

    from accounts.models import Department
    from policy_pages.tests import factories

    unit = Department.objects.get(code="b0")
    with transaction.atomic():
        document = factories.make_public(factories.make_document(unit, **facts_of(unused(), length)))
        for number in range(RELATED):
            factories.make_public(
                factories.make_guide(unit, document=document, title=texts.policy(10**6 + number, 500).title)
            )
    return document.url


def facts_of(number: int, length: int) -> dict[str, Any]:
    """All fields of a document, of its generated text."""
    policy = texts.policy(number, length)
    day = date.today() - timedelta(days=1)  # the day on which the registered change happened
    blocks = [
        (
            kind,
            {"number": label, "title": text[:60]} if kind == "chapter" else {"number": label, "text": f"<p>{text}</p>"},
        )
        for kind, label, text in policy.blocks
    ]
    return {
        "title": policy.title, "summary": policy.summary, "doc_number": policy.doc_number, "index_number": f"0140/{number}",
        "issuing_body": "第0局", "written_on": day, "issued_on": day, "effective_on": day, "subject_category": "综合政务",
        "genre": "notice", "source_name": "市政府网站", "source_url": "https://www.example.gov.cn/1",
        "editor_in_charge": "综合处", "body": blocks,
    }  # fmt: skip


def get(path: str, times: int) -> dict[str, Any]:
    """Answer a GET so many times, past every cache of pages; return seconds of each and of the one before, queries and bytes of one."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def ask() -> Any:
        response = client().get(path)
        if response.status_code != 200:
            raise AssertionError(f"{path}: {response.status_code}")
        return response

    first = timed(ask)
    with CaptureQueriesContext(connection) as captured:
        size = len(ask().content)
    queries = len(captured)  # before the next request empties the log
    return {"first": first, "seconds": [timed(ask) for _ in range(times)], "queries": queries, "bytes": size}


@cache
def client() -> Client:
    """One for all requests of this process: a new one loads the middlewares, which is no part of an answer."""
    from django.test import Client

    return Client(headers={"host": "127.0.0.1"})


def find(queries: list[str], what: str) -> dict[str, list[float]]:
    """Seconds of each query, each asked once untimed before, and its hits: `what` is "page" (20 pages read) or "count"."""
    from wagtail.models import Page

    from policy_pages.search.queries import search_pages
    from policy_pages.views.rows import listed_pages

    def page(query: str) -> int:
        outcome = search_pages(listed_pages(), query)
        return len(Page.objects.in_bulk(list(outcome.pks[:PAGE_SIZE])))

    def count(query: str) -> int:
        return search_pages(listed_pages(), query).total

    return asked_of({"page": page, "count": count}[what], queries)


def asked_of(work: Callable[[str], int], queries: list[str]) -> dict[str, list[float]]:
    """Seconds and hits of each query."""
    seconds, hits = [], []
    for query in queries:
        work(query)
        start = perf_counter()
        hits.append(work(query))
        seconds.append(perf_counter() - start)
    return {"seconds": seconds, "hits": hits}


def truth(queries: list[str], pages: int, length: int) -> list[int]:
    """How many generated texts hold each query."""
    found = [0] * len(queries)
    for number in range(pages):
        text = texts.policy(number, length).words()
        for place, query in enumerate(queries):
            found[place] += query in text
    return found


def written() -> int:
    """How many pages are public that are not of the filling: what other parts published."""
    from policy_pages.views.rows import listed_pages, of_any_type

    return listed_pages().annotate(source=of_any_type("source_id")).filter(source="").count()


# --- Writing --------------------------------------------------------------------------------------------------------


def write(times: int, length: int) -> dict[str, list[float]]:
    """Save drafts and publish them, so many of each; return seconds by what was done.

    `draft`: save a new draft of a page. `publish`: save the revision and make it live, with all that this leaves behind,
    what waits for the commit included. `decision`: the bureau's whole approval, of which making live is a part.
    """
    from django.db.backends.base.base import BaseDatabaseWrapper
    from wagtail.models import Revision

    from benchmarks.watching import Watch

    found: dict[str, list[float]] = {"draft": [], "publish": [], "decision": []}
    for _number in range(times):
        save, decide = almost_public(length)
        with Watch(Revision, "publish") as live, Watch(BaseDatabaseWrapper, "run_and_clear_commit_hooks") as after:
            decision = timed(decide)
        found["draft"].append(save)
        found["publish"].append(save + live.seconds + after.seconds)
        found["decision"].append(decision)
    return found


def bump(times: int, length: int) -> dict[str, float]:
    """Publish so many drafts; return the seconds of the bureau's approvals and those of them that the bake takes."""
    from benchmarks.watching import Sampler

    sampler = Sampler("policy_pages.baking")
    for _number in range(times):
        decide = almost_public(length)[1]
        with sampler:
            decide()
    return {"inside": sampler.inside, "total": sampler.total}


def almost_public(length: int) -> tuple[float, Callable[[], Any]]:
    """A new document that only the bureau's approval keeps from the public: seconds of its draft save, and the approval."""
    from accounts.models import Department
    from policy_pages.tests import factories

    unit = Department.objects.get(code="b0")
    page = factories.make_document(unit, **facts_of(unused(), length))
    draft, author = page.get_latest_revision_as_object(), page.owner
    save = timed(lambda: draft.save_revision(user=author, log_action=True))
    page = factories.hand_in(type(page).objects.get(pk=page.pk))
    factories.act(page, f"{unit.code}-review")
    facts = factories.classification()
    return save, lambda: factories.act(page, "spj-moder", **facts)


def unused() -> int:
    """A number that no page was made of."""
    from wagtail.models import Page

    return 2 * 10**6 + Page.objects.latest("pk").pk


if __name__ == "__main__":
    main()
