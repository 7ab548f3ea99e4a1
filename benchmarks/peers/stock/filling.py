"""`DATABASE_URL=… python -m benchmarks.peers.stock.filling PAGES LENGTH [HITS …]`: the same texts as benchmarks/city.py writes."""

import json
import os
import sys
import uuid
from datetime import UTC, datetime, time, timedelta

from benchmarks import texts
from benchmarks.city import BATCH, finish, insert, stream


def main(arguments):
    """Make and fill the database that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.peers.stock.settings")
    import django

    django.setup()
    from django.core.management import call_command

    pages, length, *hits = map(int, arguments)
    call_command("migrate", verbosity=0)
    fill(pages, length, tuple((hit, pages) for hit in hits))
    return 0


def fill(pages, length, planted):
    """Write so many public pages below `/policies/`."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection, transaction
    from wagtail.models import Locale, Page, Site
    from wagtail.search.backends import get_search_backend

    from benchmarks.peers.stock.models import Category, Department, PolicyIndexPage, PolicyPage, Term

    departments = [Department.objects.create(code=f"b{n}", name=f"第{n}局") for n in range(texts.UNITS)]
    categories = [Category.objects.create(name=f"第{n}类") for n in range(texts.CATEGORIES)]
    terms = {
        name: [Term.objects.create(vocabulary=name, name=f"{name}{n}") for n in range(size)]
        for name, size in texts.VOCABULARIES.items()
    }
    shelf = Site.objects.get().root_page.add_child(instance=PolicyIndexPage(title="政策库", slug="policies"))
    key = Page.objects.latest("pk").pk
    kind, locale = ContentType.objects.get_for_model(PolicyPage), Locale.get_default()
    for first in range(0, pages, BATCH):
        made, chosen = [], []
        for number in range(first, min(pages, first + BATCH)):
            policy = texts.policy(number, length, planted)
            key += 1
            at = datetime.combine(policy.written_on + timedelta(days=4), time(1, number % 60), UTC)
            made.append(
                PolicyPage(
                    pk=key, id=key, page_ptr_id=key, path=shelf._get_path(shelf.path, shelf.depth + 1, number + 1),
                    depth=shelf.depth + 1, title=policy.title, draft_title=policy.title, slug=f"wj-{number + 1}",
                    url_path=f"{shelf.url_path}wj-{number + 1}/", content_type=kind, locale=locale, live=True,
                    translation_key=uuid.UUID(int=key), first_published_at=at, last_published_at=at,
                    latest_revision_created_at=at, kind=policy.kind, summary=policy.summary,
                    doc_number=policy.doc_number, issuing_body=departments[policy.unit].name,
                    written_on=policy.written_on, issued_on=policy.written_on, effective_on=policy.written_on,
                    window_start=policy.window and policy.window[0], window_end=policy.window and policy.window[1],
                    department=departments[policy.unit], category=categories[policy.category],
                    body=json.dumps(stream(policy)), application_route="simple" if policy.window else "", amount_max=policy.amount,
                )
            )  # fmt: skip
            chosen += [
                PolicyPage.terms.through(policypage_id=key, term=own[place])
                for own, place in zip(terms.values(), policy.terms, strict=True)
            ]
        with transaction.atomic():
            insert(Page, made)
            insert(PolicyPage, made)
            PolicyPage.terms.through.objects.bulk_create(chosen)
            get_search_backend().add_bulk(PolicyPage, made)
    Page.objects.filter(pk=shelf.pk).update(numchild=pages)
    finish(connection, [Page, PolicyPage.terms.through])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
