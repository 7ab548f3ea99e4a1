"""Where the source asks whether somebody may: found by pattern, so that a new check cannot be left out of the proof."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "policy_pages", "cms", "audit")
LEFT_OUT = {"tests", "migrations", "demo", "imports", "management", "settings"}
CHECK = re.compile(
    r"\bmay\(|\bcan_(edit_content|review_content|read_draft|review|moderate)\(|\bis_moderator\(|\bvisible_to\(|"
    r"\bvisible_departments\(|\beditable_departments\(|\bdepartments_as\(|\bdepartments_with\(|\breaches_all\(|"
    r"raise PermissionDenied|raise Http404|\bmay_decide\(|\b_?require_(officer|other)\(|\bhas_foreign_files\(|"
    r"_may_refer_to\(|\.holds\(|user_has_permission|instances_user_has|take_back_ended\(|\breadable_pages\(|"
    r"\bdecidable\(|\bmay_\w+\(|\.is_superuser\b|ALLOTTABLE_ROLES|_require_right\(|_person_fault\(|\.permissions_for_user\(|"
    r"\bmust_have_factor\(|\bowed_by\(|\bended_because\(|\btimed_out\(|\.is_verified\(|require_approval\(|"
    r"\bactor\.pk == |== actor\.pk"
)
#: A function whose name promises an answer to that question is a check, whatever it says.
NAME = re.compile(
    r"\b_?(can|may|must)_\w+$|_(limit_changes|wrote_latest|reviewed_latest)$|\b(holds|departments_as|is_shown|own_or_public)$"
)


def functions_with_checks() -> set[str]:
    """`module:qualified.name` of every shipped function that asks."""
    found = set()
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if LEFT_OUT & set(path.relative_to(ROOT).parts):
                continue
            text = path.read_text(encoding="utf-8")
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found |= {
                f"{module}:{name}"
                for name, body in functions(ast.parse(text), text)
                if CHECK.search(body) or NAME.search(name)
            }
    return found


def functions(node: ast.AST, text: str, outer: str = "") -> list[tuple[str, str]]:
    """Qualified name and body, without its docstring, of every function."""
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            found += functions(child, text, f"{outer}{child.name}.")
        elif isinstance(child, ast.FunctionDef):
            body = child.body[1:] if ast.get_docstring(child) else child.body
            found.append((outer + child.name, "\n".join(ast.get_source_segment(text, part) or "" for part in body)))
    return found
