"""Reading the State Council's notice of a year's days off (国务院办公厅关于某年部分节假日安排的通知): pure, no Django, no clock.

`read_notice` takes the pasted text, of the notice or of a plain list with one day a line, and tells everything it found
and everything it doubts at once. What it cannot read it says; it never guesses a day.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

_DAY = timedelta(days=1)
_SATURDAY = 5
_WEEKDAYS = "一二三四五六日"
_NUMERALS = "零一二三四五六七八九十"
#: Between a day and its 放假 or 上班 stands no more than this, or they do not belong together.
_MAX_GAP = 12
#: The longest rest any notice has announced is ten days; more is a slip of the pen.
_LONGEST = 15
#: 全国年节及纪念日放假办法 as revised in 2024: days off, less weekends worked, are this many a year from 2025 on.
_LAW_SINCE, _LAW_DAYS = 2025, 13
_NOTHING = "没有读到任何放假的日期。请粘贴通知全文，或每行写一天，例如“2027-01-01 放假”“2027-01-09 上班”。"
_SIMPLIFIED = str.maketrans("週號國慶節勞動調補關於農曆間時", "周号国庆节劳动调补关于农历间时")

#: Holiday -> month and day between which one of its days off lies in every year.
_WINDOWS = {
    "元旦": ((1, 1), (1, 3)),
    "春节": ((1, 20), (2, 21)),
    "清明节": ((4, 3), (4, 6)),
    "劳动节": ((5, 1), (5, 5)),
    "端午节": ((5, 27), (6, 25)),
    "中秋节": ((9, 7), (10, 8)),
    "国庆节": ((10, 1), (10, 7)),
}
_NAMES = {name.removesuffix("节"): name for name in _WINDOWS} | {"新年": "元旦", "除夕": "春节", "五一": "劳动节"}
#: Of days without a name those of 国庆节 say nothing about 中秋节.
_NATIONAL_DAYS = ((10, 1), (10, 7))


def _point(name: str, *, month: str = "") -> str:
    """The pattern of one day with what stands in brackets behind it; `month` is "?" where it may be left out."""
    dash = r"[-－‐./／．]"
    return (
        rf"(?:(?P<{name}iso>\d{{4}}{dash}\d{{1,2}}{dash}\d{{1,2}})"
        rf"|(?:(?P<{name}y>\d{{4}})年)?(?:(?P<{name}m>\d{{1,2}})月){month}(?P<{name}d>\d{{1,2}})[日号]?)"
        rf"(?P<{name}note>{_NOTE})?"
    )


_NOTE = r"[(（][^()（）]{0,40}[)）]|(?:周|星期|礼拜)[一二三四五六日天]"
_TO = r"(?:直?至|到|[~～〜—–―－-]+)"
_WEEKDAY = re.compile(rf"(?:周|星期|礼拜)([{_WEEKDAYS}天])")
_TITLE = re.compile(r"(\d{4})年(?:部分|全国)?(?:节假日|放假|元旦)")
#: Days of the paper itself, which a pasted page carries at its head or foot.
_OF_THE_PAPER = re.compile(r"(?:日期|时间|来源|发布|印发|成文|办公厅|国务院)[:：]?$")
_TOKEN = re.compile(
    rf"(?P<days>{_point('a')}(?:{_TO}{_point('b', month='?')})?)"
    rf"|(?P<more>(?<=[、,，和及])(?P<cd>\d{{1,2}})[日号](?P<cnote>{_NOTE})?(?:{_TO}{_point('e', month='?')})?)"
    r"|(?P<odd>不(?:放假|休息|上班|工作|补休))"
    r"|(?P<lead>(?P<leading>放假|休息|上班|工作)(?:时间|日期|日)?[:：])"
    r"|(?P<word>放假|补休|休息|公休|(?<![调连轮])休|上班|工作日?|(?<!值)班)"
    rf"|(?P<count>(?:共计?|合计|(?<=放假)|(?<=休息))(?P<number>\d{{1,2}}|[{_NUMERALS}]{{1,3}})[天日])"
    rf"|(?P<name>(?:{'|'.join(_NAMES)})节?)"
    r"|(?P<stop>[。；;！!？?:：])"
)


@dataclass(frozen=True)
class Holiday:
    """What the notice says about one holiday, or about several in one item: `off` and `worked` in rising order.

    `name` is 元旦, 国庆节、中秋节 …, empty where the text names none. `off` holds weekends within the rest too.
    """

    name: str
    off: tuple[date, ...]
    worked: tuple[date, ...]

    @property
    def shifted(self) -> tuple[date, ...]:
        """Weekend days that are worked (调休): of a weekday that is said to be worked nothing need be entered."""
        return tuple(day for day in self.worked if day.weekday() >= _SATURDAY)


@dataclass(frozen=True)
class Notice:
    """What was read. `faults` must be put right in the text; `warnings` a person must look at. Whole Chinese sentences."""

    year: int
    holidays: tuple[Holiday, ...]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def off(self) -> frozenset[date]:
        """Every day off, weekends too."""
        return frozenset(day for holiday in self.holidays for day in holiday.off)

    @property
    def rest_days(self) -> frozenset[date]:
        """Weekdays that are off."""
        return frozenset(day for day in self.off if day.weekday() < _SATURDAY)

    @property
    def work_days(self) -> frozenset[date]:
        """Weekend days that are worked (调休)."""
        return frozenset(day for holiday in self.holidays for day in holiday.shifted)


@dataclass
class _Saying:
    """Days and what is said of them. `piece` is their text, from `start` to `end`; it has no days if it has a fault."""

    piece: str
    days: list[date]
    start: int
    end: int
    is_work: bool = False
    names: tuple[str, ...] = ()


def read_notice(text: str, year: int) -> Notice:
    """Read the notice of `year` from `text` and return all that was found, with every fault and doubt at once."""
    reader = _Reader(_compact(text), year)
    reader.read()
    holidays = tuple(_holidays(reader.said))
    notice = Notice(year, holidays, (), ())
    faults = [*wrong_years(reader.text, year), *reader.faults, *_contradictions(reader.said)]
    if not (notice.off or reader.faults):
        faults.append(_NOTHING)
    warnings = reader.warnings if not notice.off else [*reader.warnings, *_missing(reader.said), *_off_balance(notice)]
    return Notice(year, holidays, tuple(dict.fromkeys(faults)), tuple(dict.fromkeys(warnings)))


def in_chinese(day: date) -> str:
    """Return a day as 2027年1月1日（周五）."""
    return f"{day.year}年{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def _compact(text: str) -> str:
    """Drop white space; between two figures it parts two days."""
    text = re.sub(r"(?<=\d)\s+(?=\d)", "、", text.translate(_SIMPLIFIED))
    return re.sub(r"\s+", "", text)


@dataclass
class _Reader:
    """One walk over the text. Days wait in `waiting` until 放假 or 上班 says what they are."""

    text: str
    year: int
    said: list[_Saying] = field(default_factory=list)
    waiting: list[_Saying] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    names: tuple[str, ...] = ()
    #: Where the last name, and the last 放假 or 上班, ended.
    name_end: int = -1
    said_end: int = -1
    counted: int = 0
    lead: str = ""

    def read(self) -> None:
        """Fill `said`, `faults` and `warnings`."""
        for found in _TOKEN.finditer(self.text):
            getattr(self, f"_{found.lastgroup}")(found)
        self._end_sentence()

    # --- Days --------------------------------------------------------------------------------------------------

    def _days(self, found: re.Match[str]) -> None:
        self._wait(found, "a", "b", None)

    def _more(self, found: re.Match[str]) -> None:
        """2月14日、28日: the month is the one before."""
        if not self.waiting:
            self.warnings.append(f"“{found[0]}”没有写明月份，没有采用，请核对。")
        elif self.waiting[-1].days:
            self._wait(found, "c", "e", self.waiting[-1].days[-1])

    def _wait(self, found: re.Match[str], start: str, end: str, near: date | None) -> None:
        """Let the days of one piece wait for their word; with a fault among them, none."""
        days: list[date] = []
        first = self._day(found, start, near)
        is_span = bool(found[f"{end}d"] or found[f"{end}iso"])
        last = self._day(found, end, first) if first and is_span else first
        if first and last:
            first, last = self._in_order(found, first, last, end)
            self._check_weekday(found, first, start)
            if is_span:
                self._check_weekday(found, last, end)
            days = self._span(found[0], first, last)
        self.waiting.append(_Saying(found[0], days, found.start(), found.end()))

    def _day(self, found: re.Match[str], name: str, near: date | None) -> date | None:
        """The day named by the group, year and month from `near` where it has none; None for one that cannot be."""
        groups = found.groupdict()
        if groups.get(f"{name}iso"):
            year, month, day = map(int, re.findall(r"\d+", groups[f"{name}iso"]))
        else:
            year = int(groups.get(f"{name}y") or (near.year if near else self.year))
            month, day = int(groups.get(f"{name}m") or near.month), int(groups[f"{name}d"])  # type: ignore[union-attr]
        try:
            return date(year, month, day)
        except ValueError:
            self.faults.append(f"“{found[0]}”里有不存在的日期（{month}月{day}日），请对照通知原文改正。")
            return None

    def _in_order(self, found: re.Match[str], first: date, last: date, end: str) -> tuple[date, date]:
        """12月31日至1月2日: before 元旦 the year begins, else it ends. Anything else is the wrong way round."""
        if first <= last:
            return first, last
        is_named = found[f"{end}y"] or found[f"{end}iso"] or first.year > self.year
        if (first.month, last.month) == (12, 1) and not is_named:
            if "元旦" in self.names and not (found["ay"] or found["aiso"]):
                return first.replace(year=first.year - 1), last
            return first, last.replace(year=last.year + 1)
        self.faults.append(f"“{found[0]}”的结束日期早于开始日期，请改正。")
        return last, first

    def _span(self, piece: str, first: date, last: date) -> list[date]:
        if (last - first).days >= _LONGEST:
            self.faults.append(f"“{piece}”一次放假超过 {_LONGEST} 天，请核对起止日期。")
            return []
        return [first + number * _DAY for number in range((last - first).days + 1)]

    def _check_weekday(self, found: re.Match[str], day: date, name: str) -> None:
        written, weekday = _WEEKDAY.search(found[f"{name}note"] or ""), _WEEKDAYS[day.weekday()]
        if written and written[1].replace("天", "日") != weekday:
            self.faults.append(
                f"“{found[0]}”：{day.year}年{day.month}月{day.day}日是周{weekday}，与所写的“{written[0]}”不符，"
                "请核对日期；属于上一年或下一年的，请写明年份。"
            )

    # --- What is said of them ------------------------------------------------------------------------------------

    def _word(self, found: re.Match[str]) -> None:
        """放假 or 上班 speaks of the days right before it; days further back are the lead's, or nobody's."""
        together = self._together(found.start())
        earlier = self.waiting[: len(self.waiting) - together]
        if earlier:
            late, self.waiting = self.waiting[len(earlier) :], earlier
            self._end_sentence()
            self.waiting = late
        if self.waiting:
            self._settle(found[0])
            self.said_end, self.lead = found.end(), ""

    def _together(self, at: int) -> int:
        """How many of the days that wait stand together before `at`."""
        between = r"[、和及]?" if self.lead else r"[、和及,，]?"
        if not self.waiting or at - self.waiting[-1].end > _MAX_GAP:
            return 0
        number = 1
        for before, after in zip(self.waiting[-2::-1], self.waiting[:0:-1], strict=True):
            if not re.fullmatch(between, self.text[before.end : after.start]):
                break
            number += 1
        return number

    def _settle(self, word: str) -> None:
        waited, self.waiting = self.waiting, []
        is_work = word[0] in "上工班"
        for saying in waited:
            saying.is_work, saying.names = is_work, self.names
            self._check_reach(saying)
            self.said.append(saying)
        if not is_work:
            self.counted = sum(len(saying.days) for saying in waited)
        for piece, day in [(saying.piece, day) for saying in waited for day in saying.days]:
            if is_work and day.weekday() < _SATURDAY:
                self.warnings.append(f"“{piece}{word}”：{in_chinese(day)}本来就是工作日，不作为调休录入，请核对日期。")

    def _check_reach(self, saying: _Saying) -> None:
        near = {(self.year - 1, 12), (self.year + 1, 1)}
        far = [day for day in saying.days if day.year != self.year and (day.year, day.month) not in near]
        if far:
            saying.days = []
            self.faults.append(
                f"“{saying.piece}”是 {far[0].year} 年的日期，不属于 {self.year} 年的安排（只可带上年 12 月、次年 1 月的日子），请改正。"
            )

    def _odd(self, found: re.Match[str]) -> None:
        pieces = "、".join(saying.piece for saying in self.waiting)
        self.waiting = []
        self.faults.append(f"“{pieces}{found[0]}”的写法无法判断，请改写为“放假”或“上班”。")

    def _lead(self, found: re.Match[str]) -> None:
        self._end_sentence()
        self.lead = found["leading"]

    def _count(self, found: re.Match[str]) -> None:
        """共3天 against the days it stands behind."""
        number = found["number"]
        told = int(number) if number.isdecimal() else _numeral(number)
        days = sum(len(saying.days) for saying in self.waiting) if self.waiting else self.counted
        if days and told != days:
            pieces = self.waiting or [saying for saying in self.said if not saying.is_work][-1:]
            piece = "、".join(saying.piece for saying in pieces)
            self.warnings.append(f"“{piece}”是 {days} 天，与所写的“{found[0]}”不符，请核对。")

    # --- Names and sentences ---------------------------------------------------------------------------------------

    def _name(self, found: re.Match[str]) -> None:
        """A holiday's name: of the days behind it, in a list of days also of those before it."""
        name = _NAMES[found["name"].removesuffix("节")]
        between = self.text[self.name_end : found.start()] if self.name_end >= 0 else "。"
        names = (*self.names, name) if re.fullmatch(r"[、,，和与及/]?", between) else (name,)
        after_word = (
            re.fullmatch(r"[（(,，]?", self.text[self.said_end : found.start()]) if self.said_end >= 0 else None
        )
        if after_word and not self.waiting:
            self.said[-1].names = names
        else:
            if self.waiting and found.start() - self.waiting[-1].end > 1:
                self._end_sentence()
            self.names = names
        self.name_end = found.end()

    def _stop(self, found: re.Match[str]) -> None:
        self._end_sentence()

    def _end_sentence(self) -> None:
        """Days that a 放假： before them explains are settled; of others nobody said what they are."""
        if self.lead and self.waiting:
            self._settle(self.lead)
        self.lead = ""
        for saying in self.waiting:
            of_the_paper = _OF_THE_PAPER.search(self.text[max(0, saying.start - 8) : saying.start])
            if saying.days and not of_the_paper:
                self.warnings.append(f"“{saying.piece}”没有写明放假还是上班，没有采用，请核对。")
        self.waiting = []


