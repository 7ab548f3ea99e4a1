"""How long parts of our own code take inside a real call: a clock around what is called, and nothing else changed."""

from __future__ import annotations

import signal
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import FrameType

#: The module of Django that carries out what an execute wrapper hands on.
_STATEMENTS = "django.db.backends.utils"


class Watch:
    """Sums the seconds spent in a method, outermost calls only."""

    def __init__(self, owner: type, name: str) -> None:
        self.owner, self.name = owner, name
        self.seconds = 0.0
        self.depth = 0

    def __enter__(self) -> Self:
        self.original = getattr(self.owner, self.name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            self.depth += 1
            start = perf_counter()
            try:
                return self.original(*args, **kwargs)
            finally:
                self.depth -= 1
                if not self.depth:
                    self.seconds += perf_counter() - start

        setattr(self.owner, self.name, watched)
        return self

    def __exit__(self, *error: object) -> None:
        setattr(self.owner, self.name, self.original)


class Sampler:
    """The share of a call's time that is spent in a package, with all that it calls: `inside` and `total` seconds.

    A timer looks every half millisecond where the main thread is, and counts what has passed since it last looked: a long
    call into C, which no signal interrupts, counts whole for whoever made it.
    """

    EVERY = 0.0005

    def __init__(self, package: str) -> None:
        self.package = package
        self.inside = self.total = 0.0

    def __enter__(self) -> Self:
        self.before = signal.signal(signal.SIGALRM, self._look)
        self.last = perf_counter()
        signal.setitimer(signal.ITIMER_REAL, self.EVERY, self.EVERY)
        return self

    def __exit__(self, *error: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self.before)

    def _look(self, number: int, frame: FrameType | None) -> None:
        now = perf_counter()
        passed, self.last = now - self.last, now
        self.total += passed
        called = ""
        while frame is not None:
            name = frame.f_globals.get("__name__", "")
            # What watches every statement hands it on: the statement is not its own work.
            if (name == self.package or name.startswith(self.package + ".")) and called != _STATEMENTS:
                self.inside += passed
                return
            called, frame = name, frame.f_back
