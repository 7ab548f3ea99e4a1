"""What is written where a public page looks makes a new epoch; what only the back office sees does not."""

from __future__ import annotations

import datetime
import threading
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from policy_pages.baking import rules
from policy_pages.baking.epoch import current_state
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage, SiteProfile, Term
from policy_pages.services.register import correct_trigger
from policy_pages.tests.factories import add_draft, make_change, make_document, make_public, save_draft, user

if TYPE_CHECKING:
    from accounts.models import Department
    from tests.serving.asking import Node

PUBLIC_WRITES = [
    'UPDATE "wagtailcore_page" SET "title" = %s WHERE "wagtailcore_page"."id" = %s',
    'UPDATE "wagtailcore_page" SET "live" = %s, "has_unpublished_changes" = %s WHERE "id" = 1',
    'UPDATE "wagtailcore_page" SET "draft_title" = (SELECT "x" FROM "y")',
    'UPDATE ONLY "wagtailcore_page" SET "slug" = %s WHERE "id" = %s',
    'DELETE FROM "wagtailcore_page" WHERE "id" IN (%s)',
    "update policy_pages_policydocumentpage set summary = %s",
    'INSERT INTO "policy_pages_listing" ("page_id") VALUES (%s)',
    'INSERT OR REPLACE INTO "policy_pages_term" VALUES (1)',
    'INSERT INTO "a_table_nobody_thought_of" VALUES (1)',
    'UPDATE "accounts_department" SET "name" = %s',
    'UPDATE "public"."accounts_department" SET "name" = %s',
    'TRUNCATE "policy_pages_term"',
    'WITH old AS (SELECT 1) DELETE FROM "policy_pages_term"',
    "CALL something()",
    'INSERT INTO "policy_pages_guidebasis" ("id") VALUES (1) ON CONFLICT ("id") DO UPDATE SET "clause" = 1',
    'UPDATE "wagtailcore_page" SET "draft_title" = (SELECT "a" FROM "b" WHERE "c" = 1), "title" = %s WHERE "id" = 1',
    "REPLACE INTO policy_pages_term VALUES (1)",
]
PRIVATE_WRITES = [
    'UPDATE "wagtailcore_page" SET "draft_title" = %s, "latest_revision_id" = %s WHERE "id" = %s',
    "UPDATE wagtailcore_page SET numchild=numchild+1 WHERE path=%s",
    'UPDATE "wagtailcore_page" SET "numchild" = "wagtailcore_page"."numchild" + 1 WHERE "path" = %s',
    'INSERT INTO "wagtailcore_page" ("path") VALUES (%s)',
    'INSERT INTO "policy_pages_policydocumentpage" ("page_ptr_id") VALUES (%s)',
    'INSERT INTO "wagtailcore_revision" ("content") VALUES (%s)',
    'UPDATE "accounts_user" SET "last_login" = %s WHERE "id" = %s',
    'INSERT INTO "audit_event" ("action") VALUES (%s)',
    'INSERT INTO "policy_pages_visitcount" ("number") VALUES (%s)',
    'INSERT INTO "policy_pages_correctionticket" ("text") VALUES (%s)',
    'DELETE FROM "django_session" WHERE "expire_date" < %s',
    'SELECT "wagtailcore_page"."id" FROM "wagtailcore_page" FOR UPDATE',
    "  (SELECT 1) UNION (SELECT 2)",
    "WITH best AS (SELECT 1) SELECT * FROM best",
    "SAVEPOINT s1",
    "PRAGMA foreign_keys = ON",
    'CREATE TABLE "x" ("id" integer)',
]


@pytest.mark.parametrize("sql", PUBLIC_WRITES)
def test_what_may_be_public_is_a_change(sql: str) -> None:
    assert rules.changes_public(sql)


@pytest.mark.parametrize("sql", PRIVATE_WRITES)
def test_what_is_private_is_none(sql: str) -> None:
    assert not rules.changes_public(sql)


@pytest.mark.django_db(transaction=True)
class TestTransactions:
    """One mark a transaction, exactly when something public is committed."""

    def test_a_rolled_back_change_is_none(self, kjj: Department) -> None:
        before = current_state()
        with transaction.atomic():
            Term.objects.update(name="别的")
            transaction.set_rollback(True)
        assert current_state() == before

    def test_a_change_after_a_rolled_back_savepoint_counts(self, kjj: Department) -> None:
        before = current_state()
        with transaction.atomic():
            with transaction.atomic():
                Term.objects.update(name="别的")
                transaction.set_rollback(True)
            Term.objects.filter(pk=Term.objects.earliest("pk").pk).update(name="又一个")
        assert current_state() != before

    def test_many_writes_make_one_epoch(self, kjj: Department) -> None:
        number = int(current_state().split("-")[0][1:])
        with transaction.atomic():
            for name in ("一", "二", "三"):
                Term.objects.filter(pk=Term.objects.earliest("pk").pk).update(name=name)
        assert int(current_state().split("-")[0][1:]) == number + 1

    def test_a_write_without_a_transaction_counts_and_settles(self, node: Node, kjj: Department) -> None:
        before = node.folder.current()
        Term.objects.filter(pk=Term.objects.earliest("pk").pk).update(name="单独")
        threading.Event().wait(0.5)
        assert node.folder.current().startswith(f"{current_state()}-")
        assert node.folder.current() != before

    def test_a_draft_is_nobodys_business(self, node: Node, kjj: Department) -> None:
        page = make_public(make_document(kjj))
        before = current_state()
        save_draft(page, title="还没有公开的新标题", summary="草稿")
        assert current_state() == before
        new = add_draft(kjj, PolicyDocumentPage(title="还没有公开的文件", is_stock=True))
        save_draft(new, title="还没有公开的文件，第二稿")
        assert current_state() == before


@pytest.mark.django_db(transaction=True)
class TestWhatCounts:
    """Every way to change what the public sees, through the services that do it."""

    def test_publication_unpublication_and_deletion(self, kjj: Department) -> None:
        epochs = [current_state()]
        page = make_public(make_document(kjj))
        epochs.append(current_state())
        PolicyDocumentPage.objects.get(pk=page.pk).unpublish()
        epochs.append(current_state())
        assert len(set(epochs)) == len(epochs)

    def test_settings_units_and_terms(self, kjj: Department) -> None:
        epochs = [current_state()]
        SiteProfile.objects.update_or_create(pk=1, defaults={})
        epochs.append(current_state())
        kjj.short_name = "科技"
        kjj.save()
        epochs.append(current_state())
        Term.objects.create(vocabulary="theme", code="x1", name="新主题")
        epochs.append(current_state())
        assert len(set(epochs)) == len(epochs)

    def test_a_table_of_guides_that_is_updated_past_every_service(self, kjj: Department) -> None:
        before = current_state()
        ApplicationGuidePage.objects.update(summary="")
        assert current_state() != before

    def test_a_corrected_trigger_date_whose_reason_the_page_shows(self, kjj: Department) -> None:
        """The page reads it from the event: it must not be told without a change."""
        change = make_change(kjj)
        before = current_state()
        day = change.clock.trigger_date - datetime.timedelta(days=1)
        correct_trigger(change=change, trigger_date=day, reason="印发日期抄错", actor=user("spj-moder"))
        assert current_state() != before
