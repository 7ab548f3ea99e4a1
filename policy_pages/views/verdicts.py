"""What a public page says about its own punctuality (A12), in words. Pure: no Django, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit import rules

if TYPE_CHECKING:
    from audit.rules import Verdict

#: What the days are counted from, by the code of the trigger's basis.
BASIS_WORDS = {"issued": "印发", "written": "成文", "repeal_decision": "废止决定"}
OTHER_BASIS = "触发"


def verdict_sentence(verdict: Verdict, basis: str, unit: str = rules.WORKING) -> str:
    """One sentence about a finished duty; empty while it runs, for then the public page has nothing to say.

    `basis` is the code of the trigger's basis, `unit` that of the limit's days.
    """
    word, day = BASIS_WORDS.get(basis, OTHER_BASIS), "个工作日" if unit == rules.WORKING else "日"
    if verdict.code == rules.GAP:
        return "期限所在年份的放假安排待国务院公布，暂不可计算"
    if verdict.code not in {rules.ON_TIME, rules.LATE}:
        return ""
    limit = f"期限 {verdict.limit} {day}"
    if verdict.used is None:
        return f"{word}后在期限内发布，{limit}" if verdict.code == rules.ON_TIME else f"{word}后逾期发布，{limit}"
    when = f"{word}后第 {verdict.used} {day}发布" if verdict.used else f"{word}后不满 1 {day}发布"
    late = f"，逾期 {verdict.used - verdict.limit} {day}" if verdict.code == rules.LATE else ""
    return f"{when}，{limit}{late}"
