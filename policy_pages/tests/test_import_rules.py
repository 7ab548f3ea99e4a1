"""Reading single fields and texts: tables whose expectations come from the domain."""

from __future__ import annotations

import datetime
import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.imports import rules, texts
from policy_pages.imports.rules import Hotline, ParsedLimit

DAY = datetime.date(2023, 1, 5)


@pytest.mark.parametrize(
    "value",
    [
        "2023-01-05",
        "2023-1-5",
        "2023/1/5",
        "2023.1.5",
        "2023年1月5日",
        "2023 年 1 月 5 日",
        "２０２３年１月５日",
        "20230105",
        "2023-01-05 00:00:00",
        "2023/01/05 09:30",
        "2023-01-04T23:30:00+00:00",  # half past seven in the morning of the 5th in Wuxi
        DAY,
        datetime.datetime(2023, 1, 5),
        datetime.datetime(2023, 1, 4, 17, tzinfo=datetime.UTC),
    ],
)
def test_a_whole_date_in_any_writing(value):
    assert rules.parse_date(value) == DAY


@pytest.mark.parametrize("value", [None, "", "  ", []])
def test_no_date_stays_no_date(value):
    assert rules.parse_date(value) is None


@pytest.mark.parametrize(
    "value",
    [
        *("2023年1月", "2023", "1月5日", "2023-02-30", "2023-13-01", "2023-1/5", "待定", "44931", "12:00"),
        *(44931, 1.5, datetime.date(1900, 1, 5), "0023-01-05", "2623-01-05"),
    ],
)
def test_what_is_no_whole_date_is_refused_and_never_completed(value):
    with pytest.raises(ValueError, match="“"):
        rules.parse_date(value)


@pytest.mark.parametrize(
    ("text", "number", "unit", "note"),
    [
        ("20个工作日", 20, "working_days", ""),
        ("20 个工作日", 20, "working_days", ""),
        ("２０个工作日。", 20, "working_days", ""),
        ("二十个工作日", 20, "working_days", ""),
        ("十五个工作日", 15, "working_days", ""),
        ("一百零五日", 105, "calendar_days", ""),
        ("5工作日", 5, "working_days", ""),
        ("30日", 30, "calendar_days", ""),
        ("30天", 30, "calendar_days", ""),
        ("15个自然日", 15, "calendar_days", ""),
        ("10个工作日（不含公示时间）", 10, "working_days", "不含公示时间"),
        ("10个工作日(不含公示时间)", 10, "working_days", "不含公示时间"),
        ("自受理之日起20个工作日内办结", 20, "working_days", "自受理之日起20个工作日内办结"),
        ("当场办结", 0, "working_days", "当场办结"),
        ("即办件", 0, "working_days", "即办件"),
        ("", None, "working_days", ""),
    ],
)
def test_a_limit_without_doubt_is_a_number_and_a_unit(text, number, unit, note):
    assert rules.parse_limit(text) == ParsedLimit(number, unit, note)


