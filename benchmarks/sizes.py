"""How much is measured: the full sizes, and the environment variables that make a run smaller."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "HUIQITONG_BENCH_"


@dataclass(frozen=True)
class Sizes:
    """Each field by its name in capitals behind HUIQITONG_BENCH_; HUIQITONG_BENCH_SCALE=0.05 multiplies the numbers of rows.

    `clocks`: of the duty engine. `pages`: public pages of `length` characters for serving, listing, search and writing.
    `few`, `many`: public pages of `short` characters between which writing may not slow down. `rounds`: A B A B ….
    `seconds`: how long each load lasts. `writes`: drafts and publications of each round.
    """

    clocks: int = 1_000_000
    pages: int = 10_000
    length: int = 5_000
    few: int = 1_000
    many: int = 100_000
    short: int = 300
    rounds: int = 5
    seconds: float = 2.0
    writes: int = 4

    @classmethod
    def asked(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The sizes that the environment asks for."""
        scale = float(environment.get(PREFIX + "SCALE", "1"))
        values: dict[str, float] = {}
        for field in fields(cls):
            value = field.default
            if field.name in ("clocks", "pages", "few", "many"):
                value = max(200, int(value * scale))
            given = environment.get(PREFIX + field.name.upper())
            values[field.name] = type(field.default)(given) if given else value
        return cls(**values)  # type: ignore[arg-type]

    @property
    def is_full(self) -> bool:
        """Whether this is what the limits are about."""
        return self == type(self)()

    def hits(self) -> list[int]:
        """How many pages hold each planted word: 60, 700 and 10,000 of 10,000."""
        return [max(3, self.pages * 6 // 1000), max(6, self.pages * 7 // 100), self.pages]

    def __str__(self) -> str:
        text = f"{self.pages:,} pages of {self.length:,} characters, {self.clocks:,} clocks"
        return text if self.is_full else f"REDUCED: {text}, no judgement of the limits"
