"""What the public reads held against what was published: honest work is silent, what was slipped in behind it is named."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Page

from accounts.models import Assignment, Department
from audit.models import Event
from audit.services.hashing import canonical_json
from audit.services.records import check_records
from audit.tests.attacks import tamper
from policy_pages.enums import ChangeKind, DocumentStatus, VocabularyCode
from policy_pages.models import (
    ApplicationGuidePage,
    GuideBasis,
    Listing,
    PolicyDocumentPage,
    PolicyFile,
    PublicationRecord,
    PublishedFile,
    Term,
)
from policy_pages.services.live_pages import pages_read_otherwise
from policy_pages.services.schedule import publish_due
from policy_pages.tests import factories as f
from tests.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

D = datetime.date
NOON = "2026-03-20 12:00 +0800"


def live(kjj: Department) -> None:
    """A document amended and then repealed, a guide with basis, money and form, one drafted anew and one that waits for its day."""
    Assignment.objects.update(valid_from=D(2023, 1, 5))
    form = f.make_file(kjj)
    document = f.make_public(f.make_document(kjj, title="创新券办法"))
    guide = f.make_guide(
        kjj,
        document=document,
        amount_max=Decimal(600),
        materials=[("material", f.material("申请表", blank_form=form))],
    )
    guide = f.make_public(guide)
    other = f.make_public(f.make_document(kjj, title="人才办法"))
    bases = [
        GuideBasis(document=basis, clause=clause, sort_order=order)
        for order, (basis, clause) in enumerate([(document, "第二条"), (other, "第三条")])
    ]
    f.make_public(f.save_draft(guide, bases=bases, change_note="补充依据"))
    f.save_draft(guide, title="还没有人审过的题目")
    amended = f.make_change(kjj, kind=ChangeKind.AMENDED, title="人才办法")
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    f.make_public(f.save_draft(other, change=amended, summary="明天才公开", go_live_at=tomorrow))
    repeal = f.make_change(kjj, kind=ChangeKind.REPEALED, title="创新券办法")
    facts = {"document_status": DocumentStatus.REPEALED, "repealed_on": timezone.localdate(), "repeal_reason": "废止"}
    f.make_public(f.save_draft(document, change=repeal, **facts))


@pytest.fixture
def world(bureau: Department, kjj: Department) -> None:
    with time_machine.travel(NOON, tick=False):
        scene("public pages", lambda: live(kjj))


def guide() -> ApplicationGuidePage:
    return ApplicationGuidePage.objects.get()


def named(wrong: str) -> str:
    record = PublicationRecord.objects.filter(page_id=guide().pk).latest("version")
    return f"页面第 {guide().pk} 号（{guide().title}）与发布记录第 {record.pk} 号不符：{wrong}。"


# --- Honest work ----------------------------------------------------------------------------------------------------


def test_honest_work_gives_no_alarm(world: None) -> None:
    assert check_records() == []
    assert guide().has_unpublished_changes, "power check"
    assert guide().bases.count() == 2, "power check"
    assert Listing.objects.exclude(scheduled=None).exists(), "power check"


def test_what_waited_for_its_day_is_public_and_gives_no_alarm(world: None) -> None:
    with time_machine.travel("2026-03-22 12:00 +0800", tick=False):
        publish_due()
    assert PolicyDocumentPage.objects.get(title="人才办法").summary == "明天才公开"
    assert check_records() == []


def test_a_renamed_category_is_no_other_classification(world: None) -> None:
    Term.objects.filter(vocabulary=VocabularyCode.CATEGORY).update(name="别的名称")
    assert check_records() == []


def test_what_is_public_no_more_is_not_asked(world: None) -> None:
    page = guide()
    page.unpublish()
    ApplicationGuidePage.objects.update(summary="改了")
    assert check_records() == []


def test_a_draft_that_a_public_page_refers_to_may_be_deleted(world: None, kjj: Department) -> None:
    """The page shows no draft; what else it refers to is still compared."""
    draft = f.make_document(kjj, title="征求意见稿")
    bases = [*guide().bases.all(), GuideBasis(document=draft, clause="第一条")]
    f.make_public(f.save_draft(guide(), bases=bases, title=guide().title, change_note="补充依据"))
    assert guide().bases.count() == 3, "power check"
    draft.delete()
    assert guide().bases.count() == 2, "power check"
    assert check_records() == []
    GuideBasis.objects.filter(clause="第三条").delete()
    assert check_records() == [named(str(GuideBasis._meta.verbose_name))]


def test_an_older_event_is_silent_about_what_it_does_not_tell(world: None) -> None:
    for event in Event.objects.filter(action="listing.classified"):
        told = {name: value for name, value in event.payload.items() if name != "content_hash"}
        tamper("UPDATE audit_event SET payload_json = %s WHERE seq = %s", canonical_json(told), event.seq)
    Listing.objects.update(content_hash="0" * 64)
    assert check_records() == []
    for event in Event.objects.filter(action="listing.classified"):
        tamper("UPDATE audit_event SET payload_json = '{}' WHERE seq = %s", event.seq)
    Listing.objects.update(route="complex")
    assert check_records() == []


def test_the_number_of_queries_does_not_grow(world: None, kjj: Department) -> None:
    with CaptureQueriesContext(connection) as before:
        check_records()
    f.make_public(f.make_document(kjj))
    for _ in range(3):
        form = f.material("申请表", blank_form=f.make_file(kjj))
        f.make_public(
            f.make_guide(kjj, document=PolicyDocumentPage.objects.live().first(), materials=[("material", form)])
        )
    with CaptureQueriesContext(connection) as after:
        check_records()
    assert len(before) == len(after)


# --- What was slipped in --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("summary", "每户补助一万元。", "摘要"),
        ("amount_max", 900, "最高金额（元）"),
        ("promised_limit", 1, "承诺时限（工作日）"),
        ("responsible_division", "别的处", "责任处（科）室"),
        ("steps", json.dumps([]), "办理流程"),
    ],
)
def test_a_text_changed_in_its_table_is_named(world: None, column: str, value: Any, words: str) -> None:
    tamper(f"UPDATE policy_pages_applicationguidepage SET {column} = %s", value)  # noqa: S608
    field = ApplicationGuidePage._meta.get_field(column)
    assert check_records() == [named(str(field.verbose_name))]
    assert words[:2] in str(field.verbose_name)


def test_a_title_and_an_address_changed_in_their_table_are_named(world: None) -> None:
    pk, record = guide().pk, PublicationRecord.objects.filter(page_id=guide().pk).latest("version")
    tamper("UPDATE wagtailcore_page SET title = 'x', slug = 'x' WHERE id = %s", pk)
    [fault] = check_records()
    assert fault.startswith(f"页面第 {pk} 号（x）与发布记录第 {record.pk} 号不符：")
    assert "标题" in fault


@pytest.mark.parametrize(
    ("column", "words"), [("first_published_at", "首次发布时间"), ("last_published_at", "发布时间")]
)
def test_a_day_of_publication_that_was_moved_is_named(world: None, column: str, words: str) -> None:
    tamper(f"UPDATE wagtailcore_page SET {column} = '2026-03-12 02:00:00+00:00' WHERE id = %s", guide().pk)  # noqa: S608
    assert check_records() == [named(words)]


def test_a_document_that_was_once_public_is_missed_where_a_draft_is_not(world: None) -> None:
    record, gone = PublicationRecord.objects.filter(page_id=guide().pk).latest("version"), 99_999
    content = json.loads(record.content)
    content["bases"].append({**content["bases"][0], "document": gone})
    tamper("UPDATE policy_pages_publicationrecord SET content = %s WHERE id = %s", json.dumps(content), record.pk)
    assert list(pages_read_otherwise()) == []
    other = PublicationRecord.objects.exclude(page_id=guide().pk).earliest("pk")
    tamper("UPDATE policy_pages_publicationrecord SET page_id = %s WHERE id = %s", gone, other.pk)
    assert named(str(GuideBasis._meta.verbose_name)) in list(pages_read_otherwise())


def test_a_guide_whose_bases_are_all_taken_away_is_named(world: None) -> None:
    GuideBasis.objects.all().delete()
    assert check_records() == [named(str(GuideBasis._meta.verbose_name))]


@pytest.mark.parametrize("content", ["", "{}", '{"attachments": [{}]}'])
def test_a_publication_that_cannot_be_read_is_named(world: None, content: str) -> None:
    record = PublicationRecord.objects.filter(page_id=guide().pk).latest("version")
    tamper("UPDATE policy_pages_publicationrecord SET content = %s WHERE id = %s", content, record.pk)
    assert f"发布记录第 {record.pk} 号的内容无法读取。" in check_records()


@pytest.mark.parametrize(
    "payload", ["[]", '{"revision_id": 1}', '{"revision_id": 1, "terms": [], "classified_at": "昨天"}']
)
def test_a_classification_that_cannot_be_read_is_named(world: None, payload: str) -> None:
    event = Event.objects.filter(action="listing.classified", object_id=str(guide().pk)).earliest("seq")
    tamper("UPDATE audit_event SET payload_json = %s WHERE seq = %s", payload, event.seq)
    assert check_records() == [f"第 {event.seq} 号事件无法读取。"]


def test_a_basis_changed_or_taken_away_is_named(world: None) -> None:
    GuideBasis.objects.filter(clause="第三条").update(clause="第九条")
    assert check_records() == [named(str(GuideBasis._meta.verbose_name))]
    GuideBasis.objects.filter(clause="第九条").delete()
    assert check_records() == [named(str(GuideBasis._meta.verbose_name))]


def test_a_text_nobody_approved_made_public_by_hand_is_named(world: None) -> None:
    draft = guide().get_latest_revision_as_object()
    Page.objects.filter(pk=draft.pk).update(title=draft.title, live_revision=guide().latest_revision)
    [fault] = check_records()
    assert "：版本、" in fault
    assert "标题" in fault


def test_a_page_made_public_by_hand_is_named(world: None, kjj: Department) -> None:
    page = f.make_document(kjj, title="没有审过的办法")
    Page.objects.filter(pk=page.pk).update(live=True)
    assert check_records() == [f"页面第 {page.pk} 号（没有审过的办法）正在公开，但没有发布记录。"]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        (
            "category_id",
            lambda: Term.objects.filter(vocabulary=VocabularyCode.CATEGORY).last().pk,
            "清单类别",
        ),
        ("route", "complex", "申报方式"),
        ("classified_by_id", lambda: f.user("kjj-edit").pk, "分类人"),
        ("classified_at", "2026-03-12 02:00:00+00:00", "分类时间"),
        ("revision_id", 1, "审核通过的版本"),
        ("content_hash", "0" * 64, "审核通过的内容散列"),
    ],
)
def test_another_classification_is_named(world: None, column: str, value: Any, words: str) -> None:
    value = value() if callable(value) else value
    tamper(f"UPDATE policy_pages_listing SET {column} = %s WHERE page_id = %s", value, guide().pk)  # noqa: S608
    assert check_records() == [named(words)]


def test_a_term_slipped_in_is_named(world: None) -> None:
    guide().listing.terms.add(Term.objects.exclude(vocabulary=VocabularyCode.CATEGORY).first())
    assert check_records() == [named("主题、行业等分类")]


def test_a_public_page_without_its_listing_is_named(world: None) -> None:
    Listing.objects.filter(page=guide().page_ptr).delete()
    assert check_records() == [named("分类")]


@pytest.mark.parametrize(
    "hide",
    [
        lambda: PublishedFile.objects.update(is_current=False),
        lambda: PublishedFile.objects.update(sha256="0" * 64),
        lambda: PublishedFile.objects.all().delete(),
    ],
    ids=["hidden", "other", "gone"],
)
def test_files_that_are_not_those_published_are_named(world: None, hide: Callable[[], object]) -> None:
    hide()
    assert check_records() == [named("公开的附件")]


def test_a_file_made_public_past_the_review_is_named(world: None, kjj: Department) -> None:
    secret, home = f.make_file(kjj, b"%PDF-1.4 secret", "未公开的附件"), Page.objects.filter(depth=2).get()
    PublishedFile.objects.create(page=home, file=secret, sha256=secret.sha256())
    assert secret.is_public(), "power check"
    assert check_records() == [f"附件“未公开的附件”随页面第 {home.pk} 号（{home.title}）公开，但该页面不经审核发布。"]


def test_a_renamed_file_is_named(world: None) -> None:
    PolicyFile.objects.update(title="作废")
    assert check_records() == [f"页面第 {guide().pk} 号（{guide().title}）的附件“申请表”已改名，不是审核通过的名称。"]


@pytest.mark.parametrize("is_gone", [True, False])
def test_other_bytes_or_none_in_the_place_of_a_file_are_named(world: None, is_gone: bool) -> None:
    file = PolicyFile.objects.get().file
    file.storage.delete(file.name)
    if not is_gone:
        with file.storage.open(file.name, "wb") as stored:
            stored.write(b"%PDF-1.4 other")
    assert check_records() == [
        f"页面第 {guide().pk} 号（{guide().title}）的附件“申请表”缺失或已被替换，不是审核通过的文件。"
    ]
