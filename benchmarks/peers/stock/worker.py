"""The stock side: `python -m benchmarks.peers.stock.worker` carries out what `benchmarks.workers` asks."""

import os
from datetime import date, timedelta

from benchmarks import texts
from benchmarks.ours import PAGE_SIZE, RELATED, asked_of, get
from benchmarks.timing import timed
from benchmarks.workers import answer_all


def main():
    """Answer until the parent is done."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.peers.stock.settings")
    import django

    django.setup()
    answer_all({"prepare": prepare, "get": get, "find": find, "index": index, "write": write})


def prepare(length):
    """Publish one document of so many characters with eight related pages; return its path."""
    from django.db import transaction

    from benchmarks.peers.stock.models import PolicyPage, RelatedPage

    with transaction.atomic():
        page = make(unused(), length)
        page.related_pages = [RelatedPage(page=other) for other in PolicyPage.objects.exclude(pk=page.pk)[:RELATED]]
        page.save_revision().publish()
    return page.url


def make(number, length):
    """Add a page that is not public yet."""
    from benchmarks.peers.stock.models import Category, Department, PolicyIndexPage, PolicyPage

    policy = texts.policy(number, length)
    day = date.today() - timedelta(days=1)
    blocks = [
        (
            kind,
            {"number": label, "title": text[:60]} if kind == "chapter" else {"number": label, "text": f"<p>{text}</p>"},
        )
        for kind, label, text in policy.blocks
    ]
    page = PolicyPage(
        title=policy.title, slug=f"wj-{number}-{os.getpid()}", live=False, kind="document", summary=policy.summary,
        doc_number=policy.doc_number, index_number=f"0140/{number}", issuing_body="第0局", written_on=day, issued_on=day,
        effective_on=day, subject_category="综合政务", genre="notice", source_name="市政府网站",
        source_url="https://www.example.gov.cn/1", editor_in_charge="综合处", body=blocks,
        department=Department.objects.first(), category=Category.objects.first(),
    )  # fmt: skip
    return PolicyIndexPage.objects.get().add_child(instance=page)


def find(queries, what):
    """Seconds of each query and its hits, by the stock backend: "page" (20 pages read) or "count"."""
    from wagtail.search.backends import get_search_backend

    from benchmarks.peers.stock.models import PolicyPage

    def search(query):
        return get_search_backend().search(query, PolicyPage.objects.live().public())

    def page(query):
        return len(list(search(query)[:PAGE_SIZE]))

    return asked_of(page if what == "page" else lambda query: search(query).count(), queries)


def index():
    """Make the index that modelsearch's comments promise and its migrations do not hold (PostgreSQL)."""
    from django.db import connection
    from wagtail.search.backends import get_search_backend

    table = get_search_backend().index_class(get_search_backend()).entries.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE INDEX stock_title_body ON "{table}" USING gin ((title || body)) WITH (fastupdate = off)'
        )
        cursor.execute("ANALYZE")


def write(times, length):
    """Save drafts and publish them, so many of each; return seconds by what was done."""
    from django.contrib.auth import get_user_model

    user, _ = get_user_model().objects.get_or_create(username="publisher", defaults={"is_superuser": True})
    found = {"draft": [], "publish": []}
    for _number in range(times):
        page = make(unused(), length)
        page.save_revision(user=user, log_action=True)
        draft = page.get_latest_revision_as_object()
        saved = []
        save = timed(lambda draft=draft, saved=saved: saved.append(draft.save_revision(user=user, log_action=True)))
        live = timed(lambda saved=saved: saved[0].publish(user=user))
        found["draft"].append(save)
        found["publish"].append(save + live)
    return found


def unused():
    """A number that no page was made of."""
    from wagtail.models import Page

    return 2 * 10**6 + Page.objects.latest("pk").pk


if __name__ == "__main__":
    main()
