"""Which statements of the checks a request or a test runs: the only ones that can tell a mutant of them.

The functions of the mutants are compiled anew with a mark before each statement, and put into the running program as a
mutant is (`surgery`). A mutant is then tried against those alone that ran a statement it changes; those that went the
way the check guards (the refusal itself) come first.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tests.matrix.checks import functions
from tests.matrix.surgery import named, place_of, put, target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.matrix.surgery import Edit, Mutant

#: A statement: module and line.
Mark = tuple[str, int]
#: Name under which each module finds what is to be noted.
NOTES = "__ran__"
BODIES = ("body", "orelse", "finalbody")
Seen = TypeVar("Seen")


@dataclass
class Trace:
    """What ran since the last look, and everything that ran each statement, in order."""

    ran: set[Mark] = field(default_factory=set)
    by_mark: dict[Mark, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def note(self, what: Any) -> None:
        """This is what ran since the last note."""
        for mark in self.ran:
            self.by_mark[mark].append(what)
        self.ran.clear()

    def of(self, mutant: Mutant) -> tuple[list[Any], list[Any]]:
        """What went the guarded way of one of its checks, and what else ran one of them."""
        guarded: dict[int, Any] = {}
        others: dict[int, Any] = {}
        for edit in mutant.edits:
            ran, inside = marks_of(edit)
            guarded |= {id(what): what for what in self.by_mark.get(inside or ran, [])}
            others |= {id(what): what for what in self.by_mark.get(ran, [])}
        return list(guarded.values()), [what for key, what in others.items() if key not in guarded]


@contextlib.contextmanager
def traced(names: Iterable[str]) -> Iterator[Trace]:
    """The program as it is, with marks in every function of these (`module:qualified.name`)."""
    trace = Trace()
    wanted = defaultdict(set)
    for module, _colon, where in (name.partition(":") for name in names):
        wanted[module].add(where)
    changes = []
    for module, names in wanted.items():
        vars(importlib.import_module(module))[NOTES] = trace.ran
        functions = [target(module, name) for name in sorted(names)]
        code = compile(marked(module, {function.__qualname__ for function in functions}), file_of(module), "exec")
        changes += [(function, named(code, function.__qualname__)) for function in functions]
    with put(changes):
        yield trace
    for module in wanted:
        del vars(importlib.import_module(module))[NOTES]


def file_of(module: str) -> str:
    """Path of its source."""
    return importlib.import_module(module).__file__ or ""


def tree_of(module: str) -> ast.Module:
    """Its source, parsed."""
    return ast.parse(Path(file_of(module)).read_text(encoding="utf-8"))


def marked(module: str, names: set[str]) -> ast.Module:
    """The module with a mark before each statement of these functions."""
    tree = tree_of(module)
    for name, function in functions(tree):
        if name in names:
            mark_body(function, module)
    return ast.fix_missing_locations(tree)


def mark_body(node: ast.AST, module: str) -> None:
    """A mark before each statement in the bodies of this one and of those below it."""
    for name in BODIES:
        body = getattr(node, name, None)
        if not isinstance(body, list):
            continue
        new = []
        for statement in body:
            mark = ast.parse(f"{NOTES}.add(({module!r}, {statement.lineno}))").body[0]
            new += [ast.copy_location(mark, statement), statement]
            mark_body(statement, module)
        setattr(node, name, new)
    for handler in getattr(node, "handlers", []):
        mark_body(handler, module)


def marks_of(edit: Edit) -> tuple[Mark, Mark | None]:
    """The statement that the edit changes, and the first of what it guards when it is a condition."""
    line = place_of(edit)
    function = next(
        found for name, found in functions(tree_of(edit.module)) if name == target(edit.module, edit.where).__qualname__
    )
    found = max(
        (
            node
            for part in function.body
            for node in ast.walk(part)
            if isinstance(node, ast.stmt) and node.lineno <= line
        ),
        key=lambda node: node.lineno,
    )
    inside = (edit.module, found.body[0].lineno) if isinstance(found, ast.If) else None
    return (edit.module, found.lineno), inside
