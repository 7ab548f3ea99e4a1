"""A side of a comparison as a process of its own that is asked in turn: one JSON object a line, in and out.

Two Django projects cannot live in one process, and the sides must take turns within seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class SideError(RuntimeError):
    """A side could not do what it was asked for; the message is its own."""


class Side:
    """The parent's end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, command: str, **arguments: Any) -> Any:
        """Let the side carry out a command and return its answer. Raises SideError when it fails or is gone."""
        if self.process.stdin is None or self.process.stdout is None:
            raise SideError("no pipes")
        try:
            self.process.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise SideError(f"{command}: the process is gone") from error
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the process ended"}
        if "error" in answer:
            raise SideError(f"{command}: {answer['error']}")
        return answer["answer"]


@contextmanager
def side(python: str, module: str, environment: Mapping[str, str]) -> Iterator[Side]:
    """Start `python -m module` and end it at the end; its own messages go to our standard error."""
    process = subprocess.Popen(
        [python, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**environment}
    )
    try:
        yield Side(process)
    finally:
        process.kill()
        process.communicate()  # closes the pipes too


def answer_all(commands: Mapping[str, Callable[..., Any]]) -> None:
    """The side's end: carry out what is asked until the parent closes the pipe. What is printed goes to standard error."""
    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            told = {"answer": commands[asked.pop("do")](**asked)}
        except Exception as error:
            import traceback

            traceback.print_exc()
            told = {"error": f"{type(error).__name__}: {error}"}
        pipe.write(json.dumps(told) + "\n")
        pipe.flush()