def _numeral(word: str) -> int:
    """十一 -> 11; what is no number of days gives 0."""
    tens, ten, ones = word.rpartition("十")
    return (max(_NUMERALS.find(tens or "一"), 0) * 10 if ten else 0) + (_NUMERALS.find(ones) if ones else 0)


def _holidays(said: Iterable[_Saying]) -> Iterator[Holiday]:
    """The sayings put together by name, in the order in which the text names them."""
    found: dict[str, tuple[set[date], set[date]]] = {}
    for saying in said:
        found.setdefault("、".join(saying.names), (set(), set()))[saying.is_work].update(saying.days)
    for name, (off, worked) in found.items():
        if off or worked:
            yield Holiday(name, tuple(sorted(off)), tuple(sorted(worked)))


def wrong_years(text: str, year: int) -> list[str]:
    """Return a fault for each title in `text` (2026年部分节假日 …) that speaks of another year than `year`."""
    return [
        f"“{found[0]}”写的是 {int(found[1])} 年，与所选的 {year} 年不符，请核对年份或换成 {year} 年的通知。"
        for found in _TITLE.finditer(text)
        if int(found[1]) != year
    ]


def _contradictions(said: list[_Saying]) -> list[str]:
    """Days both off and worked."""
    off = {day: saying.piece for saying in said if not saying.is_work for day in saying.days}
    return [
        f"{in_chinese(day)}既写了放假（“{off[day]}”）又写了上班（“{saying.piece}”），请改正。"
        for saying in said
        if saying.is_work
        for day in saying.days
        if day in off
    ]


