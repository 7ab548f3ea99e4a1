"""Imported drafts through the real workflow: what goes public, what stays, and that nothing is done twice."""

from __future__ import annotations

import datetime
import json

import pytest
from django.core.management import CommandError, call_command

from audit.models import Event
from audit.services import verify_chain
from audit.services.replay import replay_verdicts
from policy_pages.enums import ApplicationRoute, ChangeSubject
from policy_pages.imports.publish import publish_imported, route_of
from policy_pages.imports.report import CARRIED, SKIPPED
from policy_pages.imports.services import import_file
from policy_pages.models import ApplicationGuidePage, ChangeRecord, Listing, PolicyDocumentPage, PublicationRecord, Term
from policy_pages.tests import factories
from policy_pages.tests.import_rows import DOCUMENT, GUIDE, REAL_FILE, needs_real_file

NEW_DOCUMENT = {**DOCUMENT, "written_on": "2026-03-01"}


def carried(report):
    """Source ids of what went public, and the reasons of the rest."""
    return (
        {outcome.source_id for outcome in report.outcomes if outcome.status == CARRIED},
        {outcome.source_id: outcome.reason for outcome in report.outcomes if outcome.status == SKIPPED},
    )


def test_stock_goes_public_through_two_people_and_the_bureau(kjj, write):
    import_file(path=write(DOCUMENT, {**GUIDE, "materials": None}), stock=True)
    assert carried(publish_imported()) == ({"a-1", "g-1"}, {})
    page = PolicyDocumentPage.objects.get()
    record = PublicationRecord.objects.get(page_id=page.pk)
    assert (page.live, page.change, page.listing.category.name) == (True, None, "财政奖补")
    assert [approval["user"] for approval in record.approvals] == ["kjj-review", "spj-moder"]
    assert record.revision_id == page.live_revision_id
    assert [term.name for term in page.listing.terms.all()] == ["科技创新"]
    guide = ApplicationGuidePage.objects.get()
    assert (guide.live, guide.listing.route, guide.missing_elements()) == (True, ApplicationRoute.SIMPLE, ["申报材料"])
    assert not ChangeRecord.objects.exists()
    assert {"task.submitted", "task.approved", "listing.classified", "page.published"} <= set(
        Event.objects.values_list("action", flat=True)
    )
    assert verify_chain().ok


def test_a_new_policy_starts_its_clock_at_the_stated_date(kjj, write):
    guide = {**GUIDE, "published_on": "2026-03-10"}
    import_file(path=write(NEW_DOCUMENT, guide))
    assert carried(publish_imported()) == ({"a-1", "g-1"}, {})
    document, other = ChangeRecord.objects.order_by("subject")
    assert (document.trigger_date, document.trigger_basis) == (datetime.date(2026, 3, 2), "issued")
    assert (other.subject, other.trigger_date, other.trigger_basis) == (
        ChangeSubject.GUIDE, datetime.date(2026, 3, 10), "other",
    )  # fmt: skip
    assert not document.is_open
    assert document.page_id == PolicyDocumentPage.objects.get().pk
    assert "https://example.gov.cn/1" in document.evidence


def test_the_written_date_counts_where_no_other_is_stated(kjj, write):
    import_file(path=write({**NEW_DOCUMENT, "issued_on": None}))
    publish_imported()
    change = ChangeRecord.objects.get()
    assert (str(change.trigger_date), change.trigger_basis) == ("2026-03-01", "written")


def test_what_is_new_and_incomplete_stays_a_draft(kjj, write):
    rows = [
        {**DOCUMENT, "id": "no-day", "document_number": None, "issued_on": None},
        {**DOCUMENT, "id": "not-written", "document_number": None},
        {**GUIDE, "id": "no-day-guide"},
        {**GUIDE, "id": "no-steps", "steps": [], "published_on": "2026-03-10"},
    ]
    import_file(path=write(*rows))
    done, left = carried(publish_imported())
    assert done == set()
    assert left["no-day"] == left["no-day-guide"] == "缺少触发日期"
    assert "请填写成文日期" in left["not-written"]
    assert "请至少填写一个办理环节" in left["no-steps"]
    assert not ChangeRecord.objects.exists()
    assert not PublicationRecord.objects.exists()


