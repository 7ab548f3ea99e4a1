"""What the public reads, rewritten in its tables by a connection of its own: the chain stays whole, and each must be found.

Ordinary tables have no triggers; those of the append-only ones are dropped first, as in the drill.
"""

# ruff: noqa: S608 -- SQL of our own making against a test database

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import PageLogEntry

from accounts.models import Assignment, Department
from policy_pages.models import ChangeRecord, FrozenReport, LateReason, PublicationRecord
from policy_pages.services.lateness import publish_reason, write_reason
from policy_pages.services.reports import freeze_report
from policy_pages.tests import factories as f
from tests.tampering.test_drill import run, verify

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)


def live() -> None:
    """One change public late, with its reason; a publication returned before; a frozen report."""
    f.make_bureau()
    kjj = f.make_department()
    f.make_department("gxj", "工业和信息化局")
    Assignment.objects.update(valid_from="2023-01-05")
    change = f.make_change(kjj, days_ago=40)
    page = f.hand_in(f.make_document(kjj, change=change))
    page = f.act(page, "kjj-review", "reject", comment="缺少依据")
    f.make_public(f.save_draft(page, summary="补了依据"))
    change.refresh_from_db()
    reason = write_reason(change=change, text="机房搬迁", actor=f.user("kjj-edit"))
    publish_reason(reason=reason, text="机房搬迁", actor=f.user("spj-moder"))
    freeze_report(code="2025", actor=f.user("spj-moder"))


def blame_another_unit() -> str:
    other = Department.objects.get(code="gxj").pk
    run(f"UPDATE policy_pages_changerecord SET department_id = {other}", table="policy_pages_changerecord")
    return "变更登记.*单位"


def make_it_a_repeal() -> str:
    run("UPDATE policy_pages_changerecord SET kind = 'repealed'", table="policy_pages_changerecord")
    return "变更登记.*变更类型"


def unlink_its_page() -> str:
    run("UPDATE policy_pages_changerecord SET page_id = NULL", table="policy_pages_changerecord")
    return "变更登记.*页面"


def excuse_it_otherwise() -> str:
    run("UPDATE policy_pages_latereason SET public_text = '上级要求'", table="policy_pages_latereason")
    return "逾期说明.*公开的原因"


def rewrite_what_was_public() -> str:
    run("UPDATE policy_pages_publicationrecord SET content = '{}'", table="policy_pages_publicationrecord")
    return "发布记录.*内容"


def date_it_back() -> str:
    day = "2026-01-05 02:00:00+00:00"
    run(f"UPDATE policy_pages_publicationrecord SET published_at = '{day}'", table="policy_pages_publicationrecord")
    return "发布记录.*发布时间"


def take_the_record_away() -> str:
    run("DELETE FROM policy_pages_publicationrecord", table="policy_pages_publicationrecord")
    return "发布记录.*已不在"


def soften_the_return() -> str:
    entry = PageLogEntry.objects.get(action="wagtail.workflow.reject")
    assert "缺少依据" in str(entry.data), "power check"
    run(f"UPDATE wagtailcore_pagelogentry SET data = '{{}}' WHERE id = {entry.pk}", table="wagtailcore_pagelogentry")
    return f"第 {entry.pk} 条与第 .* 号事件不符"


REWRITTEN = [
    blame_another_unit,
    make_it_a_repeal,
    unlink_its_page,
    excuse_it_otherwise,
    rewrite_what_was_public,
    date_it_back,
    take_the_record_away,
    soften_the_return,
]


@pytest.mark.slow
def test_each_rewriting_is_found_and_none_where_nobody_wrote() -> None:
    """One world for all, in turn: each adds its own sentence to those before."""
    live()
    assert (ChangeRecord.objects.count(), LateReason.objects.count(), PublicationRecord.objects.count()) == (1, 1, 1)
    verify("--records", "--logs")
    for tampering in REWRITTEN:
        found_after(tampering)
    assert "审计链完好" in verify(), "power check: the chain alone looks whole"


def found_after(tampering: Callable[[], str]) -> None:
    words = tampering()
    with pytest.raises(CommandError, match=words) as caught:
        verify("--records", "--logs")
    assert caught.value.returncode == 1


@pytest.mark.slow
def test_a_frozen_report_that_was_rewritten_or_taken_away_is_found() -> None:
    live()
    table = "policy_pages_frozenreport"
    for statement, words in (
        (f"UPDATE {table} SET note = '编的'", "说明"),
        (f"UPDATE {table} SET note = '', until_seq = 3", "截至审计事件序号"),
        (f"DELETE FROM {table}", "已不在"),
    ):
        run(statement, table=table)
        out = io.StringIO()
        with pytest.raises(CommandError, match="不一致 1 份"):
            call_command("audit_reports", stdout=out)
        assert words in out.getvalue()
    assert not FrozenReport.objects.exists()
