"""What a revision changed, on the real models: every changed value is named, nothing breaks, nothing foreign is told."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.contents import reading
from policy_pages.dossier.diffs import revision_lines
from policy_pages.models import ApplicationGuidePage, PolicyDocumentPage

if TYPE_CHECKING:
    pass

#: What a clerk calls each value, written from the forms (domain §3.2, §3.3), and two values of it as a revision keeps them.
DOCUMENT_VALUES: dict[str, tuple[str, Any, Any]] = {
    "title": ("标题", "甲办法", "乙办法"),
    "summary": ("一句话摘要", "", "补助"),
    "source_name": ("来源", "", "市政府网站"),
    "source_url": ("原文网址", "", "https://example.com/1"),
    "editor_in_charge": ("责任编辑", "", "张三"),
    "change": ("对应的变更登记", 3, 4),
    "change_note": ("更新说明", "", "勘误"),
    "go_live_at": ("定时发布时间", None, "2026-11-24T01:00:00Z"),
    "doc_number": ("文号", "锡科〔2026〕1号", "锡科〔2026〕2号"),
    "index_number": ("索引号", "", "014"),
    "issuing_body": ("制发机关", "科技局", "科技局、财政局"),
    "written_on": ("成文日期", None, "2026-11-03"),
    "issued_on": ("印发日期", "2026-11-04", "2026-11-05"),
    "effective_on": ("施行日期", "2026-11-04", None),
    "expires_on": ("失效日期", None, "2030-12-31"),
    "subject_category": ("主题分类", "", "综合政务"),
    "genre": ("体裁", "", "notice"),
    "document_status": ("文件状态", "in_force", "repealed"),
    "repealed_on": ("废止日期", None, "2026-11-05"),
    "repeal_reason": ("废止依据或原因", "", "到期"),
    "successor": ("替代文件", None, 7),
}
GUIDE_VALUES: dict[str, tuple[str, Any, Any]] = {
    "title": ("标题", "甲指南", "乙指南"),
    "service_object": ("服务对象", "", "企业"),
    "applicable_scope": ("适用范围", "全市", "全市\n不含江阴"),
    "item_code": ("事项编码", "", "1"),
    "basis_text": ("其他依据", "", "省办法"),
    "window_type": ("申报期限类型", "year_round", "fixed_window"),
    "window_start": ("申报开始日期", None, "2026-01-01"),
    "window_end": ("申报截止日期", None, "2026-02-01"),
    "window_decided_on": ("期限确定日期", None, "2026-01-15"),
    "window_note": ("期限说明", "", "每年一次"),
    "support_mode": ("支持方式", "", "贴息"),
    "amount_text": ("支持标准", "按 10% 补助", "按 15% 补助"),
    "amount_max": ("最高金额（元）", "500000.00", "800000.00"),
    "annual_budget": ("年度预算（元）", None, "1000000.50"),
    "payment_limit": ("兑现时限", "", "30 日"),
    "fee": ("收费情况", "不收费", "收费"),
    "refusal_cases": ("不予受理情形", "", "失信"),
    "no_materials": ("无需提交材料", False, True),
    "promised_limit": ("承诺时限", 20, 15),
    "promised_note": ("承诺时限说明", "", "不含公示"),
    "statutory_limit": ("法定时限", None, 30),
    "result_name": ("办理结果", "", "拨付"),
    "responsible_division": ("责任处室", "高新处", "综合处"),
    "handling_unit": ("经办单位", "", "中心"),
    "co_issuers": ("联办单位", "", "财政局"),
    "complaint_phone": ("监督投诉电话", "", "0510-12345"),
    "apply_url": ("网办地址", "", "https://example.com/2"),
    "address": ("办理地点", "", "大厅"),
    "office_hours": ("办理时间", "", "九点"),
    "visits": ("到现场次数", None, 0),
    "remedies": ("救济渠道", "", "复议"),
}
#: Rows of a guide: field -> block type, how the field is called, its values by sub-field with their labels.
ROWS: dict[str, tuple[str, str, dict[str, tuple[str, Any, Any]]]] = {
    "conditions": (
        "condition",
        "申报条件",
        {
            "text": ("条件", "在本市注册", "在本省注册"),
            "kind": ("性质", "threshold", "bonus"),
            "clause": ("依据条款", "", "第六条"),
        },
    ),
    "materials": (
        "material",
        "申报材料",
        {
            "name": ("材料名称", "营业执照", "执照"),
            "necessity": ("必要性", "required", "deferred"),
            "form": ("形式", "electronic", "copy"),
            "copies": ("份数", 1, 2),
            "source": ("来源", "self", "shared"),
            "blank_form": ("空表", None, 11),
            "sample_form": ("样表", 12, 13),
            "note": ("填报须知", "", "盖章"),
        },
    ),
    "steps": (
        "step",
        "办理流程",
        {
            "name": ("环节名称", "受理", "审核"),
            "actor": ("办理主体", "", "综合处"),
            "limit": ("环节时限", "1 个工作日", "2 个工作日"),
            "kind": ("环节类型", "ordinary", "expert"),
            "description": ("说明", "", "现场"),
        },
    ),
    "hotlines": (
        "hotline",
        "咨询电话",
        {
            "number": ("电话", "81820000", "81820001"),
            "contact": ("科室或联系人", "", "李四"),
            "hours": ("接听时间", "", "九点"),
        },
    ),
    "questions": (
        "question",
        "常见问题",
        {"question": ("问", "给谁？", "给多少？"), "answer": ("答", "给企业。", "给规上企业。")},
    ),
}


def content(values: dict[str, tuple[str, Any, Any]]) -> dict[str, Any]:
    """A revision with the first of each value."""
    return {name: first for name, (_label, first, _second) in values.items()}


def guide() -> dict[str, Any]:
    rows = {
        field: json.dumps([{"type": kind, "id": field, "value": content(values)}])
        for field, (kind, _label, values) in ROWS.items()
    }
    units = {"promised_unit": "working_days", "statutory_unit": "working_days"}
    return {
        **content(GUIDE_VALUES),
        **rows,
        **units,
        "bases": [{"pk": 1, "sort_order": 0, "document": 5, "clause": ""}],
    }


def lines_of(model: type, before: Any, after: Any) -> list[str]:
    return revision_lines(model, before, after)


def in_row(base: dict[str, Any], field: str, name: str, value: Any) -> None:
    rows = json.loads(base[field])
    rows[0]["value"][name] = value
    base[field] = json.dumps(rows)


LEAVES = [("", name) for name in GUIDE_VALUES] + [(field, name) for field, row in ROWS.items() for name in row[2]]


def changed_guide(chosen: set[tuple[str, str]]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A guide with these values changed, and what a line must say of each: the row's field and the value's label."""
    after, expected = guide(), []
    for field, name in sorted(chosen):
        if field:
            label, _first, value = ROWS[field][2][name]
            in_row(after, field, name, value)
            expected.append((ROWS[field][1], label))
        else:
            label, _first, after[name] = GUIDE_VALUES[name]
            expected.append(("", label))
    return after, expected


