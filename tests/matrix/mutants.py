"""Each permission check of the source, removed: what the matrix must notice.

A mutant replaces text inside one function; the function's code object is compiled from the changed source and put into
the running function, so the work tree is never touched and the world need not be made anew. A pair has several edits:
a check that another layer repeats is removed together with that layer, and the single removal stands in EQUIVALENT.
"""

from __future__ import annotations

import contextlib
import importlib
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MIDDLEWARE, HOOKS = "policy_pages.middleware", "policy_pages.wagtail_hooks"
PAGES, VIEWS, LISTS = "policy_pages.permissions", "policy_pages.admin_views", "policy_pages.viewsets"
PREDICATES, POLICY = "accounts.permissions.predicates", "accounts.permissions.policy"
BASE, FORM = "policy_pages.models.base", "policy_pages.forms.pages"
MODERATION, REGISTER = "policy_pages.services.moderation", "policy_pages.services.register"


@dataclass(frozen=True)
class Edit:
    """In the function at `where` of `module`, the text `old` becomes `new`."""

    module: str
    where: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """Edits, and the addresses (beginnings of their keys) at which it must show."""

    edits: tuple[Edit, ...]
    doors: tuple[str, ...]

    def __str__(self) -> str:
        return " + ".join(f"{edit.module}:{edit.where} `{edit.old}` -> `{edit.new}`" for edit in self.edits)


def one(module: str, where: str, old: str, new: str, *doors: str) -> Mutant:
    """A mutant of one edit."""
    return Mutant((Edit(module, where, old, new),), doors)


def pair(*edits: tuple[str, str, str, str], doors: tuple[str, ...]) -> Mutant:
    """A check and the layer that repeats it."""
    return Mutant(tuple(Edit(*edit) for edit in edits), doors)


WALL, TESTER = "DepartmentWallMiddleware", "PolicyPagePermissionTester"
EDIT, BULK_PAGE, BULK_FILE = (
    "wagtailadmin_pages:edit",
    "wagtail_bulk_action[wagtailcore",
    "wagtail_bulk_action[policy_pages",
)
REVIEW, CHANGE = "policy_pages_review", "changes:"
NO_WALL = (MIDDLEWARE, f"{WALL}._check_pages", "raise Http404", "continue")

