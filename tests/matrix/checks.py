"""Where the source asks whether somebody may: found by pattern, so that a new check cannot be left out of the proof."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.matrix.surgery import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.matrix.surgery import Mutant

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
    r"\bactor\.pk == |== actor\.pk|\bhas_foreign_links\(|current\(\)\.filter\(user=(?!self\)\.select)|\bin self\._held\b|"
    r"self\._check_(closed|listing|pages|files)\(|(?<!def )\b(begun_ended|open_door|has_factor|check_own_password)\("
)
#: A function whose name promises an answer to that question is a check, whatever it says.
NAME = re.compile(
    r"\b_?(can|may|must)_\w+$|_(limit_changes|wrote_latest|reviewed_latest)$|\b(holds|departments_as|is_shown|own_or_public)$"
)


class Line(NamedTuple):
    """One line of the source that asks, in a shipped function; `numbers` are those of which one must be changed."""

    module: str
    where: str
    numbers: range
    text: str

    def __str__(self) -> str:
        return f"{self.module}:{self.where} `{self.text}"


def modules() -> Iterator[tuple[str, str]]:
    """Dotted name and source of every shipped module."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if not LEFT_OUT & set(path.relative_to(ROOT).parts):
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                yield name, path.read_text(encoding="utf-8")


def lines_with_checks() -> list[Line]:
    """Every line that asks; a function whose name promises an answer and that asks nobody else counts as one line."""
    found = []
    for module, text in modules():
        lines = text.splitlines()
        for where, function in functions(ast.parse(text)):
            body = function.body[bool(ast.get_docstring(function)) :]
            if not body:
                continue
            numbers = range(body[0].lineno, (function.end_lineno or 0) + 1)
            asking = [range(number, number + 1) for number in numbers if CHECK.search(lines[number - 1])]
            if not asking and NAME.search(where):
                asking = [numbers]
            found += [Line(module, where, asked, lines[asked.start - 1].strip()) for asked in asking]
    return found


def touched(mutants: Iterable[Mutant]) -> dict[str, set[int]]:
    """Of every module the lines that some mutant changes, with the condition or the refusal that go with them."""
    found: dict[str, set[int]] = defaultdict(set)
    for edit in {edit for mutant in mutants for edit in mutant.edits}:
        first = place_of(edit)
        found[edit.module] |= set(range(first, first + edit.old.count("\n") + 1))
    for module, text in modules():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.If):
                condition = set(range(node.lineno, (node.test.end_lineno or 0) + 1))
                refusal = {statement.lineno for statement in node.body}
                if found[module] & condition:
                    found[module] |= refusal
                elif len(refusal) == 1 and found[module] & refusal:
                    found[module] |= condition
    return found


def functions(node: ast.AST, outer: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Qualified name and tree of every function of a module."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from functions(child, f"{outer}{child.name}.")
        elif isinstance(child, ast.FunctionDef):
            yield outer + child.name, child
