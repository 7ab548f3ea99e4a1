"""Searches that found nothing, for the bureau: text and day, no person, no address (docs/search.md).

Noted as visits are, by a line in a file of the process (`visits.log`), and counted by `tick` (`visits.collecting`). A GET
writes nothing to the database.
"""

from __future__ import annotations

import datetime
import logging
import re
from collections import Counter
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils import timezone

from accounts.middleware.addresses import address_of
from policy_pages.models import SearchMiss
from policy_pages.search import rules
from policy_pages.visits import collecting
from policy_pages.visits.log import append_line, bound
from policy_pages.visits.rules import is_bot, is_loaded_ahead, network

if TYPE_CHECKING:
    from pathlib import Path

    from django.http import HttpRequest

logger = logging.getLogger(__name__)

#: Characters kept of a text: what is longer was pasted, not typed.
LENGTH = 60
#: Texts that one address may have counted within an hour, each once.
PER_ADDRESS = 30
#: Different texts kept of one day; whatever comes after is not counted.
A_DAY = 2_000
KEPT = datetime.timedelta(days=400)
#: Of the names in `VisitFile`.
KIND = "s/"
_LINE = re.compile(rb"^([1-9]\d{9}) ([^\n]{1,300})$", re.MULTILINE)
#: So many digits beside those of a 文号 and a year, whatever stands between them, are a telephone, an identity card, an account.
_DIGITS = 7
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=\s*年)")
_READ_OUT = "零一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"
_PERSONAL = re.compile(
    rf"(?:[\d{_READ_OUT}][\W_]*){{{_DIGITS}}}"  # the same read out: 一三八…, mixed with digits or in groups
    r"|@|[a-z0-9]\W*(?:at|艾特)\W*[a-z0-9-]+\W*(?:\.|dot|点)\W*(?:com|cn|net|org)"
    r"|wxid|(?:微信|weixin|wechat|vx|qq|扣扣)\W*(?:号码?|id)?[\W是为叫]*[a-z0-9][\w-]{4}"
)


def countable(text: str) -> str:
    """The text as it is counted: in normal form, blanks made one, cut; empty for what says nothing or may name somebody."""
    told = " ".join(rules.normalise(text).split())
    return "" if _is_personal(told) or not rules.runs(told) else told[:LENGTH].strip()


def _is_personal(told: str) -> bool:
    """Whether a telephone, a number of a card or an account, an address of mail or a chat's name may stand in it."""
    rest = _YEAR.sub(" ", rules.without_document_numbers(told))
    return sum(character.isdigit() for character in rest) >= _DIGITS or bool(_PERSONAL.search(rest))


def folder() -> Path:
    """Where the files lie."""
    return collecting.folder() / "searches"


def note(request: HttpRequest, text: str) -> None:
    """Note that a person's search for the text found nothing. Never raises."""
    told = countable(text)
    if request.method != "GET" or not told or is_loaded_ahead(request.headers):
        return
    if is_bot(request.headers.get("User-Agent", "")):
        return
    at = timezone.localtime(timezone.now(), timezone.get_default_timezone())
    address = network(address_of(request) or "")
    if not (bound.allows(address, f"s {told}", at, 1) and bound.allows(address, "searches", at, PER_ADDRESS)):
        return
    try:
        append_line(folder(), at, b"%d %s\n" % (int(at.timestamp()), told.encode()))
    except OSError:
        logger.warning("a search without hits was not counted", exc_info=True)


def collect_searches() -> int:
    """Count what was noted since the last time, forget what is older than `KEPT`; returns how many. Raises OSError."""
    SearchMiss.objects.filter(day__lt=timezone.localdate() - KEPT).delete()
    return collecting.collect(folder(), _add, KIND)


def tally(lines: bytes, zone: datetime.tzinfo) -> Counter[tuple[datetime.date, str]]:
    """How often each text was looked for on each day of the zone. What is no line of ours counts nothing."""
    found: Counter[tuple[datetime.date, str]] = Counter()
    for told, raw in _LINE.findall(lines):
        text = countable(raw.decode(errors="ignore"))
        if text:
            found[datetime.datetime.fromtimestamp(int(told), zone).date(), text] += 1
    return found


def _add(lines: bytes) -> int:
    """Add to the counts, in one order, so that two collectors never wait for each other crosswise."""
    number = 0
    for (day, text), times in sorted(tally(lines, timezone.get_default_timezone()).items()):
        rows = SearchMiss.objects.filter(day=day)
        if not rows.filter(text=text).exists() and rows.count() >= A_DAY:
            continue
        SearchMiss.objects.bulk_create([SearchMiss(day=day, text=text, number=0)], ignore_conflicts=True)
        rows.filter(text=text).update(number=F("number") + times)
        number += times
    return number
