"""Carrying imported drafts through the real workflow with the demo accounts: demo, tests and benchmarks only."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Department, User
from audit.errors import Conflict
from audit.models import Event
from policy_pages.enums import ApplicationRoute, ChangeKind, ChangeSubject, TriggerBasis, VocabularyCode
from policy_pages.imports.report import CARRIED, SKIPPED, Outcome, Report
from policy_pages.models import ApplicationGuidePage, ChangeRecord, PolicyDocumentPage, PolicyPage, Term
from policy_pages.services.moderation import decide, submission_faults, submit
from policy_pages.services.publication import frozen_content
from policy_pages.services.register import register_change

MODERATOR = "spj-moder"
NO_TRIGGER_DATE = "缺少触发日期"
#: Category of the list for a topic of the source; the first topic that stands here decides, else the first category.
CATEGORIES = {
    "金融支持": "融资支持",
    "创业担保贷款": "融资支持",
    "税收": "减税退税",
    "降本减负": "费用减免",
    "社会保险": "费用减免",
    "用能用水": "要素保障",
    "人才": "人才支持",
    "专精特新": "资质荣誉",
    "高新技术企业": "资质荣誉",
    "认定": "资质荣誉",
    "单项冠军": "资质荣誉",
    "营商环境": "权益保障",
    "招标采购": "权益保障",
    "知识产权": "权益保障",
}
THEMES = {
    "工业": "产业培育",
    "专精特新": "产业培育",
    "科技创新": "科技创新",
    "知识产权": "科技创新",
    "高新技术企业": "科技创新",
    "创业就业": "稳岗就业",
    "社会保险": "稳岗就业",
    "金融支持": "投资信贷",
    "人才": "人才培养",
    "外贸": "外资外贸",
    "绿色低碳": "绿色低碳",
    "数字化转型": "数字化转型",
    "创业担保贷款": "创业扶持",
    "消费": "消费促进",
    "商务": "消费促进",
}
#: Words in the steps of a guide that make it 复杂程序 (A20): somebody else than the department judges, or somebody comes.
COMPLEX_WORDS = re.compile("评审|联审|现场|考察|核查|第三方|答辩")


class RefusedError(Exception):
    """The command may not run here; the message is a Chinese sentence."""


class _SkippedError(Exception):
    """A draft that is not carried; the message says why."""


def publish_imported() -> Report:
    """Carry every complete imported draft through submission, review and classification; return what became of each.

    Skips what lacks a content that the rules demand, what waits already, and what is not stock and has no date to
    count from. One transaction, a savepoint per page. Raises RefusedError outside demo and test profiles.
    """
    if not settings.HUIQITONG_DEMO:
        raise RefusedError(_("publish_import 只用于演示和测试环境，本环境不能运行；请由单位和审批局的人员在后台办理。"))
    with transaction.atomic():
        carrier = _Carrier()
        return Report(outcomes=[carrier.carry(page) for page in _drafts()])


def _drafts() -> list[PolicyPage]:
    """Imported pages that are not public, documents before the guides that rest on them."""
    return [
        page
        for model in (PolicyDocumentPage, ApplicationGuidePage)
        for page in model.objects.filter(live=False).exclude(source_id="").order_by("pk")
    ]


class _Carrier:
    """The three people of the demo and the bureau's terms."""

    def __init__(self) -> None:
        self.people: dict[int, tuple[User, User, User]] = {}
        self.sources = _sources()
        terms = list(Term.objects.filter(is_active=True))
        self.categories = {term.name: term for term in terms if term.vocabulary == VocabularyCode.CATEGORY}
        self.themes = {term.name: term for term in terms if term.vocabulary == VocabularyCode.THEME}

    def carry(self, page: PolicyPage) -> Outcome:
        outcome = Outcome(
            place="", source_id=page.source_id, title=page.title, department=page.department.short_name, page_id=page.pk
        )
        try:
            with transaction.atomic():
                self._carry(page)
        except (_SkippedError, PermissionDenied, ValidationError, Conflict, ValueError) as error:
            outcome.status, outcome.reason = SKIPPED, _reason(error)
        else:
            outcome.status = CARRIED
        return outcome

    def _carry(self, page: PolicyPage) -> None:
        editor, reviewer, moderator = self._people(page.department)
        if page.current_workflow_state:
            raise _SkippedError(_("已提交，正在审核或已退回。"))
        source = self.sources.get(page.pk, {})
        self._prepare(page, source, editor)
        state = submit(page=page, actor=editor)
        revision = state.current_task_state.revision
        read = {"revision_id": revision.pk, "content_hash": frozen_content(revision)[1], "comment": ""}
        self._approve(page, reviewer, read)
        self._approve(page, moderator, {**read, **self.classification(page, source)})

    def _people(self, department: Department) -> tuple[User, User, User]:
        """Editor and reviewer of a department, and the bureau's moderator."""
        if department.pk not in self.people:
            names = (f"{department.code}-edit", f"{department.code}-review", MODERATOR)
            found = {user.username: user for user in User.objects.filter(username__in=names)}
            missing = [name for name in names if name not in found]
            if missing:
                raise _SkippedError(_("缺少演示账号：%(names)s。") % {"names": "、".join(missing)})
            self.people[department.pk] = (found[names[0]], found[names[1]], found[names[2]])
        return self.people[department.pk]

    def _prepare(self, page: PolicyPage, source: dict[str, Any], editor: User) -> None:
        """Refuse what is incomplete; give a new policy its registered change first."""
        draft = page.get_latest_revision_as_object()
        change = None
        if not draft.is_stock and draft.change is None:
            change = _trigger(draft, source)
        faults = draft.content_faults() if change else submission_faults(draft)
        if faults:
            raise _SkippedError("".join(fault.message for fault in faults))
        if change:
            draft.change = _register(draft, change, editor)
            draft.save_revision(user=editor, log_action=True)

    @staticmethod
    def _approve(page: PolicyPage, actor: User, data: dict[str, Any]) -> None:
        waiting = page.current_workflow_task_state
        decide(task_state_id=waiting.pk, task_id=waiting.task_id, actor=actor, action="approve", data=data)

    def classification(self, page: PolicyPage, source: dict[str, Any]) -> dict[str, Any]:
        """The bureau's form: category and themes by the source's topics, route by the steps (docs/import.md)."""
        topics = source.get("topics") or []
        named = [CATEGORIES[topic] for topic in topics if CATEGORIES.get(topic) in self.categories]
        category = self.categories[named[0]] if named else next(iter(self.categories.values()), None)
        if category is None:
            raise _SkippedError(_("没有在用的清单类别，请先在词表中添加。"))
        themes = {self.themes[THEMES[topic]].pk for topic in topics if THEMES.get(topic) in self.themes}
        route = route_of(page, topics) if isinstance(page, ApplicationGuidePage) else ""
        return {"category": str(category.pk), "themes": [str(pk) for pk in sorted(themes)], "route": route}


