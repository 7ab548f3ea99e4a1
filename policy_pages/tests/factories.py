"""Builders of a small true world: departments, people, pages and the way through the workflow.

Everything goes through the services a person's click would use; nothing is set behind their back.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.enums import DepartmentKind, Role
from accounts.models import Department, User
from accounts.services import assign_role
from policy_pages.enums import ApplicationRoute, ChangeKind, ChangeSubject, VocabularyCode
from policy_pages.models import (
    ApplicationGuidePage,
    ChangeRecord,
    GuideBasis,
    PolicyDocumentPage,
    PolicyFile,
    PolicyPage,
    Term,
)
from policy_pages.services.departments import open_department
from policy_pages.services.indexing import index_now
from policy_pages.services.moderation import decide, submit
from policy_pages.services.publication import frozen_content
from policy_pages.services.register import register_change

PASSWORD = "Test-password-2026"


def make_department(code: str = "kjj", name: str = "科学技术局", **facts: Any) -> Department:
    """A department with section, collection, and its editor `<code>-edit` and reviewer `<code>-review`."""
    department = open_department(code=code, name=name, short_name=name[:10], **facts)
    make_user(f"{code}-edit", department, Role.EDITOR)
    make_user(f"{code}-review", department, Role.REVIEWER)
    return department


def make_bureau() -> Department:
    """The approval bureau with one holder of each bureau role: spj-moder, spj-acct, spj-audit, sys-admin."""
    bureau = open_department(code="spj", name="行政审批局", short_name="审批局", kind=DepartmentKind.BUREAU)
    make_user("spj-moder", bureau, Role.MODERATOR)
    make_user("spj-acct", bureau, Role.ACCOUNT_OFFICER)
    make_user("spj-audit", bureau, Role.AUDITOR)
    make_user("sys-admin", bureau, Role.SYSTEM_ADMINISTRATOR)
    return bureau


def make_user(username: str, department: Department | None = None, role: Role | None = None) -> User:
    """An account, with a role when one is named."""
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User.objects.create_user(
            username, password=PASSWORD, holder_name=f"姓名{username}", undertaking_signed_at=timezone.now()
        )
    if department and role:
        assign_role(user=user, department=department, role=role)
    return user


def user(username: str) -> User:
    """A fresh copy of an account: rights are cached on the object."""
    return User.objects.get(username=username)


def make_change(department: Department, days_ago: int = 1, **facts: Any) -> ChangeRecord:
    """A registered change, triggered that many calendar days ago."""
    values: dict[str, Any] = {
        "kind": ChangeKind.CREATED,
        "title": "关于支持企业研发的若干措施",
        "trigger_date": timezone.localdate() - datetime.timedelta(days=days_ago),
        "evidence": "印发件",
        "actor": user(f"{department.code}-edit"),
    }
    return register_change(department=department, **{**values, **facts})


def make_document(department: Department, *, change: ChangeRecord | None = None, **facts: Any) -> PolicyDocumentPage:
    """A complete draft document by the department's editor; with its own fresh change unless one is given."""
    values: dict[str, Any] = {
        "title": "关于支持企业研发的若干措施",
        "issuing_body": department.name,
        "written_on": timezone.localdate() - datetime.timedelta(days=2),
        "summary": "对企业研发投入给予后补助。",
        "body": [("article", {"number": "第一条", "text": "<p>对企业年度研发投入给予后补助。</p>"})],
    }
    page = PolicyDocumentPage(**{**values, **facts})
    if change is None and not page.is_stock:
        change = make_change(department, title=page.title)
    page.change = change
    return add_draft(department, page)