@pytest.mark.parametrize(
    "text",
    [
        "一般方式3个工作日；告知承诺方式当场办理",
        "3至5个工作日",
        "3-5个工作日",
        "受理材料之日起5个工作日内调查核实",
        "1个月",
        "按年度通知",
        "百个工作日",
        "尽快",
    ],
)
def test_a_limit_that_says_more_than_one_thing_stays_words(text):
    assert rules.parse_limit(text) == ParsedLimit(None, "working_days", text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0510-81820000", [Hotline("0510-81820000")]),
        ("12345、0510-81820000", [Hotline("12345"), Hotline("0510-81820000")]),
        ("81820000/81820001；81820002", [Hotline("81820000"), Hotline("81820001"), Hotline("81820002")]),
        ("81820000 81820001", [Hotline("81820000"), Hotline("81820001")]),
        ("0510 81820000", [Hotline("0510 81820000")]),
        ("高新处：0510-81820000", [Hotline("0510-81820000", "高新处")]),
        ("综合科 81820000，12345", [Hotline("81820000", "综合科"), Hotline("12345")]),
        (
            "0510-81820000｜高新处｜工作日9:00–12:00，13:30–17:00\n12345",
            [Hotline("0510-81820000", "高新处", "工作日9:00–12:00，13:30–17:00"), Hotline("12345")],
        ),
        (["81820000", "81820001、81820002"], [Hotline("81820000"), Hotline("81820001"), Hotline("81820002")]),
        (81820000.0, [Hotline("81820000")]),
        ("见附件", [Hotline("见附件")]),
        ("", []),
        (None, []),
    ],
)
def test_every_number_is_a_row(value, expected):
    assert rules.split_hotlines(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("锡政办发[2023]1号", ["锡政办发〔2023〕1号"]),
        ("锡政办发﹝2023﹞1号；苏财规［2022］3 号", ["锡政办发〔2023〕1号", "苏财规〔2022〕3号"]),
        ("国务院令第722号", ["国务院令第722号"]),
        ("", []),
    ],
)
def test_numbers_get_hexagon_brackets(text, expected):
    assert rules.parse_numbers(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("  标题\x00\x07 ", "标题"),
        ("一\r\n二\r三\x0b四", "一\n二\n三\n四"),
        (1, "1"),
        (12.0, "12"),
        (12.5, "12.5"),
        (True, "是"),
        (False, "否"),
        (["甲", None, "", "乙"], "甲\n乙"),
        ("=SUM(A1)", "=SUM(A1)"),
        ("'=SUM(A1)", "=SUM(A1)"),
        ("'标题'", "'标题'"),
        ("-", "-"),
    ],
)
def test_any_cell_becomes_text(value, expected):
    assert rules.clean_text(value) == expected


@pytest.mark.parametrize("value", [{"a": 1}, "\ud800"])
def test_what_is_no_text_is_refused_in_words(value):
    with pytest.raises(ValueError, match=r"应为文字|残缺"):
        rules.clean_text(value)


def test_lines_of_a_cell_and_of_a_list():
    assert rules.clean_lines(" 甲 \n\n 乙 ") == ["甲", "乙"]
    assert rules.clean_lines(["甲\n乙", "", None, "丙"]) == ["甲\n乙", "丙"]
    assert rules.clean_lines(None) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [("关于支持\n企业的通知", "关于支持企业的通知"), ("A\nB", "A B"), (" 一 ", "一"), (None, "")],
)
def test_a_title_is_one_line(value, expected):
    assert rules.one_line(value) == expected


def test_a_text_is_cut_at_a_stop_and_nothing_of_it_is_lost():
    assert rules.cut("短", 5) == ("短", "")
    assert rules.cut("第一句话。第二句话很长", 8) == ("第一句话。", "第二句话很长")
    assert rules.cut("没有句号，只有逗号的一句话", 8) == ("没有句号，", "只有逗号的一句话")
    assert rules.cut("一二三四五六七八", 4) == ("一二三四", "五六七八")
    assert rules.shorten("一二三四五", 5) == "一二三四五"
    assert rules.shorten("一二三四五六", 5) == "一二三四…"


@given(st.text(alphabet="政策。，；奖 \n", max_size=60), st.integers(2, 20))
def test_cut_keeps_every_character(text, limit):
    head, tail = rules.cut(text, limit)
    assert len(head) <= limit
    assert re.sub(r"\s", "", head + tail) == re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("text", "name", "description"),
    [
        ("资料初审。市局组织初审", "资料初审", "市局组织初审"),
        ("1．形式审查：由市局审查。", "1．形式审查", "由市局审查。"),
        ("受理", "受理", ""),
        ("单位推荐，公示及认定。", "单位推荐，公示及认定。", ""),
        ("甲、乙两局联审。再报市政府", "甲、乙两局联审。再报市政府", ""),
    ],
)
def test_a_step_has_a_name(text, name, description):
    assert rules.split_step(text) == (name, description)


def test_a_long_step_keeps_its_whole_text():
    text = "企业登录平台，" * 30
    name, description = rules.split_step(text)
    assert len(name) <= 100
    assert description == text


REPEAL = "第九条 本办法自2022年11月1日起施行。《企业奖励办法》同时废止。"


