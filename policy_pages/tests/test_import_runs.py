"""Runs of the import: departments, repetition, bad files, and the real 275 documents where they are at hand."""

from __future__ import annotations

import json

import pytest

from audit.models import Event
from audit.services import verify_chain
from policy_pages.imports.report import EXISTING, IMPORTED, SKIPPED
from policy_pages.imports.services import ImportFileError, import_file
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage
from policy_pages.tests.import_rows import DOCUMENT, GUIDE, table_counts

# --- Departments --------------------------------------------------------------------------------------------


def test_organs_find_their_department_by_name_short_name_or_alias(kjj, gxj, write):
    kjj.other_names = "科委\n科学技术委员会"
    kjj.short_name = "科技局"
    kjj.save()
    organs = ["科学技术局", "科技局", "科委", "市财政局、科学技术委员会", "工业和信息化局、科学技术局"]
    rows = [
        {**DOCUMENT, "id": str(n), "document_number": None, "issuing_organ": organ} for n, organ in enumerate(organs)
    ]
    report = import_file(path=write(*rows))
    assert [outcome.department for outcome in report.outcomes] == ["科技局"] * 4 + ["工业和信息化局"]


def test_the_named_department_takes_the_rest(kjj, gxj, write):
    rows = [{**DOCUMENT, "issuing_organ": "火星局"}, {**GUIDE, "issuing_organ": "工业和信息化局"}]
    import_file(path=write(*rows), department_code="kjj")
    assert PolicyDocumentPage.objects.get().department == kjj
    assert ApplicationGuidePage.objects.get().department == gxj


@pytest.mark.parametrize("code", ["nobody", "spj"])
def test_a_department_without_section_takes_nothing(kjj, write, code):
    with pytest.raises(ImportFileError, match="没有代码为"):
        import_file(path=write(DOCUMENT), department_code=code)


# --- Repetition and dry run ---------------------------------------------------------------------------------


def test_the_second_run_changes_nothing(kjj, write):
    path = write(DOCUMENT, GUIDE)
    import_file(path=path)
    before = table_counts()
    report = import_file(path=path)
    after = table_counts()
    assert [outcome.status for outcome in report.outcomes] == [EXISTING, EXISTING]
    assert {table for table in after if after[table] != before[table]} == {"audit_event"}
    assert after["audit_event"] - before["audit_event"] == 1  # the run itself
    assert "已存在" in report.outcomes[0].line()


def test_one_id_twice_in_a_file(kjj, gxj, write):
    report = import_file(
        path=write(DOCUMENT, {**DOCUMENT, "title": "别的"}, {**DOCUMENT, "issuing_organ": "工业和信息化局"})
    )
    assert [outcome.status for outcome in report.outcomes] == [IMPORTED, SKIPPED, IMPORTED]
    assert "编号重复" in report.outcomes[1].reason


def test_a_dry_run_writes_nothing_and_reports_the_same(kjj, write):
    path = write(
        DOCUMENT,
        GUIDE,
        {**GUIDE, "id": None},
        {**DOCUMENT, "id": "c", "document_number": None, "published_on": "2026-03-01"},
    )
    before = table_counts()
    trial = import_file(path=path, dry_run=True)
    assert table_counts() == before
    real = import_file(path=path)
    assert trial.counts() == real.counts()
    for outcome in (*trial.outcomes, *real.outcomes):
        outcome.page_id = None
    assert trial.outcomes == real.outcomes


def test_every_import_leaves_its_events(kjj, write):
    import_file(path=write(DOCUMENT, {**GUIDE, "id": None}), stock=True)
    (page_event,) = Event.objects.filter(action="page.imported")
    (run_event,) = Event.objects.filter(action="import.finished")
    assert page_event.department_code == "kjj"
    source = json.loads(page_event.payload_json)
    assert (source["topics"], source["region"], source["published_on"]) == (["科技创新"], "江苏省无锡市", "2026-03-05")
    counts = json.loads(run_event.payload_json)
    assert (counts["imported"], counts["skipped"], counts["stock"]) == (1, 1, True)
    assert run_event.object_label == "rows.jsonl"
    assert PolicyDocumentPage.objects.get().is_stock
    assert verify_chain().ok
