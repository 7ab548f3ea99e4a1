"""The self-check of one guide: its conditions as questions, and what the answers say in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from policy_pages.guides import rules
from policy_pages.guides.rows import Condition, conditions_of
from policy_pages.templatetags.reading import bases_of

if TYPE_CHECKING:
    from policy_pages.models import ApplicationGuidePage


@dataclass(frozen=True)
class Question:
    """One condition as the form asks it.

    Attributes:
        place: its number on the page, from 1.
        name: its name in the form.
        condition: its words, kind and clause.
        answer: what the page says of it; empty before anything was answered.
    """

    place: int
    name: str
    condition: Condition
    answer: str = ""

    @property
    def is_asked(self) -> bool:
        """Whether a visitor can know the answer; a discretion is judged by the unit alone."""
        return self.condition.kind != rules.DISCRETION


def check_context(page: ApplicationGuidePage, answers: dict[str, str] | None) -> dict[str, Any]:
    """What `guide_check.html` shows: the questions and, where there are answers, the finding of them."""
    conditions = [condition for condition in conditions_of(page, bases_of(page)) if condition.text]
    names = rules.question_names(condition.text for condition in conditions)
    asked = [rules.Asked(name, condition.kind) for name, condition in zip(names, conditions, strict=True)]
    finding = rules.check(asked, answers or {})
    told = [""] * len(asked) if answers is None else finding.answers
    return {
        "page": page,
        "questions": [Question(place, *one) for place, one in enumerate(zip(names, conditions, told, strict=True), 1)],
        "has_thresholds": any(one.kind == rules.THRESHOLD for one in asked),
        "finding": None if answers is None else finding,
        "parts": _parts(finding),
    }


def _parts(finding: rules.Finding) -> list[tuple[str, str, str, str]]:
    """Sentences below the result, each with its name, the places it is about (none: it is not shown), and the words around them."""
    words = {
        "failed": (_("第 "), _(" 项勾选了“不符合”。拿不准的，请先问责任单位。"), finding.failed),
        "open": (_("第 "), _(" 项门槛条件待核实。"), finding.open),
        "bonuses": (
            _("第 "),
            _(" 项加成条件勾选了“符合”：可能增加支持，由责任单位核定；不影响能否申报。"),
            finding.bonuses,
        ),
        "judged": (_("第 "), _(" 项由责任单位审核认定，无法自查。"), finding.judged),
    }
    return [(name, "、".join(map(str, places)), before, after) for name, (before, after, places) in words.items()]