def make_guide(
    department: Department,
    *,
    document: PolicyDocumentPage | None = None,
    change: ChangeRecord | None = None,
    **facts: Any,
) -> ApplicationGuidePage:
    """A complete draft guide by the department's editor, resting on `document` when given, else on its own change."""
    values: dict[str, Any] = {
        "title": "企业研发投入后补助",
        "summary": "按研发投入的 10% 后补助。",
        "window_type": "year_round",
        "conditions": [("condition", {"text": "在本市登记注册", "kind": "threshold", "clause": ""})],
        "materials": [("material", material("申请表"))],
        "steps": [
            ("step", {"name": "受理", "actor": "综合处", "limit": "1 个工作日", "kind": "ordinary", "description": ""})
        ],
        "promised_limit": 10,
        "statutory_limit": 20,
        "responsible_division": "高新技术处",
        "hotlines": [("hotline", {"number": "0510-81820000", "contact": "", "hours": ""})],
    }
    page = ApplicationGuidePage(**{**values, **facts})
    if change is None and document is None and not page.is_stock:
        change = make_change(department, title=page.title, subject=ChangeSubject.GUIDE)
    page.change = change
    if document is not None:
        page.bases = [GuideBasis(document=document, clause="第一条")]
    return add_draft(department, page)


def material(name: str, **facts: Any) -> dict[str, Any]:
    """One row of materials."""
    values = {"name": name, "necessity": "required", "form": "electronic", "copies": 1, "source": "self", "note": ""}
    return {**values, **facts}


def make_file(department: Department, data: bytes = b"%PDF-1.4 form", title: str = "申请表") -> PolicyFile:
    """An attachment in the department's folder."""
    document = PolicyFile(title=title, collection=department.collection)
    document.file.save("form.pdf", ContentFile(data))
    return document


def add_draft(department: Department, page: PolicyPage) -> Any:
    """Put an unsaved page into the department's section as a draft of its editor."""
    page.live = False
    page.has_unpublished_changes = True
    page.owner = user(f"{department.code}-edit")
    section = department.section_page.specific
    section.refresh_from_db()
    section.add_child(instance=page)
    page.save_revision(user=page.owner, log_action=True)
    return type(page).objects.get(pk=page.pk)


def save_draft(page: PolicyPage, author: User | None = None, **facts: Any) -> Any:
    """Save the latest text with some fields changed, as a new draft revision."""
    draft = page.get_latest_revision_as_object()
    for name, value in facts.items():
        setattr(draft, name, value)
    draft.save_revision(user=author or user(f"{page.department.code}-edit"), log_action=True)
    return type(page).objects.get(pk=page.pk)


def decision(page: PolicyPage, **facts: Any) -> dict[str, Any]:
    """Form data of a decision on what waits now: its revision and content hash, and `facts`."""
    revision = type(page).objects.get(pk=page.pk).current_workflow_task_state.revision
    return {"revision_id": revision.pk, "content_hash": frozen_content(revision)[1], "comment": "", **facts}


def classification(**facts: Any) -> dict[str, Any]:
    """Form data of a classification."""
    category = Term.objects.filter(vocabulary=VocabularyCode.CATEGORY).first()
    return {"category": str(category.pk), "route": ApplicationRoute.SIMPLE, "comment": "", **facts}


def act(page: PolicyPage, username: str, action: str = "approve", **facts: Any) -> Any:
    """One decision by one person at the current step; returns the page anew."""
    state = type(page).objects.get(pk=page.pk).current_workflow_task_state
    data = decision(page, **facts)
    decide(task_state_id=state.pk, task_id=state.task_id, actor=user(username), action=action, data=data)
    return type(page).objects.get(pk=page.pk)


def hand_in(page: PolicyPage) -> Any:
    """The department's editor submits; returns the page anew."""
    submit(page=page, actor=user(f"{page.department.code}-edit"))
    return type(page).objects.get(pk=page.pk)


def make_public(page: PolicyPage) -> Any:
    """Carry a draft through both steps; returns the live page, which the search finds: a test's transaction is never committed."""
    hand_in(page)
    act(page, f"{page.department.code}-review")
    act(page, "spj-moder", **classification())
    index_now([page.pk])
    return type(page).objects.get(pk=page.pk)