def _missing(said: list[_Saying]) -> Iterator[str]:
    """Holidays of which no day off lies where it must: of days with a name those of that name count."""
    off = [saying for saying in said if not saying.is_work]
    for name, window in _WINDOWS.items():
        named = {day for saying in off if name in saying.names for day in saying.days}
        unnamed = {day for saying in off if not saying.names for day in saying.days}
        unnamed = {day for day in unnamed if name != "中秋节" or not _within(day, _NATIONAL_DAYS)}
        if not any(_within(day, window) for day in named | unnamed):
            (month, first), (last_month, last) = window
            yield f"没有读到{name}的放假（应在{month}月{first}日至{last_month}月{last}日之间），请核对是否漏写。"


def _within(day: date, window: tuple[tuple[int, int], tuple[int, int]]) -> bool:
    return window[0] <= (day.month, day.day) <= window[1]


def _off_balance(notice: Notice) -> Iterator[str]:
    """A day left out is found by the sum that the law fixes."""
    rest, work = len(notice.rest_days), len(notice.work_days)
    if notice.year >= _LAW_SINCE and rest - work != _LAW_DAYS:
        yield (
            f"工作日放假 {rest} 天，周末上班 {work} 天，相差 {rest - work} 天；按《全国年节及纪念日放假办法》应相差 "
            f"{_LAW_DAYS} 天，请核对有没有漏写或多写。"
        )