def test_a_repeal_clause_names_day_and_document():
    assert rules.repeal_clause(f"第一条 总则。\n{REPEAL}", "企业奖励办法") == (datetime.date(2022, 11, 1), REPEAL)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "《企业奖励办法》同时废止。",
        "本办法自2022年11月1日起施行。",
        "本办法自2022年11月1日起施行。《企业奖励细则》同时废止。",
        "本办法自2022年11月1日起施行。\n《企业奖励办法》同时废止。",
    ],
)
def test_a_repeal_day_is_never_inferred(text):
    assert rules.repeal_clause(text, "企业奖励办法") is None


# --- Texts ----------------------------------------------------------------------------------------------


def plain(blocks):
    """The characters that a reader sees."""
    shown = []
    for _kind, value in blocks:
        parts = [value] if isinstance(value, str) else [value["number"], value.get("title") or value.get("text", "")]
        shown += [html.unescape(re.sub(r"</?p>", "", part)) for part in parts]
    return re.sub(r"\s", "", "".join(shown))


def test_chapters_articles_and_paragraphs():
    text = """关于支持企业的办法
第一章 总 则
第一条　为支持企业，制定本办法。
（一）登记在本市；
（二）信用良好。
第二条 本办法由市局解释。
第二章附则
第十条之一 自公布之日起施行。
附件：申请表"""
    assert texts.blocks_of(text) == [
        ("paragraph", "<p>关于支持企业的办法</p>"),
        ("chapter", {"number": "第一章", "title": "总 则"}),
        (
            "article",
            {
                "number": "第一条",
                "text": "<p>为支持企业，制定本办法。</p><p>（一）登记在本市；</p><p>（二）信用良好。</p>",
            },
        ),
        ("article", {"number": "第二条", "text": "<p>本办法由市局解释。</p>"}),
        ("chapter", {"number": "第二章", "title": "附则"}),
        ("article", {"number": "第十条之一", "text": "<p>自公布之日起施行。</p>"}),
        ("paragraph", "<p>附件：申请表</p>"),
    ]


def test_chinese_headings_stay_paragraphs_in_blocks_of_their_own():
    assert texts.blocks_of("各单位：\n一、支持范围\n企业。\n二、标准\n\n一万元。") == [
        ("paragraph", "<p>各单位：</p>"),
        ("paragraph", "<p>一、支持范围</p><p>企业。</p>"),
        ("paragraph", "<p>二、标准</p><p>一万元。</p>"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "第五条规定的情形，不予支持。",
        "第三条第二款所称企业，是指中小企业。",
        "第三条和第四条的奖励不重复。",
        "第一章所称企业，是指在本市登记的企业；其他企业参照执行。",
        "第二批名单",
    ],
)
def test_a_reference_is_no_heading(line):
    assert texts.blocks_of(line) == [("paragraph", f"<p>{line}</p>")]


def test_a_table_of_contents_stays_text():
    text = "目录\n第一章 总则\n第二章 附则\n第一章 总则\n第一条 为支持企业。\n第二章 附则\n第二条 施行。"
    assert [kind for kind, _value in texts.blocks_of(text)] == ["paragraph", "chapter", "article", "chapter", "article"]
    text = "第一章 总则\n第二章 附则\n为支持企业，制定本办法。"
    assert [kind for kind, _value in texts.blocks_of(text)] == ["paragraph"]


def test_headings_without_their_text():
    assert texts.blocks_of("第一章\n第一条\n企业。\n第二条") == [
        ("chapter", {"number": "", "title": "第一章"}),
        ("article", {"number": "第一条", "text": "<p>企业。</p>"}),
        ("paragraph", "<p>第二条</p>"),
    ]


def test_markup_is_text():
    assert texts.blocks_of('<script>alert("1")</script> & 第一条') == [
        ("paragraph", '<p>&lt;script&gt;alert("1")&lt;/script&gt; &amp; 第一条</p>')
    ]


def test_no_text_no_blocks():
    assert texts.blocks_of(" \n　\n") == []


LINES = st.lists(
    st.sampled_from(
        ["第一章 总则", "第一章", "第二章附则", "第一条", "第二条 企业<b>", "一、标准", "附件：表", "说明 & 其他", "　"]
    ),
    max_size=12,
)


@given(LINES)
def test_every_character_of_a_text_is_in_its_blocks(lines):
    text = "\n".join(lines)
    assert plain(texts.blocks_of(text)) == re.sub(r"\s", "", text)
