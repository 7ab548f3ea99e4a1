"""A check taken out of the running program: the work tree is never touched.

A mutant replaces text inside a function; the function's code object is compiled from the changed source and put into
the running function, so the world need not be made anew.
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


@dataclass(frozen=True)
class Edit:
    """In the function at `where` of `module`, the text `old` becomes `new`."""

    module: str
    where: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """Edits, and where they must show: addresses of the matrix (beginnings of their keys), or files of tests."""

    edits: tuple[Edit, ...]
    shown_by: tuple[str, ...]

    @property
    def doors(self) -> tuple[str, ...]:
        return tuple(name for name in self.shown_by if not name.endswith(".py"))

    @property
    def tests(self) -> tuple[str, ...]:
        return tuple(name for name in self.shown_by if name.endswith(".py"))

    def __str__(self) -> str:
        return " + ".join(f"{edit.module}:{edit.where} `{edit.old}` -> `{edit.new}`" for edit in self.edits)


def one(module: str, where: str, old: str, new: str, *shown_by: str) -> Mutant:
    """A mutant of one edit."""
    return Mutant((Edit(module, where, old, new),), shown_by)


def pair(*edits: tuple[str, str, str, str], shown_by: tuple[str, ...]) -> Mutant:
    """A check and the layer that repeats it."""
    return Mutant(tuple(Edit(*edit) for edit in edits), shown_by)


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