MUTANTS: list[Mutant] = [
    # --- The wall between departments ---------------------------------------------------------------------------
    one(*NO_WALL, BULK_PAGE),
    one(MIDDLEWARE, f"{WALL}._check_listing", "raise Http404", "return", BULK_PAGE),
    one(MIDDLEWARE, f"{WALL}._check_files", "raise Http404", "continue", BULK_FILE),
    one(
        MIDDLEWARE,
        f"{WALL}.process_view",
        '"/api/main/documents/" in request.path',
        "False",
        "wagtailadmin_api:documents",
    ),
    one(
        MIDDLEWARE,
        f"{WALL}.process_view",
        'request.path.startswith("/admin/reports/")',
        "False",
        "wagtailadmin_reports",
    ),
    one(
        MIDDLEWARE, f"{WALL}._may_read_reports", "may(user, Resource.EVENT, Verb.READ)", "True", "wagtailadmin_reports"
    ),
    one(MIDDLEWARE, f"{WALL}.process_view", "take_back_ended(user=request.user)", "pass", "wagtailadmin_explore"),
    # --- Predicates ----------------------------------------------------------------------------------------------
    one(
        "accounts.models.people",
        "User.visible_departments",
        "self.departments_as(*DEPARTMENT_ROLES)",
        "Department.objects.all()",
        REVIEW,
        CHANGE,
    ),
    one(
        "accounts.models.people",
        "User.departments_as",
        'Department.objects.filter(pk__in=held.values("department_id"))',
        "Department.objects.all()",
        REVIEW,
        CHANGE,
    ),
    one("accounts.models.people", "User.holds", "role__in=roles", "role__isnull=False", REVIEW),
    one(PREDICATES, "reaches_all", "user.holds(*roles)", "True", "wagtailadmin_reports"),
    one(PREDICATES, "editable_departments", '.filter(pk__in=user.departments_as(role).values("pk"))', "", CHANGE),
    one(PREDICATES, "is_moderator", "user.holds(Role.MODERATOR)", "True", CHANGE, REVIEW),
    one(PREDICATES, "_may", ".filter(pk=department.pk)", "", REVIEW, "wagtailadmin_pages:delete"),
    # --- Rows of lists -------------------------------------------------------------------------------------------
    one(
        POLICY,
        "DepartmentScopedPolicy.instances_user_has_any_permission_for",
        'rows.filter(**{f"{self.lookup}__in": editable_departments(user)})',
        "rows",
        CHANGE,
    ),
    one(
        POLICY, "DepartmentScopedPolicy.user_has_any_permission", "editable_departments(user).exists()", "True", CHANGE
    ),
    one(POLICY, "ScopedIndex.get_base_queryset", '.filter(pk__in=allowed.values("pk"))', "", CHANGE),
    one(
        "policy_pages.querysets",
        "ChangeRecordQuerySet.visible_to",
        "self.filter(department__in=user.visible_departments())",
        "self.all()",
        CHANGE,
        "policy_pages_inbox",
    ),
    one(LISTS, "ChangeDetailView.setup", ".visible_to(request.user)", ".all()", CHANGE),
    pair(
        (LISTS, "ChangeDetailView.post", "not is_moderator(request.user)", "False"),
        (REGISTER, "correct_trigger", "not is_moderator(actor)", "False"),
        doors=(CHANGE,),
    ),
    pair(
        (LISTS, "ChangeDetailView.post", "not is_moderator(request.user)", "False"),
        (REGISTER, "cancel_change", "not is_moderator(actor)", "False"),
        doors=(CHANGE,),
    ),
    one(
        "policy_pages.forms.register",
        "ChangeRecordForm.__init__",
        "editable_departments(self.for_user)",
        "self.fields['department'].queryset",
        CHANGE,
    ),
    one(
        "policy_pages.inbox",
        "inbox_for",
        "changes.order_by",
        "ChangeRecord.objects.open().order_by",
        "policy_pages_inbox",
    ),
    one(
        "policy_pages.inbox",
        "inbox_for",
        "elif waiting.page.department_id in reading",
        "elif True",
        "policy_pages_inbox",
    ),
    one(
        "policy_pages.inbox",
        "inbox_for",
        "waiting and waiting.page.department_id in editing",
        "waiting",
        "policy_pages_inbox",
    ),
    one("policy_pages.inbox", "inbox_for", "item.page.department_id in reading]", "True]", "policy_pages_inbox"),
    # --- Hooks ---------------------------------------------------------------------------------------------------
    one(HOOKS, "own_or_public", "pages.filter(Q(live=True) | Q(pk__in=ids))", "pages", "wagtailadmin_choose_page"),
    one(
        HOOKS,
        "colleagues",
        "User.objects.filter(assignments__department__in=request.user.visible_departments())",
        "User.objects.all()",
        "wagtailadmin_explore",
    ),
    one(HOOKS, "only_published_files", "raise Http404", "return", "wagtaildocs_serve"),
    one(HOOKS, "only_published_files", ".filter(collection=document.collection)", "", "wagtaildocs_serve"),
    pair(
        (HOOKS, "opened_for_a_change", ".visible_to(request.user).filter(department__section_page=parent_page)", ""),
        (FORM, "PolicyPageForm._limit_changes", "department=self._department(), ", ""),
        doors=("wagtailadmin_pages:add",),
    ),
    # --- Our views -----------------------------------------------------------------------------------------------
    one(VIEWS, "_readable_state", "not can_read_draft(request.user, page)", "False", REVIEW),
    one(PAGES, "can_read_draft", "user.visible_departments().filter(pk=page.department_id).exists()", "True", REVIEW),
    one(PAGES, "can_review", "can_review_content(user, page.department)", "True", REVIEW),
    one(PAGES, "can_moderate", "is_moderator(user)", "True", REVIEW),
    one(MODERATION, "decide", "not task.may_decide(actor, page)", "False", REVIEW),
    one(
        MODERATION,
        "cancel_schedule",
        "not (is_moderator(actor) or can_edit_content(actor, page.department))",
        "False",
        "policy_pages_unschedule",
    ),
    pair(
        (
            VIEWS,
            "delete_file",
            'PolicyFile.objects.filter(collection__in=request.user.visible_departments().values("collection"))',
            "PolicyFile.objects.all()",
        ),
        (MIDDLEWARE, f"{WALL}._check_files", "raise Http404", "continue"),
        doors=("wagtaildocs_chooser", "admin/documents/delete"),
    ),
    # --- Rights of a page ----------------------------------------------------------------------------------------
    one(PAGES, f"{TESTER}.can_unpublish", "return False", "return True", "wagtailadmin_pages:unpublish"),
    one(PAGES, f"{TESTER}.can_lock", "return False", "return True", "wagtailadmin_pages:lock"),
    one(PAGES, f"{TESTER}.can_unlock", "return False", "return True", "wagtailadmin_pages:unlock"),
    one(PAGES, f"{TESTER}.can_unschedule", "return False", "return True", "wagtailadmin_pages:revisions_unschedule"),
    one(PAGES, f"{TESTER}.can_set_view_restrictions", "return False", "return True", "wagtailadmin_pages:set_privacy"),
    one(PAGES, f"{TESTER}.can_move", "return False", "return True", "wagtailadmin_pages:move"),
    pair(
        (
            PAGES,
            f"{TESTER}.can_delete",
            "can_edit_content(self.user, page.specific.department) and super().can_delete(ignore_bulk)",
            "True or super()",
        ),
        doors=("wagtailadmin_pages:delete", "wagtailadmin_api:pages:action"),
    ),
    pair(
        (
            PAGES,
            f"{TESTER}.can_copy",
            "can_edit_content(self.user, self.page.specific.department) and super().can_copy()",
            "True or super()",
        ),
        doors=("wagtailadmin_pages:copy",),
    ),
    one(HOOKS, "no_delete", "undeletable(page.specific)", '""', "none"),
    # --- Texts and files of others in one's own page -------------------------------------------------------------
    pair(
        (FORM, "PolicyPageForm._limit_changes", "department=self._department(), ", ""),
        doors=("wagtailadmin_pages:add", EDIT),
    ),
]
#: A check whose removal alone changes nothing, each with the layer that says the same. Text of the edit -> reason.
EQUIVALENT: dict[str, str] = {}


