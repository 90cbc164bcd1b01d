"""One line of a benchmark: what was measured, beside its goal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Line:
    """A figure and its goal: at most ``goal``, or at least, as ``least`` says."""

    name: str
    value: float
    goal: float
    least: bool = False
    detail: str = ""  # the spread, or what it is made of

    @property
    def met(self) -> bool:
        """Whether the goal was reached."""
        return self.value >= self.goal if self.least else self.value <= self.goal

    def __str__(self) -> str:
        sign, verdict = ">=" if self.least else "<=", "met" if self.met else "NOT MET"
        text = f"{self.name:<52} {self.value:8.3f}  {sign} {self.goal:<6g} {verdict:<8}"
        return f"{text} {self.detail}".rstrip()


def middle(
    name: str, found: list[float], goal: float, *, least: bool = False, detail: str = ""
) -> Line:
    """The line of a median, with the spread."""
    spread = f"{min(found):.3f}-{max(found):.3f}" if len(found) > 1 else ""
    return Line(name, median(found), goal, least, "  ".join(filter(None, (spread, detail))))


def show(lines: Iterable[Line]) -> int:
    """Print lines as they come; how many goals were missed."""
    missed = 0
    for line in lines:
        print(line, flush=True)
        missed += not line.met
    return missed
