"""Reading the fields of an imported row: pure functions, no Django, no clock.

The one principle: what a source does not state stays empty, and what it states is never lost.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from accounts.rules import is_phone
from policy_pages.rules import normalise_number, printable

SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
#: A date before the People's Republic is a misread cell (Excel's day 1 is 1900-01-01), not a policy.
FIRST_YEAR, LAST_YEAR = 1949, 2100
#: Exports put an apostrophe before a text that a spreadsheet would compute; it is not part of the text.
_GUARDED = re.compile(r"^'(?=[=+\-@])")

WINDOW_TYPES = {
    "常年": "year_round",
    "常年申报": "year_round",
    "固定": "fixed_window",
    "固定期限": "fixed_window",
    "待定": "window_pending",
    "期限待定": "window_pending",
}
STATUSES = {
    "执行中": "in_force",
    "正在执行": "in_force",
    "有效": "in_force",
    "现行有效": "in_force",
    "已修订": "amended",
    "已修正": "amended",
    "已修改": "amended",
    "已废止": "repealed",
    "废止": "repealed",
    "已失效": "expired",
    "失效": "expired",
}
DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}

_DATE = re.compile(r"^(\d{4})(?:年(\d{1,2})月(\d{1,2})日?|([-/.])(\d{1,2})\4(\d{1,2})|(\d{2})(\d{2}))$")
_LIMIT = re.compile(
    r"^(?P<before>(?:自|从)?(?:受理|收到申请|申请受理)(?:申请)?之日起)?"
    r"(?P<number>\d{1,4}|[零〇一二两三四五六七八九十百]{1,7})个?(?P<unit>工作日|自然日|日|天)"
    r"(?P<after>以?内(?:办结|完成)?)?(?P<rest>[（(].*[）)])?[。．.]?$"
)
_ON_THE_SPOT = frozenset({"当场办结", "当场办理", "即时办结", "即办", "即办件"})
_SEPARATORS = re.compile(r"[、；;，,/／]+")
_CONTACT = re.compile(r"^(?P<contact>\D{1,60}?)[:：\s]*(?P<number>[\d+(（].*)$")
_STOPS = ("。；！？;!?\n", "，、,：: ")


def clean_text(value: Any) -> str:
    """A cell or JSON value as text: line ends unified, control characters dropped, blanks at both ends gone.

    Raises ValueError for what is no text (a JSON object) and for half characters, which no database stores.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list):
        return "\n".join(filter(None, map(clean_text, value)))
    if isinstance(value, dict):
        raise ValueError("应为文字，实为一组数据")
    text = printable(re.sub(r"\r\n?", "\n", str(value)))
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("含有残缺字符，无法保存，请重新录入这段文字")
    return _GUARDED.sub("", text.strip())


def clean_lines(value: Any) -> list[str]:
    """The entries of a list, or the lines of a cell, without the empty ones."""
    entries = value if isinstance(value, list) else clean_text(value).split("\n")
    return [text for text in map(clean_text, entries) if text]


def one_line(value: Any) -> str:
    """A text whose lines are joined: titles, names."""
    lines = [line.strip() for line in clean_text(value).split("\n")]
    joined = ""
    for line in filter(None, lines):
        needs_blank = joined[-1:].isascii() and line[:1].isascii() and bool(joined)
        joined += f" {line}" if needs_blank else line
    return joined


def parse_date(value: Any) -> datetime.date | None:
    """A whole date in any usual writing; None for an empty value.

    Raises ValueError with a Chinese reason for anything else: a month without its day is never completed.
    """
    day = _plain_date(value)
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"“{value}”的年份不合理")
    return day


def _plain_date(value: Any) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.astimezone(SHANGHAI).date() if value.tzinfo else value.date()
    if isinstance(value, datetime.date):
        return value
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", clean_text(value)))
    if not text:
        return None
    try:
        if ":" in text:
            return _plain_date(datetime.datetime.fromisoformat(text.replace("/", "-")))
        match = _DATE.match(text.replace(" ", ""))
        if match:
            year, month, day = (int(part) for part in match.groups() if part and part.isdigit())
            return datetime.date(year, month, day)
    except ValueError:
        pass
    raise ValueError(f"“{text}”不是一个完整的日期")


def parse_numbers(text: str) -> list[str]:
    """The 文号 of a field that may hold several, each with hexagon brackets."""
    return [normalise_number(part) for part in re.split(r"[；;\n]", text) if part.strip()]


@dataclass(frozen=True)
class ParsedLimit:
    """A time limit: number and unit where the text leaves no doubt, and the words that number and unit do not say."""

    number: int | None = None
    unit: str = "working_days"
    note: str = ""


