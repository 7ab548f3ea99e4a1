"""What a public page says about its own punctuality (A12), in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from audit import rules
from audit.templatetags.deadlines import chinese_date, number_of_days, verdict_words

if TYPE_CHECKING:
    from audit.rules import Verdict
    from policy_pages.models import ChangeRecord
    from policy_pages.services.corrections import Correction

#: What the days are counted from, by the code of the trigger's basis.
BASIS_WORDS = {"issued": "印发", "written": "成文", "repeal_decision": "废止决定"}
OTHER_BASIS = "触发"


def verdict_sentence(verdict: Verdict, basis: str) -> str:
    """One sentence about a finished duty; empty while it runs, for then the public page has nothing to say.

    `basis` is the code of the trigger's basis.
    """
    word = BASIS_WORDS.get(basis, OTHER_BASIS)
    if verdict.code == rules.GAP:
        return "期限所在年份的放假安排待国务院公布，暂不可计算"
    if verdict.code not in {rules.ON_TIME, rules.LATE}:
        return ""
    limit = f"期限 {number_of_days(verdict.limit, verdict.unit)}"
    if verdict.used is None:
        return f"{word}后在期限内发布，{limit}" if verdict.code == rules.ON_TIME else f"{word}后逾期发布，{limit}"
    days = number_of_days(verdict.used or 1, verdict.unit)
    when = f"{word}后第 {days}发布" if verdict.used else f"{word}后不满 {days}发布"
    return f"{when}，{limit}，{verdict_words(verdict)}" if verdict.code == rules.LATE else f"{when}，{limit}"


def event_words(change: ChangeRecord) -> str:
    """Which event a verdict is about: what it was, the day the limit runs from, and the day it was made public."""
    word = BASIS_WORDS.get(change.trigger_basis, OTHER_BASIS)
    clock = change.clock
    public = f"，{timezone.localdate(clock.finished_at):%Y-%m-%d} 公开" if clock.finished_at else ""
    return f"{change.get_kind_display()}（{clock.trigger_date:%Y-%m-%d} {word}{public}）"


def correction_sentence(correction: Correction | None) -> str:
    """What the bureau corrected of a trigger date, with its reason; empty for none: both days are shown, always."""
    if correction is None:
        return ""
    facts = {"day": chinese_date(correction.registered), "on": chinese_date(correction.at), "why": correction.reason}
    return "触发日期原登记为 {day}，{on}由审批局更正，理由：{why}".format_map(facts)


def public_reason(change: ChangeRecord) -> str:
    """Why it was late, as the bureau has agreed to it; empty where nothing was published, or it is late no more."""
    reason = getattr(change, "late_reason", None) if change.clock.outcome == rules.LATE else None
    return reason.public_text if reason else ""
