"""The State Council notice as a clerk pastes it: read exactly, and every doubt told at once.

The texts are ours: they keep the form of such notices, and for 2024, 2025 and 2026 their days.
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.rules.notices import Holiday, Notice, in_chinese, read_notice

HEAD = "国务院办公厅关于{year}年部分节假日安排的通知\n国办发明电〔{before}〕1号\n成文日期：{before}年11月4日\n"
HEAD += "现将{year}年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的安排通知如下。\n"
FOOT = "\n节日期间，请安排好值班等工作。\n国务院办公厅\n{before}年11月4日\n（此件公开发布）"

NOTICES = {
    2024: """一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。2月12日至16日是周一至周五。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。""",
    2025: """一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。""",
    2026: """一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、
2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。""",
}
#: A year that is still open: 13 more weekdays off than weekend days worked, as the law has it.
OPEN = """一、元旦：１月１日（星期五）～３日（星期日）放假，共三天。
二、春節：2月5日(農曆臘月二十九、週五)—11日(周四)放假調休，共7天。2月14日(周天)上班。
三、清明：4月3日至5日放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日
（周三）放假，共1天。
六、中秋节：9月15日 周三 放假
七、国庆节：2027年10月1日（周五）至2027年10月7日（周四）放假调休，共7天。10月9日、10日上班。"""
OPEN_REST = [(1, 1), (2, 5), *((2, day) for day in range(8, 12)), (4, 5), *((5, day) for day in (3, 4, 5))]
OPEN_REST += [(6, 9), (9, 15), (10, 1), *((10, day) for day in range(4, 8))]
OPEN_WORK = [(2, 14), (5, 8), (10, 9), (10, 10)]


def whole(year: int, body: str) -> str:
    return (HEAD + body + FOOT).format(year=year, before=year - 1)


def days(year: int, pairs: list[tuple[int, int]]) -> set[date]:
    return {date(year, month, day) for month, day in pairs}


def item(text: str, year: int = 2027) -> Notice:
    """One piece, read without what is missing of the rest of the year."""
    found = read_notice(text, year)
    kept = [w for w in found.warnings if not w.startswith("没有读到") and "年节及纪念日" not in w]
    return Notice(found.year, found.holidays, found.faults, tuple(kept))


@pytest.mark.parametrize("year", NOTICES)
@pytest.mark.parametrize("is_whole", [True, False])
def test_the_notices_of_known_years_give_the_library_s_days(year: int, is_whole: bool) -> None:
    found = read_notice(whole(year, NOTICES[year]) if is_whole else NOTICES[year], year)
    all_days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    differing = {day for day in all_days if chinese_calendar.is_workday(day) != (day.weekday() < 5)}
    assert found.rest_days == {day for day in differing if day.weekday() < 5}
    assert found.work_days == {day for day in differing if day.weekday() > 4}
    assert found.faults == ()
    said = [w for w in found.warnings if "2月12日至16日" not in w]
    assert said == []


def test_a_stray_span_is_told_and_changes_nothing() -> None:
    found = read_notice(NOTICES[2024], 2024)
    assert found.warnings == ("“2月12日至16日”没有写明放假还是上班，没有采用，请核对。",)


@pytest.mark.parametrize(
    "text", [OPEN, whole(2027, OPEN), OPEN.replace("\n", ""), OPEN.replace("\n", "\r\n\u3000\u3000")]
)
def test_a_notice_as_it_is_written_and_pasted(text: str) -> None:
    found = read_notice(text, 2027)
    assert (found.faults, found.warnings) == ((), ())
    assert found.rest_days == days(2027, OPEN_REST)
    assert found.work_days == days(2027, OPEN_WORK)
    names = ["元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"]
    assert [holiday.name for holiday in found.holidays] == names
    assert date(2027, 1, 2) in found.off, "weekends within a rest are named too"


def test_a_list_of_days_gives_the_same() -> None:
    lines = [f"2027-{m:02}-{d:02} 放假" for m, d in OPEN_REST] + [f"2027-{m:02}-{d:02} 上班" for m, d in OPEN_WORK]
    found = read_notice("\n".join(lines), 2027)
    assert (found.rest_days, found.work_days) == (days(2027, OPEN_REST), days(2027, OPEN_WORK))
    assert found.faults == ()
    assert found.warnings == (), "by their dates every holiday is found"


@pytest.mark.parametrize(
    ("text", "off", "worked"),
    [
        ("2027/1/1 休\n2027.1.9 班", [(1, 1)], [(1, 9)]),
        ("２０２７－０１－０１ 放假", [(1, 1)], []),
        ("2027-01-01\n2027-01-04 放假", [(1, 1), (1, 4)], []),
        ("放假：2027-01-01、2027-01-04\n上班：2027-01-09", [(1, 1), (1, 4)], [(1, 9)]),
        ("放假时间：2月5日至6日，2月14日上班", [(2, 5), (2, 6)], [(2, 14)]),
        ("2月14日、20日、27日至28日上班", [], [(2, 14), (2, 20), (2, 27), (2, 28)]),
        ("1月1日到2日放假", [(1, 1), (1, 2)], []),
        ("1月1号放假", [(1, 1)], []),
        ("2027-01-01至2027-01-03放假", [(1, 1), (1, 2), (1, 3)], []),
        ("2 月 14 日 上 班", [], [(2, 14)]),
    ],
)
def test_other_ways_to_write_days(text: str, off: list[tuple[int, int]], worked: list[tuple[int, int]]) -> None:
    found = item(text)
    assert (found.off, found.work_days) == (days(2027, off), days(2027, worked))
    assert [fault for fault in found.faults if off or "没有读到" not in fault] == []
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("text", "off"),
    [
        (
            "一、元旦：2026年12月31日（星期四）至2027年1月2日（周六）放假。",
            [(2026, 12, 31), (2027, 1, 1), (2027, 1, 2)],
        ),
        ("一、元旦：12月31日至1月1日放假。", [(2026, 12, 31), (2027, 1, 1)]),
        ("2026年12月31日至1月1日放假。", [(2026, 12, 31), (2027, 1, 1)]),
        ("12月31日至1月1日放假。", [(2027, 12, 31), (2028, 1, 1)]),
        ("2028年1月3日放假。", [(2028, 1, 3)]),
    ],
)
def test_days_of_the_years_beside(text: str, off: list[tuple[int, int, int]]) -> None:
    found = item(text)
    assert found.off == {date(*day) for day in off}
    assert (found.faults, found.warnings) == ((), ())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("2027-01-01 放假 元旦\n2027-02-05 放假（春节）", ["元旦", "春节"]),
        ("2027-01-01 元旦 放假\n2027-02-05 除夕 放假", ["元旦", "春节"]),
        ("六、国庆节、中秋节：10月1日放假。", ["国庆节、中秋节"]),
        ("五一：5月1日放假。", ["劳动节"]),
        ("1月1日放假", [""]),
    ],
)
def test_names_of_holidays(text: str, names: list[str]) -> None:
    assert [holiday.name for holiday in item(text).holidays] == names


def test_a_holiday_keeps_its_days_in_order() -> None:
    found = item("国庆节：10月10日上班，10月4日放假，10月1日放假，10月9日上班。")
    assert found.holidays == (
        Holiday("国庆节", (date(2027, 10, 1), date(2027, 10, 4)), (date(2027, 10, 9), date(2027, 10, 10))),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1月9日（周日）上班，1月1日放假", "“1月9日（周日）”：2027年1月9日是周六，与所写的“周日”不符"),
        ("1月1日（周五）至3日（周一）放假", "2027年1月3日是周日，与所写的“周一”不符"),
        ("2月5日至6日（周五）放假", "2027年2月6日是周六"),
        ("12月31日（周四）放假", "属于上一年或下一年的，请写明年份"),
        ("2月29日放假", "“2月29日”里有不存在的日期（2月29日）"),
        ("2月5日至30日放假", "“2月5日至30日”里有不存在的日期（2月30日）"),
        ("2月30日、31日放假", "“2月30日”里有不存在的日期"),
        ("2027-13-01 放假", "“2027-13-01”里有不存在的日期（13月1日）"),
        ("2月14日上班，2月10日至14日放假", "2027年2月14日（周日）既写了放假（“2月10日至14日”）又写了上班（“2月14日”）"),
        ("2月9日至5日放假", "“2月9日至5日”的结束日期早于开始日期"),
        ("2028年12月31日至1月2日放假", "的结束日期早于开始日期"),
        ("2月1日至20日放假", "“2月1日至20日”一次放假超过 15 天"),
        ("2025年1月1日放假", "“2025年1月1日”是 2025 年的日期，不属于 2027 年的安排"),
        ("2026年11月30日放假", "不属于 2027 年的安排"),
        ("9999年12月31日至1月2日放假", "9999年12月31日"),
        ("0000年1月1日放假", "不存在的日期"),
        ("1月4日不放假", "“1月4日不放假”的写法无法判断"),
        ("关于2026年部分节假日安排的通知。1月1日放假", "“2026年部分节假日”写的是 2026 年，与所选的 2027 年不符"),
        ("", "没有读到任何放假的日期"),
        ("各单位请安排好值班。", "没有读到任何放假的日期"),
        ("1月9日上班", "没有读到任何放假的日期"),
    ],
)
def test_a_fault_is_told_in_words(text: str, words: str) -> None:
    found = item(text)
    assert [fault for fault in found.faults if words in fault], found.faults


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1月1日至3日放假，共4天", "“1月1日至3日”是 3 天，与所写的“共4天”不符"),
        ("1月1日至3日共4天放假", "“1月1日至3日”是 3 天，与所写的“共4天”不符"),
        ("1月1日至3日放假十一天", "与所写的“十一天”不符"),
        ("1月1日放假，1月11日（周一）上班", "“1月11日（周一）上班”：2027年1月11日（周一）本来就是工作日"),
        ("1月1日放假。2月5日，详见附件。", "“2月5日”没有写明放假还是上班"),
        ("1月1日放假。2月5日按照惯例并结合实际情况统筹安排予以放假", "“2月5日”没有写明放假还是上班"),
        ("1月1日放假。2月5日至7日，共3天，2月14日上班", "“2月5日至7日”没有写明放假还是上班"),
        ("1月1日放假。2月5日为春节", "“2月5日”没有写明放假还是上班"),
        ("1月1日放假。请在3月1日前、8日上班", "“3月1日”没有写明放假还是上班"),
        ("1月1日放假，8日上班", "“8日”没有写明月份"),
    ],
)
def test_a_doubt_is_told_in_words(text: str, words: str) -> None:
    found = item(text)
    assert [warning for warning in found.warnings if words in warning], (found.warnings, found.faults)


def test_the_number_of_days_is_read_in_words_too() -> None:
    assert item("2月1日至10日放假，共十天").warnings == ()
    assert item("2月1日至11日放假，共计十一天").warnings == ()
    assert item("全年共13天").warnings == (), "without days there is nothing to compare"


@pytest.mark.parametrize("name", ["元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"])
def test_each_holiday_is_missed(name: str) -> None:
    lines = [line for line in NOTICES[2026].replace("、\n", "、").splitlines() if f"{name}：" not in line]
    assert len(lines) == 6
    found = read_notice("\n".join(lines), 2026)
    assert [w for w in found.warnings if w.startswith(f"没有读到{name}的放假")]
    assert any("应相差 13 天" in w for w in found.warnings)
    assert len(found.warnings) == 2


def test_a_holiday_on_days_of_another_is_missed() -> None:
    found = read_notice(NOTICES[2026].replace("6月19日（周五）至21日（周日）", "7月19日至21日"), 2026)
    assert "没有读到端午节的放假（应在5月27日至6月25日之间），请核对是否漏写。" in found.warnings


def test_a_list_without_names_finds_the_autumn_festival_only_by_a_day_of_its_own() -> None:
    missed = "没有读到中秋节的放假（应在9月7日至10月8日之间），请核对是否漏写。"
    assert missed in read_notice("10月1日至7日放假", 2031).warnings
    assert missed not in read_notice("10月1日至8日放假", 2031).warnings
    assert missed not in read_notice("9月15日放假", 2027).warnings


def test_a_left_out_working_weekend_is_found_by_the_sum_of_the_law() -> None:
    found = read_notice(NOTICES[2026].replace("5月9日（周六）上班。", ""), 2026)
    assert found.warnings == (
        "工作日放假 19 天，周末上班 5 天，相差 14 天；按《全国年节及纪念日放假办法》应相差 13 天，请核对有没有漏写或多写。",
    )


def test_every_fault_and_doubt_is_told_at_once() -> None:
    text = "关于2026年部分节假日安排的通知\n元旦：1月1日（周四）至3日放假，共2天。\n春节：2月30日放假。\n2月14日上班、2月14日放假。"
    found = read_notice(text, 2027)
    assert len(found.faults) == 4
    assert len([w for w in found.warnings if w.startswith("没有读到")]) == 5
    assert any("共2天" in w for w in found.warnings)


def test_the_day_of_the_paper_itself_is_no_day_of_the_notice() -> None:
    found = item("发布日期：2026年11月4日 来源：中国政府网\n放假安排如下：1月1日放假。国务院办公厅2026年11月4日")
    assert found.off == {date(2027, 1, 1)}
    assert (found.faults, found.warnings) == ((), ())


def test_a_day_in_chinese() -> None:
    assert in_chinese(date(2027, 1, 1)) == "2027年1月1日（周五）"


PIECES = [
    "元旦",
    "中秋节",
    "、",
    "：",
    "。",
    "1月1日",
    "2027-02-05",
    "31日",
    "12月31日",
    "至",
    "3日",
    "（周五）",
    "放假",
    "上班",
]
PIECES += ["共3天", "共十天", "不放假", "放假：", "\n", " ", "2026年", "9999年", "8", "，", "休", "班", "和"]


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map("".join)))
def test_whatever_is_pasted_is_read_or_refused_in_words(text: str) -> None:
    found = read_notice(text, 2027)
    assert found.off or found.faults
    reach = (date(2026, 12, 1), date(2028, 1, 31))
    assert all(reach[0] <= day <= reach[1] for day in found.off | found.work_days)
    assert all(sentence.endswith("。") for sentence in [*found.faults, *found.warnings])
    assert all(day.weekday() < 5 for day in found.rest_days)
    assert all(day.weekday() > 4 for day in found.work_days)


def test_a_weekday_said_to_be_worked_is_doubted_and_shown_as_no_shift() -> None:
    """12 October 2027 is a Tuesday: worked anyway; Saturday the 9th is the shifted day."""
    found = read_notice("国庆节：10月1日至7日放假。10月9日（周六）、10月12日（周二）上班。", 2027)
    (holiday,) = found.holidays
    assert holiday.worked == (date(2027, 10, 9), date(2027, 10, 12))
    assert holiday.shifted == (date(2027, 10, 9),)
    assert any("10月12日" in warning for warning in found.warnings)