def route_of(guide: ApplicationGuidePage, topics: list[str]) -> str:
    """免申即享 when title or topics say so; 复杂程序 when a step is an expert review or an inspection; else 简易程序."""
    if "免申即享" in guide.title or "免申即享" in topics:
        return ApplicationRoute.NO_APPLICATION
    steps = "".join(f"{row.value['name']}{row.value['description']}" for row in guide.steps)
    return ApplicationRoute.COMPLEX if COMPLEX_WORDS.search(steps) else ApplicationRoute.SIMPLE


def _sources() -> dict[int, dict[str, Any]]:
    """What the import knew of each page beyond its fields, from the event chain."""
    events = Event.objects.filter(action="page.imported").values_list("object_id", "payload_json")
    return {int(page_id): json.loads(payload) for page_id, payload in events}


_Trigger = tuple[datetime.date, TriggerBasis, str]


def _trigger(page: PolicyPage, source: dict[str, Any]) -> _Trigger:
    """Day from which the 3 working days count, what it is, and in words. Never guessed: without a date, skipped."""
    if isinstance(page, PolicyDocumentPage):
        issued, other, basis, word = page.issued_on, page.written_on, TriggerBasis.WRITTEN, _("成文日期")
    else:
        issued, other = (_day(source.get(name)) for name in ("issued_on", "published_on"))
        basis, word = TriggerBasis.OTHER, _("来源发布日期")
    if issued:
        return issued, TriggerBasis.ISSUED, _("印发日期")
    if other is None:
        raise _SkippedError(NO_TRIGGER_DATE)
    return other, basis, word


def _day(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


def _register(page: PolicyPage, trigger: _Trigger, editor: User) -> ChangeRecord:
    day, basis, word = trigger
    is_guide = isinstance(page, ApplicationGuidePage)
    return register_change(
        department=page.department,
        kind=ChangeKind.CREATED,
        subject=ChangeSubject.GUIDE if is_guide else ChangeSubject.DOCUMENT,
        title=page.title,
        doc_number="" if is_guide else page.doc_number,
        trigger_date=day,
        trigger_basis=basis,
        evidence=_("%(word)s %(day)s，据导入来源：%(source)s")
        % {"word": word, "day": f"{day:%Y-%m-%d}", "source": page.source_url or page.source_name or page.source_id},
        actor=editor,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "".join(error.messages)
    return str(error) or _("没有权限。")
