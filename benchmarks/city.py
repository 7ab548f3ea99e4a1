"""A city of so many public pages, written past the services in batches: one by one they would take hours.

`DATABASE_URL=… python -m benchmarks.city PAGES LENGTH [HITS …]` makes the tables and fills them; `HITS` are how many pages
hold each of the planted words. Every fifth page is a guide with a window around today, the others are documents.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import uuid
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from benchmarks import texts

if TYPE_CHECKING:
    from benchmarks.texts import Policy

BATCH = 200
#: No revision of the filling exists; numbers that no real one will have.
NO_REVISION = 10**9


def main(arguments: list[str]) -> int:
    """Make and fill the database that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from policy_pages.tests import factories

    pages, length, *hits = map(int, arguments)
    call_command("migrate", verbosity=0)
    factories.make_bureau()
    units = [factories.make_department(f"b{n}", f"第{n}局") for n in range(texts.UNITS)]
    Filler(units).fill(pages, length, hits)
    return 0


class Filler:
    """Writes pages with their listing, their record of publication and their index entries."""

    def __init__(self, units: list[Any]) -> None:
        from wagtail.models import Locale, Page

        from policy_pages.enums import VocabularyCode
        from policy_pages.models import Term
        from policy_pages.tests import factories

        self.units = units
        self.sections = [unit.section_page.specific for unit in units]
        self.moderator = factories.user("spj-moder")
        self.categories = list(Term.objects.filter(vocabulary=VocabularyCode.CATEGORY))
        lists = [code for code in VocabularyCode if code != VocabularyCode.CATEGORY]
        terms = [list(Term.objects.filter(vocabulary=code)) for code in lists[: len(texts.VOCABULARIES)]]
        self.terms = [words for words in terms if words]
        self.locale = Locale.get_default()
        self.keys = count(Page.objects.latest("pk").pk + 1)
        self.places = [0] * len(units)

    def fill(self, pages: int, length: int, hits: list[int]) -> None:
        """Write so many pages of so many characters."""
        planted = tuple((hit, pages) for hit in hits)
        for first in range(0, pages, BATCH):
            numbers = range(first, min(pages, first + BATCH))
            self._write([texts.policy(number, length, planted) for number in numbers])
        self._finish()

    def _write(self, policies: list[Policy]) -> None:
        from django.db import transaction
        from wagtail.models import Page
        from wagtail.search.backends import get_search_backend

        from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage

        made = [self._page(policy) for policy in policies]
        with transaction.atomic():
            insert(Page, made)
            for model in (PolicyDocumentPage, ApplicationGuidePage):
                own = [page for page in made if type(page) is model]
                insert(model, own)
                if own:
                    get_search_backend().add_bulk(model, own)
            self._publish(made, policies)

    def _page(self, policy: Policy) -> Any:
        from django.contrib.contenttypes.models import ContentType

        from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage

        model = ApplicationGuidePage if policy.window else PolicyDocumentPage
        place, unit, section = policy.unit, self.units[policy.unit], self.sections[policy.unit]
        self.places[place] += 1
        at = datetime.combine(policy.written_on + timedelta(days=4), time(1, policy.number % 60), UTC)
        slug = f"{model.slug_prefix}-{self.places[place]}"
        key = next(self.keys)
        facts = {"body": json.dumps(stream(policy)), "department": unit, "is_stock": True, "summary": policy.summary}
        if policy.window:
            facts |= {
                "window_type": ("fixed_window", "fixed_window", "fixed_window", "year_round")[policy.number % 4],
                "window_start": policy.window[0],
                "window_end": policy.window[1],
                "amount_max": policy.amount,
                "responsible_division": "综合处",
            }
        else:
            facts |= {
                "doc_number": policy.doc_number,
                "issuing_body": unit.name,
                "written_on": policy.written_on,
                "issued_on": policy.written_on,
                "effective_on": policy.written_on,
            }
        return model(
            pk=key, id=key, page_ptr_id=key, path=section._get_path(section.path, section.depth + 1, self.places[place]), depth=section.depth + 1,
            title=policy.title, draft_title=policy.title, slug=slug, url_path=f"{section.url_path}{slug}/",
            content_type=ContentType.objects.get_for_model(model), locale=self.locale,
            translation_key=uuid.UUID(int=key), live=True, source_id=str(policy.number),
            first_published_at=at, last_published_at=at, latest_revision_created_at=at, **facts,
        )  # fmt: skip

    def _publish(self, pages: list[Any], policies: list[Policy]) -> None:
        from policy_pages.models import Listing, PublicationRecord

        listings, records, terms = [], [], []
        for page, policy in zip(pages, policies, strict=True):
            at = page.first_published_at
            content = json.dumps({"title": page.title, "attachments": []}, ensure_ascii=False)
            digest = hashlib.sha256(content.encode()).hexdigest()
            category = self.categories[policy.category % len(self.categories)]
            listings.append(
                Listing(
                    page_id=page.pk, revision_id=NO_REVISION + page.pk, content_hash=digest, category=category,
                    route="simple" if policy.window else "", classified_by=self.moderator, classified_at=at,
                )
            )  # fmt: skip
            terms.append([words[place % len(words)] for words, place in zip(self.terms, policy.terms, strict=False)])
            records.append(
                PublicationRecord(
                    page_id=page.pk, department_code=page.department.code, version=1, kind="first",
                    revision_id=NO_REVISION + page.pk, published_at=at, content=content, content_hash=digest,
                    approvals=[], classification={"category": category.name},
                )
            )  # fmt: skip
        listings = Listing.objects.bulk_create(listings)
        through = Listing.terms.through
        through.objects.bulk_create(
            through(listing_id=row.pk, term_id=term.pk)
            for row, chosen in zip(listings, terms, strict=True)
            for term in chosen
        )
        PublicationRecord.objects.bulk_create(records)

    def _finish(self) -> None:
        from django.core.management import call_command, get_commands
        from django.db import connection
        from wagtail.models import Page

        for section, number in zip(self.sections, self.places, strict=True):
            Page.objects.filter(pk=section.pk).update(numchild=number)
        if "relist" in get_commands():
            call_command("relist", verbosity=0)  # lists are read from a table of their own
        finish(connection, [Page])


def stream(policy: Policy) -> list[dict[str, Any]]:
    """The text as a StreamField keeps it."""
    blocks = []
    for kind, number, text in policy.blocks:
        value = (
            {"number": number, "title": text[:60]}
            if kind == "chapter"
            else {"number": number, "text": f"<p>{text}</p>"}
        )
        blocks.append({"type": kind, "value": value, "id": str(uuid.UUID(int=policy.number * 100 + len(blocks)))})
    return blocks


def insert(model: Any, rows: list[Any]) -> None:
    """Write the columns of one table of rows that may span several; Django's own bulk_create refuses those."""
    fields = model._meta.local_concrete_fields
    for first in range(0, len(rows), 100):
        model._base_manager._insert(rows[first : first + 100], fields=fields, using="default", raw=True)


def finish(connection: Any, models: list[Any]) -> None:
    """Let the database count on behind the keys that were given, and know what it holds as it would by itself.

    PostgreSQL looks at its tables now and then (autovacuum); SQLite never does unless somebody says ANALYZE, and neither
    Django, Wagtail nor we do: a planner that knows many columns to be NULL walks whole tables for the few that are not.
    """
    from django.core.management.color import no_style

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