def unnamed(lines: list[str], expected: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What no line names."""

    def names(line: str, field: str, label: str) -> bool:
        start = f"{field}“" if field else f"{label} "
        return line.startswith(start) and (not field or f"：{label} " in line)

    return [(field, label) for field, label in expected if not any(names(line, field, label) for line in lines)]


@pytest.mark.parametrize("name", DOCUMENT_VALUES)
def test_each_value_of_a_document_is_named_when_it_changed_and_only_then(name: str) -> None:
    before, after = content(DOCUMENT_VALUES), content(DOCUMENT_VALUES)
    label, _first, after[name] = DOCUMENT_VALUES[name]
    (line,) = lines_of(PolicyDocumentPage, before, after)
    assert line.startswith(f"{label} ")
    assert lines_of(PolicyDocumentPage, after, after) == []


@given(st.sets(st.sampled_from(LEAVES)))
def test_whatever_changed_in_a_guide_every_value_is_named_and_no_other(chosen: set[tuple[str, str]]) -> None:
    after, expected = changed_guide(chosen)
    lines = lines_of(ApplicationGuidePage, guide(), after)
    assert unnamed(lines, expected) == []
    assert len(lines) == len(expected)
    assert lines_of(ApplicationGuidePage, after, copy.deepcopy(after)) == []


def test_the_property_finds_a_field_that_the_diff_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "HOUSEKEEPING", reading.HOUSEKEEPING | {"visits"})
    after, expected = changed_guide({("", "visits"), ("", "fee")})
    assert unnamed(lines_of(ApplicationGuidePage, guide(), after), expected) == [("", "到现场次数")]


def test_every_field_of_the_models_stands_in_these_tests() -> None:
    """A new field must be tried too; what is left out here is kept by the system and not typed."""
    own = {"slug", "department", "source_id", "is_stock", "promised_unit", "statutory_unit"}
    for model, values in (
        (PolicyDocumentPage, DOCUMENT_VALUES),
        (ApplicationGuidePage, {**GUIDE_VALUES, **DOCUMENT_VALUES, **ROWS}),
    ):
        names = {field.name for field in model._meta.concrete_fields if not field.primary_key}
        assert names - set(reading.HOUSEKEEPING) - own - set(values) - {"body"} == set()
    for field, (kind, _label, values) in ROWS.items():
        block = ApplicationGuidePage._meta.get_field(field).stream_block.child_blocks[kind]
        assert set(block.child_blocks) == set(values), field


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("promised_limit", 15, "承诺时限 20 → 15 个工作日"),
        ("promised_unit", "calendar_days", "承诺时限 20 个工作日 → 20 日（自然日）"),
        ("statutory_unit", "calendar_days", "法定时限单位 个工作日 → 日（自然日）"),
        ("amount_max", "1200000.00", "最高金额（元） 500,000 → 1,200,000"),
        ("amount_max", None, "最高金额（元） 500,000 → （空）"),
        ("no_materials", True, "无需提交材料 否 → 是"),
        ("window_type", "fixed_window", "申报期限类型 常年申报 → 固定期限"),
        ("window_start", "2026-11-03", "申报开始日期 （空） → 2026-11-03"),
        ("go_live_at", "2026-11-24T01:00:00Z", "定时发布时间 （空） → 2026-11-24 09:00"),
    ],
)
def test_a_value_reads_as_on_the_form(name: str, value: Any, expected: str) -> None:
    assert lines_of(ApplicationGuidePage, guide(), {**guide(), name: value}) == [expected]


def test_a_material_is_called_by_its_name() -> None:
    after = guide()
    in_row(after, "materials", "copies", 2)
    assert lines_of(ApplicationGuidePage, guide(), after) == ["申报材料“营业执照”：份数 1 → 2"]
