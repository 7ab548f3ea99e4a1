"""What an import or a demo publication did, row by row: data first, Chinese lines second."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

IMPORTED, EXISTING, SKIPPED = "imported", "existing", "skipped"
CARRIED = "carried"
WORDS = {IMPORTED: "已导入草稿", EXISTING: "已存在", SKIPPED: "跳过", CARRIED: "已公开"}


@dataclass
class Outcome:
    """What became of one row.

    Attributes:
        place: where it stands in its file.
        status: one of `WORDS`.
        reason: why it was skipped.
        conflicts: contradictions; the row was imported all the same.
        warnings: what could not be taken over, or needs a look.
        missing: names of what a department must still fill in.
    """

    place: str
    source_id: str = ""
    title: str = ""
    department: str = ""
    status: str = IMPORTED
    reason: str = ""
    page_id: int | None = None
    conflicts: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def line(self) -> str:
        """One line of the printed report."""
        name = " ".join(part for part in (self.source_id, f"《{self.title}》" if self.title else "") if part)
        words = WORDS[self.status] + (f"（{self.department}）" if self.department else "")
        parts = [words + (f"：{self.reason}" if self.reason else "")]
        for label, entries in (("矛盾", self.conflicts), ("提示", self.warnings)):
            if entries:
                parts.append(f"{label}：{'；'.join(entries)}")
        if self.missing:
            parts.append(f"缺少：{'、'.join(self.missing)}")
        return f"{' '.join(part for part in (self.place, name) if part)} {'。'.join(parts)}"


@dataclass
class Report:
    """Outcomes in the order of the file."""

    outcomes: list[Outcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, status: str) -> int:
        """How many rows ended so."""
        return sum(outcome.status == status for outcome in self.outcomes)

    @property
    def contradictory(self) -> list[Outcome]:
        """Imported rows that contradict themselves or another."""
        return [outcome for outcome in self.outcomes if outcome.status == IMPORTED and outcome.conflicts]

    @property
    def incomplete(self) -> list[Outcome]:
        """Imported rows with something still to fill in."""
        return [outcome for outcome in self.outcomes if outcome.status == IMPORTED and outcome.missing]

    def counts(self) -> dict[str, int]:
        """The figures of the event and of the last line."""
        return {
            "rows": len(self.outcomes),
            "imported": self.count(IMPORTED),
            "contradictory": len(self.contradictory),
            "incomplete": len(self.incomplete),
            "existing": self.count(EXISTING),
            "skipped": self.count(SKIPPED),
        }

    def skip_reasons(self) -> Counter[str]:
        """How often each reason occurred."""
        return Counter(outcome.reason for outcome in self.outcomes if outcome.status == SKIPPED)
