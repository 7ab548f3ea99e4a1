"""Rows of a guide as its pages show them: each condition with the article it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policy_pages.guides import rules
from policy_pages.templatetags.public import clause_anchor, page_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policy_pages.models import ApplicationGuidePage, GuideBasis


@dataclass(frozen=True)
class Condition:
    """One condition.

    `href` leads to the article of its clause, to the document's top where the clause names no article; it is empty when nobody can
    tell which document is meant.
    """

    text: str
    kind: str
    clause: str
    href: str


def conditions_of(page: ApplicationGuidePage, bases: Sequence[GuideBasis]) -> list[Condition]:
    """The conditions of a guide that rests on these documents, in their order."""
    return [
        Condition(value["text"].strip(), value["kind"], value["clause"], _address(value["clause"], bases))
        for value in (row.value for row in page.conditions)
    ]


def _address(clause: str, bases: Sequence[GuideBasis]) -> str:
    place = rules.basis_of(clause, [basis.clause for basis in bases])
    if place is None or not bases[place].document.live:
        return ""
    return page_url(bases[place].document) + clause_anchor(clause)
