"""Rows that contradict themselves or others, rows that cannot be read, rows that stay out."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from policy_pages.imports import services
from policy_pages.imports.records import RowError, read_record
from policy_pages.imports.report import IMPORTED, SKIPPED
from policy_pages.imports.services import import_file
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage
from policy_pages.tests.import_rows import DOCUMENT, GUIDE

# --- Contradictions -----------------------------------------------------------------------------------------


CONTRADICTORY = [
    ({**DOCUMENT, "effective_on": "2026-05-01", "expires_on": "2026-04-01"}, "失效日期早于施行日期"),
    ({**DOCUMENT, "written_on": "2026-03-09"}, "印发日期早于成文日期"),
    ({**DOCUMENT, "published_on": "2026-03-01"}, "来源发布日期早于印发日期"),
    ({**DOCUMENT, "issued_on": "2090-01-01"}, "印发日期 2090-01-01 晚于今天"),
    ({**DOCUMENT, "effective_on": None, "expires_on": "2020-01-01"}, "失效日期 2020-01-01 已过"),
    ({**GUIDE, "window": {"type": "固定期限", "from": "2026-05-01", "to": "2026-04-01"}}, "截止日期早于开始日期"),
    ({**GUIDE, "window": {"type": "常年申报", "to": "2026-04-01"}}, "常年申报没有截止日期"),
    ({**GUIDE, "window": {"type": "待定", "from": "2026-04-01"}}, "期限待定的事项不能填写日期"),
    ({**GUIDE, "time_limit": "30个工作日"}, "不得超过法定时限"),
    ({**GUIDE, "statutory_limit": "20日"}, "单位不同"),
]


@pytest.mark.parametrize(("row", "words"), CONTRADICTORY, ids=[words for _row, words in CONTRADICTORY])
def test_a_contradictory_row_is_a_draft_with_a_warning(kjj, write, row, words):
    report = import_file(path=write(row))
    assert report.counts()["imported"] == report.counts()["contradictory"] == 1
    assert words in "；".join(report.outcomes[0].conflicts)
    assert "矛盾：" in report.outcomes[0].line()


def test_one_number_of_two_documents(kjj, write):
    other = {**DOCUMENT, "id": "a-2", "title": "另一份文件", "document_number": "苏府〔2020〕1号；锡科发〔2026〕3号"}
    report = import_file(path=write(DOCUMENT, other))
    assert len(report.contradictory) == 2
    assert "文号“锡科发〔2026〕3号”与《另一份文件》相同" in report.outcomes[0].line()
    later = import_file(path=write({**DOCUMENT, "id": "a-3", "issued_on": "2026-03-04"}))
    assert "日期不同" in later.outcomes[0].line()
    again = import_file(path=write({**DOCUMENT, "id": "a-4"}))
    assert "可能重复" in again.outcomes[0].line()


def test_a_guide_may_carry_the_number_of_its_document(kjj, write):
    assert not import_file(path=write(DOCUMENT, GUIDE)).contradictory


def test_a_fixed_window_without_a_date_is_missing_not_contradictory(kjj, write):
    report = import_file(path=write({**GUIDE, "window": {"type": "固定期限", "to": "2026-04-01"}}))
    page = ApplicationGuidePage.objects.get()
    assert (page.window_type, page.window_start, str(page.window_end)) == ("fixed_window", None, "2026-04-01")
    assert report.outcomes[0].conflicts == []
    assert report.outcomes[0].missing == ["申报开始日期"]


# --- Rows that stay out -------------------------------------------------------------------------------------


SKIPPED_ROWS = [
    ({**DOCUMENT, "id": None}, "缺少编号"),
    ({**DOCUMENT, "title": " "}, "缺少标题"),
    ({**DOCUMENT, "kind": None}, "缺少类别"),
    ({**DOCUMENT, "kind": "law"}, "类别“law”无法识别"),
    ({**DOCUMENT, "title": {"a": 1}}, "应为文字"),
    ({**GUIDE, "conditions": [{"a": 1}]}, "应为文字"),
    ({**GUIDE, "window": {"note": {"a": 1}}}, "应为文字"),
    ({**DOCUMENT, "issuing_organ": "火星局"}, "制发机关“火星局”没有对应的单位"),
    ({**DOCUMENT, "issuing_organ": None}, "没有写制发机关"),
    ({**DOCUMENT, "title": "长" * 256}, "标题有 256 字"),
    ({**DOCUMENT, "index_number": "长" * 61}, "索引号"),
    ({**DOCUMENT, "id": "长" * 121}, "来源编号"),
    ('{"id": "broken"', "不是一条完整的 JSON 记录"),
    ("[1]", "不是一条记录"),
    ('{"id": "a", "kind": "policy", "title": "\\ud800"}', "残缺字符"),
]


@pytest.mark.parametrize(("row", "words"), SKIPPED_ROWS, ids=[words for _row, words in SKIPPED_ROWS])
def test_a_bad_row_is_skipped_with_its_reason_and_stops_no_other(kjj, write, row, words):
    good = {**DOCUMENT, "id": "good", "document_number": None}
    report = import_file(path=write(row, "", good))
    assert [outcome.status for outcome in report.outcomes] == [SKIPPED, IMPORTED]
    assert words in report.outcomes[0].reason
    assert report.outcomes[0].place == "第 1 行"
    assert report.outcomes[1].place == "第 3 行"
    assert PolicyDocumentPage.objects.get().source_id == "good"


UNREADABLE = [
    ({**DOCUMENT, "issued_on": "2026年3月"}, "印发日期：“2026年3月”不是一个完整的日期，未导入"),
    ({**DOCUMENT, "status": "征求意见"}, "文件状态“征求意见”"),
    ({**DOCUMENT, "genre": "诗歌"}, "体裁“诗歌”"),
    ({**DOCUMENT, "relations": "revises x"}, "关系无法识别"),
    ({**DOCUMENT, "relations": [{"type": "likes", "target": "x"}]}, "“likes x”无法识别"),
    ({**GUIDE, "window": "常年"}, "申报期限的写法无法识别"),
    ({**GUIDE, "window": {"type": "随缘"}}, "申报期限类型“随缘”无法识别"),
]


@pytest.mark.parametrize(("row", "words"), UNREADABLE, ids=[words for _row, words in UNREADABLE])
def test_what_cannot_be_read_is_left_empty_and_told(kjj, write, row, words):
    report = import_file(path=write(row))
    assert report.count(IMPORTED) == 1
    assert words in "；".join(report.outcomes[0].warnings)


def test_a_row_that_the_database_refuses_is_skipped(kjj, write, monkeypatch):
    def refuse(*args, **kwargs):
        raise IntegrityError("no")

    monkeypatch.setattr(services, "record_page_event", refuse)
    report = import_file(path=write(DOCUMENT))
    assert report.outcomes[0].reason == "数据库不接受这条记录：no"
    assert not PolicyDocumentPage.objects.exists()


def test_record_errors_are_sentences():
    with pytest.raises(RowError, match="缺少编号"):
        read_record({}, "第 1 行")