def parse_limit(text: str) -> ParsedLimit:
    """`20个工作日` as number and unit; a text that says more than one limit stays a note without a number (T10.3)."""
    compact = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).replace("(", "（").replace(")", "）"))
    if not compact:
        return ParsedLimit()
    if compact in _ON_THE_SPOT:
        return ParsedLimit(number=0, note=text)
    match = _LIMIT.match(compact)
    number = _whole_number(match["number"]) if match else None
    if match is None or number is None:
        return ParsedLimit(note=text)
    unit = "working_days" if match["unit"] == "工作日" else "calendar_days"
    if match["before"] or match["after"]:
        return ParsedLimit(number, unit, text)
    return ParsedLimit(number, unit, match["rest"][1:-1] if match["rest"] else "")


def _whole_number(text: str) -> int | None:
    """`20`, `二十`, `一百零五`; None for what is no number below a thousand."""
    if text.isascii():
        return int(text)
    match = re.fullmatch(
        r"(?:([一二两三四五六七八九])百[零〇]?)?(?:([一二三四五六七八九])?(十))?([零〇一二两三四五六七八九])?", text
    )
    if match is None:
        return None
    hundreds, tens, ten, ones = match.groups()
    total = 100 * DIGITS[hundreds] if hundreds else 0
    total += 10 * (DIGITS[tens] if tens else 1) if ten else 0
    return total + (DIGITS[ones] if ones else 0)


@dataclass(frozen=True)
class Hotline:
    """One number with whose it is and when it answers; both empty when the source does not say."""

    number: str
    contact: str = ""
    hours: str = ""


def split_hotlines(value: Any) -> list[Hotline]:
    """Every number of a field as a row of its own.

    A line may say `号码｜科室｜接听时间`; otherwise 、；， and / part the numbers, and `科室：号码` names its owner.
    """
    found = []
    for line in clean_lines(value):
        cells = split_cells(line)
        if len(cells) > 1:
            found.append(Hotline(*[*cells, "", ""][:3]))
        else:
            found += [_hotline(piece) for part in _SEPARATORS.split(line) for piece in _numbers_in(part.strip())]
    return found


def _numbers_in(part: str) -> list[str]:
    """A part, or its blank-separated pieces when each of them is a number by itself."""
    pieces = part.split()
    if len(pieces) > 1 and not is_phone(part) and all(map(is_phone, pieces)):
        return pieces
    return [part] if part else []


def _hotline(piece: str) -> Hotline:
    match = None if is_phone(piece) else _CONTACT.match(piece)
    if match and is_phone(match["number"]):
        return Hotline(match["number"].strip(), match["contact"].strip(" :："))
    return Hotline(piece)


def split_cells(line: str) -> list[str]:
    """The parts of a line that `｜` or `|` divides."""
    return [cell.strip() for cell in re.split(r"[|｜]", line)]


def cut(text: str, limit: int) -> tuple[str, str]:
    """A text in two: at most `limit` characters, ending at a stop where there is one, and the rest."""
    if len(text) <= limit:
        return text, ""
    for stops in _STOPS:
        end = max(text.rfind(stop, limit // 2, limit) for stop in stops) + 1
        if end:
            return text[:end].rstrip(), text[end:].lstrip()
    return text[:limit], text[limit:]


def shorten(text: str, limit: int) -> str:
    """A text, or its beginning with `…` where it is longer than `limit`."""
    return text if len(text) <= limit else f"{cut(text, limit - 1)[0]}…"


def split_step(text: str) -> tuple[str, str]:
    """Name and description of a step: `资料初审。市局组织初审` has the name `资料初审`."""
    match = re.match(r"^(.{2,30}?)[。：:](.+)$", text, re.DOTALL)
    if match and not re.search(r"[，,、；;]", match[1]):
        return match[1].strip(), match[2].strip()
    return (text, "") if len(text) <= 100 else (shorten(text, 100), text)


def repeal_clause(text: str, title: str) -> tuple[datetime.date, str] | None:
    """Day and sentence with which a text repeals the document `title`: 自…起施行。《…》同时废止.

    None unless the text says both in one breath; a repeal date is never inferred from anything else.
    """
    pattern = (
        r"[^。\n]*自(\d{4}年\d{1,2}月\d{1,2}日)起(?:施行|实施|执行|生效)[。，,；;]"
        rf"[^。\n]{{0,60}}《{re.escape(title)}》(?:[（(][^）)]*[）)])?同时废止。?"
    )
    match = re.search(pattern, text)
    return (parse_date(match[1]), match[0].strip()) if match else None  # type: ignore[return-value]
