"""What counts as a visit: programs, pages loaded ahead and other sites do not (T24.2)."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pages.visits import rules

SHANGHAI = ZoneInfo("Asia/Shanghai")
D = datetime.date

PEOPLE = [
    # Desktop: Chrome, Firefox, Safari, Edge, 360 in its old mode, Sogou.
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; .NET CLR 2.0.50727; 360SE)",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0 Safari/537.36 SE 2.X MetaSr 1.0",
    # Telephones: WeChat, Baidu's app, UC, QQ, Huawei, a Cubot, Opera Mini.
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
    " MicroMessenger/8.0.60(0x18003c2f) NetType/WIFI Language/zh_CN",
    "Mozilla/5.0 (Linux; Android 14; V2309A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/97.0 Mobile"
    " Safari/537.36 T7/13.70 SP-engine/3.2 baiduboxapp/13.70.0.10 (Baidu; P1 14)",
    "Mozilla/5.0 (Linux; U; Android 13; zh-CN; M2012K11AC) AppleWebKit/537.36 Version/4.0 UCBrowser/16.2.2 U4/2.13 Mobile",
    "Mozilla/5.0 (Linux; U; Android 12; zh-cn; OPPO) AppleWebKit/537.36 Chrome/109 MQQBrowser/15.1 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 12; HarmonyOS; ALN-AL00) AppleWebKit/537.36 Chrome/114 HuaweiBrowser/15.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 11; CUBOT_X50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0 Mobile Safari/537.36",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80; U; zh) Presto/2.5.25 Version/10.54",
]
PROGRAMS = [
    "",
    "   ",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (compatible; Baiduspider-render/2.0; +http://www.baidu.com/search/spider.html)",
    "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; x)",
    "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/69 Safari/537.36; 360Spider",
    "Mozilla/5.0 (Windows; U; Windows NT 5.1) YisouSpider/5.0 Safari/537.36",
    "Mozilla/5.0 (compatible; PetalBot;+https://webmaster.petalsearch.com/site/petalbot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh) AppleWebKit/537.36 Chrome/120 Safari/537.36 Chrome-Lighthouse",
    "facebookexternalhit/1.1",
    "curl/8.5.0",
    "Wget/1.21.3",
    "python-requests/2.32.3",
    "Python-urllib/3.11",
    "Scrapy/2.11 (+https://scrapy.org)",
    "Java/17.0.9",
    "okhttp/4.12.0",
    "Go-http-client/2.0",
    "Apache-HttpClient/4.5.14 (Java/11)",
    "axios/1.7.2",
    "node-fetch/1.0",
    "Mozilla/5.0",
]


@pytest.mark.parametrize("agent", PEOPLE)
def test_people_are_counted(agent: str) -> None:
    assert not rules.is_bot(agent)
    assert rules.is_visit({"User-Agent": agent})


@pytest.mark.parametrize("agent", PROGRAMS)
def test_t24_2_programs_are_not(agent: str) -> None:
    assert rules.is_bot(agent)
    assert not rules.is_visit({"User-Agent": agent})


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Sec-Purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
        ("Sec-Purpose", "prefetch;anonymous-client-ip"),
        ("Purpose", "prefetch"),
        ("X-Moz", "prefetch"),
        ("X-Purpose", "preview"),
    ],
)
def test_a_page_loaded_ahead_is_not_read(header: str, value: str) -> None:
    assert rules.is_loaded_ahead({header: value})
    assert not rules.is_visit({"User-Agent": PEOPLE[0], header: value})


@pytest.mark.parametrize(
    ("site", "counts"),
    [("same-origin", True), ("", True), ("cross-site", False), ("same-site", False), ("none", False)],
)
def test_only_a_page_of_ours_may_tell(site: str, counts: bool) -> None:
    """`none` is an address typed by hand, `cross-site` a foreign page that shows our image (W3C Fetch Metadata)."""
    assert rules.is_visit({"User-Agent": PEOPLE[0], "Sec-Fetch-Site": site}) == counts


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("2147483647", 2**31 - 1),
        ("2147483648", None),
        ("9999999999", None),
        ("0", None),
        ("007", None),
        ("-1", None),
        ("+1", None),
        ("1.0", None),
        ("١", None),
        ("１", None),
        ("1\n", None),
        ("abc", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_a_page_is_a_whole_number_that_a_page_can_have(text: str, number: int | None) -> None:
    assert rules.page_number(text) == number


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    assert rules.page_number(text) is None or 1 <= rules.page_number(text) < 2**31
    assert rules.is_bot(text) in {True, False}
    rules.day_of(text)
    rules.network(text)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("", "", True),
    ],
)
def test_one_line_of_ipv6_is_one_address(one: str, other: str, is_same: bool) -> None:
    assert (rules.network(one) == rules.network(other)) == is_same


def test_a_line_is_the_instant_and_the_page_and_nothing_else() -> None:
    at = datetime.datetime(2026, 11, 25, 9, 30, tzinfo=SHANGHAI)
    assert rules.written(at, 12) == b"1795570200 12\n"


def test_a_day_ends_at_midnight_in_shanghai() -> None:
    before = datetime.datetime(2026, 11, 25, 23, 59, 59, tzinfo=SHANGHAI)
    lines = (
        rules.written(before, 7) + rules.written(before + datetime.timedelta(seconds=1), 7) + rules.written(before, 8)
    )
    assert rules.tally(lines, SHANGHAI) == {(7, D(2026, 11, 25)): 1, (7, D(2026, 11, 26)): 1, (8, D(2026, 11, 25)): 1}


@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime.datetime(2026, 1, 1), datetime.datetime(2027, 1, 1), timezones=st.just(SHANGHAI)),
            st.integers(1, 2**31 - 1),
        ),
        max_size=20,
    )
)
def test_what_was_written_is_counted_on_its_day(visits: list[tuple[datetime.datetime, int]]) -> None:
    lines = b"".join(rules.written(at, page) for at, page in visits)
    told = rules.tally(lines, SHANGHAI)
    assert sum(told.values()) == len(visits)
    for at, page in visits:
        assert told[page, at.date()] >= 1


def test_lines_that_are_none_of_ours_count_nothing() -> None:
    lines = b"\n12\n1795570200\n1795570200 0\n1795570200  7\n1795570200 7 \n17955702001795570200 7\n\xff\xfe\n1795570200 -7\n"
    assert rules.tally(lines, SHANGHAI) == {}


def test_a_line_that_is_still_being_written_waits() -> None:
    assert rules.whole_lines(b"1795570200 7\n17955", is_full=False) == b"1795570200 7\n"
    assert rules.whole_lines(b"17955", is_full=False) == b""
    assert rules.whole_lines(b"", is_full=False) == b""


def test_a_piece_without_any_end_of_line_is_passed_over() -> None:
    assert rules.whole_lines(b"x" * 10, is_full=True) == b"x" * 10


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2026-11-25-0123456789abcdef.log", D(2026, 11, 25)),
        ("2026-13-25-0123456789abcdef.log", None),
        ("2026-11-25-0123456789abcdef.log.gz", None),
        ("2026-11-25.log", None),
        ("notes.log", None),
    ],
)
def test_a_file_is_known_by_its_name(name: str, day: datetime.date | None) -> None:
    assert rules.day_of(name) == day