def target(module: str, where: str) -> FunctionType:
    """The function itself, below decorators that wrap and descriptors that hold it."""
    found: Any = importlib.import_module(module)
    for name in where.split("."):
        found = vars(found)[name] if isinstance(found, type) else getattr(found, name)
    found = getattr(found, "__func__", None) or getattr(found, "func", None) or getattr(found, "fget", None) or found
    while hasattr(found, "__wrapped__") or found.__module__ != module:
        found = getattr(found, "__wrapped__", None) or in_closure(found, module)
    return found


def in_closure(wrapper: Any, module: str) -> FunctionType:
    """The function of ours that a decorator without a trace (`require_admin_access`) holds."""
    cells = (cell.cell_contents for cell in wrapper.__closure__ or ())
    return next(cell for cell in cells if isinstance(cell, FunctionType) and cell.__module__ == module)


def mutated_code(edit: Edit) -> CodeType:
    """Code of the function with the edit made. Raises ValueError when the source no longer says what is removed."""
    function = target(edit.module, edit.where)
    path = Path(importlib.import_module(edit.module).__file__)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    first = function.__code__.co_firstlineno - 1
    body = "".join(lines[first:])
    last = first + length(body)
    text = "".join(lines[first:last])
    if edit.old not in text:
        raise ValueError(
            f"{edit.module}:{edit.where} no longer says `{edit.old}`: mend MUTANTS in tests/matrix/mutants.py"
        )
    changed = "".join(lines[:first]) + text.replace(edit.old, edit.new, 1) + "".join(lines[last:])
    return named(compile(changed, str(path), "exec"), function.__qualname__)


def length(text: str) -> int:
    """Lines of the function that the text begins with, decorators included."""
    lines = text.splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    in_body = False
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        depth = len(line) - len(line.lstrip())
        if in_body and depth <= indent and not line.lstrip().startswith((")", "#")):
            return number
        in_body = in_body or line.lstrip().startswith(("def ", "async def "))
    return len(lines)


def named(code: CodeType, qualname: str) -> CodeType:
    """The code object of that qualified name."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_qualname == qualname:
                return constant
            with contextlib.suppress(LookupError):
                return named(constant, qualname)
    raise LookupError(qualname)


@contextlib.contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """The program with the checks removed, for as long as it lasts."""
    changes = [(target(edit.module, edit.where), mutated_code(edit)) for edit in mutant.edits]
    before = [(function, function.__code__) for function, _code in changes]
    try:
        for function, code in changes:
            function.__code__ = code
        yield
    finally:
        for function, code in before:
            function.__code__ = code
