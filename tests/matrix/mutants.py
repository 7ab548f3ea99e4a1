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
TASKS = "policy_pages.models.tasks"
PUBLICATION, CROSSINGS = "policy_pages.services.publication", "crossings"
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
    one(
        MIDDLEWARE,
        f"{WALL}.process_view",
        'request.path.startswith("/admin/workflows/")',
        "False",
        "wagtailadmin_workflows:task_choo",
    ),
    one(
        MIDDLEWARE,
        f"{WALL}._departments",
        'set(request.user.visible_departments().values_list("pk", flat=True))',
        "range(10**9)",
        BULK_PAGE,
    ),
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
    pair(
        (PREDICATES, "editable_departments", '.filter(pk__in=user.departments_as(role).values("pk"))', ""),
        (MIDDLEWARE, f"{WALL}.process_view", "take_back_ended(user=request.user)", "pass"),
        doors=(CHANGE,),
    ),
    one(PREDICATES, "may", "held.exists() if department is None", "True if department is None", "wagtailadmin_reports"),
    one(PREDICATES, "is_moderator", "user.holds(Role.MODERATOR)", "True", CHANGE, REVIEW),
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
    one(TASKS, "DepartmentReviewTask.may_decide", "can_review(user, page)", "True", REVIEW),
    one(TASKS, "ClassificationTask.may_decide", "can_moderate(user, page)", "True", REVIEW),
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
    # --- Publishing past two approvals ----------------------------------------------------------------------------
    pair(
        (PAGES, f"{TESTER}.can_publish", "return False", "return True"),
        (PUBLICATION, "require_approval", "raise PermissionDenied(_(", "str(_("),
        doors=(EDIT,),
    ),
    # --- Texts and files of others in one's own page -------------------------------------------------------------
    one(FORM, "PolicyPageForm._limit_changes", "department=self._department(), ", "", CROSSINGS),
    one(FORM, "PolicyPageForm._check_choosers", "successor and not self._may_refer_to(successor)", "False", CROSSINGS),
    one(FORM, "PolicyPageForm._post_clean", "self.instance.has_foreign_files()", "False", CROSSINGS),
    # --- Replaced addresses and panels ---------------------------------------------------------------------------
    one(VIEWS, "refuse", "raise PermissionDenied", "pass", "admin/failwhale", "^admin/reports"),
    one(
        "accounts.wagtail_hooks",
        "status_panel",
        "request.user.is_superuser or request.user.holds(*WATCHING_ROLES)",
        "True",
        "wagtailadmin_home",
    ),
]
NO_ADDRESS = "no address of this inventory leads to it; when one does, it becomes a mutant"
#: A check whose removal alone changes nothing, each with the reason: the layer that says the same, or no way to it.
EQUIVALENT: dict[str, str] = {
    "accounts.permissions.policy:DepartmentScopedPolicy.user_has_any_permission_for_instance": (
        "no stock view of one row of ours is left; `changes:edit` finds its row by `visible_to`"
    ),
    "accounts.permissions.predicates:departments_with": NO_ADDRESS,
    "accounts.permissions.predicates:_may": (
        "of a department whose drafts one may not read nothing is reached: the wall and `can_read_draft` stand before"
    ),
    "accounts.querysets:AccountFilingQuerySet.visible_to": NO_ADDRESS,
    "accounts.services.allotment:_require_other": NO_ADDRESS,
    "accounts.services.allotment:allot_account": NO_ADDRESS,
    "accounts.services.allotment:disable_account": NO_ADDRESS,
    "accounts.services.allotment:enable_account": NO_ADDRESS,
    "accounts.services.allotment:require_officer": NO_ADDRESS,
    "accounts.services.allotment:reset_password": NO_ADDRESS,
    "accounts.services.assignments:assign_role": NO_ADDRESS,
    "policy_pages.admin_views:review": "a word that is no action; `decide` asks for the right",
    "policy_pages.models.base:PolicyPage.copy": "the copy view offers and accepts the page's own section only to its editors",
    "policy_pages.models.base:PolicyPage.create_alias": "an alias asks for the right to publish, which nobody has",
    "policy_pages.models.files:PolicyFile.delete": "keeps a frozen file for its own editors; the hook and the view refuse first",
    "policy_pages.models.tasks:GuardedTask.get_actions": "which buttons are drawn; `decide` asks again",
    "policy_pages.models.tasks:GuardedTask.get_task_states_user_can_moderate": "stock's panels and reports that ask are closed",
    "policy_pages.models.tasks:GuardedTask.on_action": "a word that is no action, or an incomplete form",
    "policy_pages.permissions:PolicyPagePermissionTester.can_submit_for_moderation": (
        "asked by the editor's view alone, which only the department's editors open"
    ),
    "policy_pages.services.moderation:file_faults": "a second look when handing in; `_post_clean` refuses before",
    "policy_pages.services.moderation:submit": NO_ADDRESS,
    "policy_pages.services.publication:write_publication": "a publication without a classification: completeness, not a right",
    "policy_pages.services.register:register_change": NO_ADDRESS,
    "policy_pages.viewsets:ChangeDetailView._show": "whether the form is drawn; `post` asks again",
    "policy_pages.views.pages:policy_page": "a page that is not live is not found; there is nothing to show",
}


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
    code = named(compile(changed, str(path), "exec"), function.__qualname__)
    if same(code, function.__code__):
        raise ValueError(f"{edit.module}:{edit.where}: taking out `{edit.old}` changed nothing")
    return code


def same(one: CodeType, other: CodeType) -> bool:
    """Whether two functions do the same, wherever they stand."""
    return (one.co_code, one.co_names, str(one.co_consts)) == (other.co_code, other.co_names, str(other.co_consts))


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
