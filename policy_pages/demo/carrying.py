"""Carrying a draft towards the public with the demo accounts, through the real services only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wagtail.models import Page

from accounts.models import User
from policy_pages.demo.people import MODERATOR
from policy_pages.enums import VocabularyCode
from policy_pages.models import Term
from policy_pages.services.moderation import decide, submit
from policy_pages.services.publication import frozen_content

if TYPE_CHECKING:
    from policy_pages.demo.notation import Topics
    from policy_pages.models import PolicyPage

#: Where a carried item may stop.
DRAFT, REVIEW, RETURNED, MODERATION, SENT_BACK, LIVE = "draft", "review", "returned", "moderation", "sent_back", "live"

REVIEW_COMMENTS = (
    "已与印发件逐条核对，文字、数字一致，同意报送。",
    "条件、材料和时限已经处室确认，同意。",
    "咨询电话已试拨，责任处室无误，同意报送。",
    "同意。",
)
BUREAU_COMMENTS = ("六要素齐全，分类已核对。", "清单类别和申报方式已核对，同意发布。", "")


class Carrier:
    """Knows the people and the terms; carries one page after another."""

    def __init__(self) -> None:
        self.users = User.objects.in_bulk(field_name="username")
        self.terms = {(term.vocabulary, term.name): str(term.pk) for term in Term.objects.filter(is_active=True)}
        self.count = 0

    def editor(self, code: str) -> User:
        """The department's 录入员."""
        return self.users[f"{code}-edit"]

    def carry(self, page: PolicyPage, topics: Topics, *, until: str = LIVE, reason: str = "") -> None:
        """Submit the latest draft and decide step by step, until it is where it shall stand."""
        if until == DRAFT:
            return
        code = page.department.code
        submit(page=page, actor=self.editor(code))
        if until == REVIEW:
            return
        reviewer = self.users[f"{code}-review"]
        if until == RETURNED:
            self._decide(page, reviewer, "reject", comment=reason)
            return
        self._decide(page, reviewer, "approve", comment=REVIEW_COMMENTS[self.count % len(REVIEW_COMMENTS)])
        if until == MODERATION:
            return
        moderator = self.users[MODERATOR]
        if until == SENT_BACK:
            self._decide(page, moderator, "reject", comment=reason)
            return
        comment = BUREAU_COMMENTS[self.count % len(BUREAU_COMMENTS)]
        self._decide(page, moderator, "approve", comment=comment, **self._classification(topics))
        self.count += 1

    def _decide(self, page: PolicyPage, actor: User, action: str, **data: Any) -> None:
        state = Page.objects.get(pk=page.pk).specific.current_workflow_task_state
        decide(
            task_state_id=state.pk,
            task_id=state.task_id,
            actor=actor,
            action=action,
            data={"revision_id": state.revision_id, "content_hash": frozen_content(state.revision)[1], **data},
        )

    def _classification(self, topics: Topics) -> dict[str, Any]:
        return {
            "category": self.terms[VocabularyCode.CATEGORY, topics.category],
            "route": topics.route,
            "themes": self._ids(VocabularyCode.THEME, topics.themes),
            "industries": self._ids(VocabularyCode.INDUSTRY, topics.industries),
            "sizes": self._ids(VocabularyCode.SIZE, topics.sizes),
            "life_cycle": self._ids(VocabularyCode.LIFE_CYCLE, topics.life),
            "qualifications": self._ids(VocabularyCode.QUALIFICATION, topics.qualifications),
            "regions": self._ids(VocabularyCode.REGION, topics.regions),
        }

    def _ids(self, vocabulary: VocabularyCode, names: str) -> list[str]:
        return [self.terms[vocabulary, name] for name in names.split()]
