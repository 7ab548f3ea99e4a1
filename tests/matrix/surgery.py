"""A check taken out of the running program: the work tree is never touched.

A mutant replaces text inside a function; the function's code object is compiled from the changed source and put into
the running function, so the world need not be made anew.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


@dataclass(frozen=True)
class Edit:
    """In the function at `where` of `module`, the text `old` becomes `new`."""

    module: str
    where: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """Edits, and the tests (`file.py::test_name`) in which they must show; without any it must show in the matrix."""

    edits: tuple[Edit, ...]
    tests: tuple[str, ...] = ()

    @property
    def layers(self) -> Mutant | None:
        """Of a pair: without the check itself, the layers alone that repeat it."""
        return Mutant(self.edits[1:], self.tests) if len(self.edits) > 1 else None

    def __str__(self) -> str:
        return " + ".join(f"{edit.module}:{edit.where} `{edit.old}` -> `{edit.new}`" for edit in self.edits)


def one(module: str, where: str, old: str, new: str, *tests: str) -> Mutant:
    """A mutant of one edit."""
    return Mutant((Edit(module, where, old, new),), tests)


def pair(*edits: tuple[str, str, str, str], tests: tuple[str, ...] = ()) -> Mutant:
    """A check and the layers that repeat it."""
    return Mutant(tuple(Edit(*edit) for edit in edits), tests)


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


def source_of(edit: Edit) -> tuple[list[str], int, int]:
    """Lines of the module, and the first and the one after the last of the function."""
    lines = (
        Path(importlib.import_module(edit.module).__file__ or "").read_text(encoding="utf-8").splitlines(keepends=True)
    )
    first = target(edit.module, edit.where).__code__.co_firstlineno - 1
    return lines, first, first + length("".join(lines[first:]))


def place_of(edit: Edit) -> int:
    """Line of the module on which the text begins that the edit changes. Raises ValueError when it is not there."""
    lines, first, last = source_of(edit)
    before, found, _after = "".join(lines[first:last]).partition(edit.old)
    if not found:
        raise ValueError(
            f"{edit.module}:{edit.where} no longer says `{edit.old}`: mend MUTANTS in tests/matrix/mutants.py"
        )
    return first + 1 + before.count("\n")


@functools.cache
def mutated_code(*edits: Edit) -> CodeType:
    """Code of the one function with the edits made. Raises ValueError when the source no longer says what is removed."""
    edit = edits[0]
    function, (lines, first, last) = target(edit.module, edit.where), source_of(edit)
    text = "".join(lines[first:last])
    for one in edits:
        place_of(one)
        text = text.replace(one.old, one.new, 1)
    changed = "".join(lines[:first]) + text + "".join(lines[last:])
    code = named(compile(changed, function.__code__.co_filename, "exec"), function.__qualname__)
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


def applied(mutant: Mutant) -> AbstractContextManager[None]:
    """The program with the checks removed, for as long as it lasts."""
    functions: dict[FunctionType, list[Edit]] = {}
    for edit in mutant.edits:
        functions.setdefault(target(edit.module, edit.where), []).append(edit)
    return put([(function, mutated_code(*edits)) for function, edits in functions.items()])


@contextlib.contextmanager
def put(changes: list[tuple[FunctionType, CodeType]]) -> Iterator[None]:
    """Other code in these functions, for as long as it lasts."""
    before = [(function, function.__code__) for function, _code in changes]
    try:
        for function, code in changes:
            function.__code__ = code
        yield
    finally:
        for function, code in before:
            function.__code__ = code