def test_the_second_run_does_nothing(kjj, write, capsys):
    import_file(path=write(DOCUMENT, {**GUIDE, "conditions": []}), stock=True)
    call_command("publish_import")
    assert "共 2 条导入草稿：公开 2 条，跳过 0 条。" in capsys.readouterr().out
    before = Event.objects.count(), PublicationRecord.objects.count(), Listing.objects.count()
    call_command("publish_import")
    assert "共 0 条导入草稿" in capsys.readouterr().out
    assert (Event.objects.count(), PublicationRecord.objects.count(), Listing.objects.count()) == before


def test_what_a_person_handed_in_or_wrote_is_left_alone(kjj, write):
    own = factories.make_document(kjj)
    import_file(path=write(DOCUMENT), stock=True)
    factories.hand_in(PolicyDocumentPage.objects.get(source_id="a-1"))
    assert carried(publish_imported()) == (set(), {"a-1": "已提交，正在审核或已退回。"})
    own.refresh_from_db()
    assert not own.live


def test_reasons_are_printed_with_their_counts(kjj, write, capsys):
    import_file(path=write({**DOCUMENT, "issued_on": None}, {**GUIDE}))
    call_command("publish_import")
    printed = capsys.readouterr().out
    assert "a-1 《关于支持企业研发的若干措施》 跳过（科学技术局）：缺少触发日期" in printed
    assert "跳过 2 条：缺少触发日期" in printed


def test_without_the_demo_accounts_nobody_acts(kjj, write):
    factories.user("kjj-review").assignments.all().delete()
    factories.user("kjj-review").delete()
    import_file(path=write(DOCUMENT), stock=True)
    assert carried(publish_imported())[1] == {"a-1": "缺少演示账号：kjj-review。"}


def test_without_a_category_nothing_is_classified(kjj, write):
    Term.objects.update(is_active=False)
    import_file(path=write(DOCUMENT), stock=True)
    assert "清单类别" in carried(publish_imported())[1]["a-1"]
    assert PolicyDocumentPage.objects.get().current_workflow_state is None


def test_an_account_without_the_right_is_told(kjj, write):
    from accounts.services import sync_department

    factories.user("kjj-edit").assignments.all().delete()
    sync_department(kjj)
    import_file(path=write(DOCUMENT), stock=True)
    assert carried(publish_imported())[1] == {"a-1": "没有权限。"}


def test_production_refuses(kjj, write, settings):
    settings.HUIQITONG_DEMO = False
    import_file(path=write(DOCUMENT), stock=True)
    with pytest.raises(CommandError, match="只用于演示和测试环境"):
        call_command("publish_import")
    assert not PolicyDocumentPage.objects.get().live


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "topics", "steps", "route"),
    [
        ("稳岗返还（免申即享）", [], ["审核"], ApplicationRoute.NO_APPLICATION),
        ("稳岗返还", ["免申即享"], ["专家评审"], ApplicationRoute.NO_APPLICATION),
        ("贴息", [], ["受理", "专家评审"], ApplicationRoute.COMPLEX),
        ("贴息", [], ["受理", "现场核查"], ApplicationRoute.COMPLEX),
        ("贴息", [], ["受理", "审核", "公示"], ApplicationRoute.SIMPLE),
        ("贴息", [], [], ApplicationRoute.SIMPLE),
    ],
)
def test_the_route_follows_the_stated_rule(title, topics, steps, route):
    rows = [("step", {"name": name, "description": ""}) for name in steps]
    assert route_of(ApplicationGuidePage(title=title, steps=rows), topics) == route


@pytest.mark.no_cover
@needs_real_file
@pytest.mark.slow
def test_all_real_documents_go_public(kjj):
    import_file(path=REAL_FILE, department_code="kjj", stock=True)
    done, left = carried(publish_imported())
    assert left == {}
    assert len(done) == 275
    assert PublicationRecord.objects.count() == Listing.objects.count() == len(done)
    live = [page for model in (PolicyDocumentPage, ApplicationGuidePage) for page in model.objects.live_listed()]
    assert {page.source_id for page in live} == done
    published = Event.objects.filter(action__in=["page.published", "page.repealed"])
    assert {json.loads(event.payload_json)["publication"] for event in published} == set(
        PublicationRecord.objects.values_list("pk", flat=True)
    )
    assert verify_chain().ok
    replayed = replay_verdicts(with_objects=True)
    assert (replayed.clocks, replayed.differences) == (275, []), "the bureau's own limit of each; stock has no other"
    before = Event.objects.count()
    assert carried(publish_imported())[0] == set()
    assert Event.objects.count() == before
