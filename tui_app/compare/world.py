"""What a simulated run meets: how long answers take, what they share, what fails, what it costs.

A :class:`World` is estimated from what was measured (:mod:`tui_app.compare.estimate`), and drawn
from by :mod:`tui_app.compare.simulation`.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tui_app.redlist import Kind, Operation

Sort = str
"""What requests take alike: those of one :data:`Sort` are drawn from the same latencies."""

PAGE: Final[Sort] = "list page"
ASSESSMENT: Final[Sort] = "full assessment"

FEW: Final = 20
"""With fewer latencies than these their spread is not known: a log-normal one stands for it."""

USUAL_SPREAD: Final = 0.2
"""Sigma of the logarithm that is assumed before anything is measured, worth so many latencies:"""
USUAL_WORTH: Final = 4


def sort_of(operation: Operation) -> Sort:
    """What sort of answer an operation gives: ``list page``, ``full assessment`` and so on."""
    if operation.paged:
        return PAGE
    if operation.gives_assessment:
        return ASSESSMENT
    return "taxon" if operation.kind is Kind.RECORD else operation.kind.value


@dataclass(frozen=True, slots=True)
class Latencies:
    """How long answers of one sort take, as was measured.

    Attributes:
        seconds: each from the request's leaving to the end of the answer, were it alone.
        own: the same by the request's label, where a request was found to take its own time,
            whenever it is asked: then it is drawn from these.
    """

    seconds: tuple[float, ...]
    own: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def drawer(self, rng: random.Random, luck: float = 0.5) -> Callable[[str], float]:
        """Gives a latency for a request's label, each time another one.

        Args:
            rng: the source of chance.
            luck: where, from 0 to 1, the truth lies in what so few measurements leave open:
                0.1 is better than nine tenths of it, 0.5 the middle.
        """
        scale = self.scale(luck)
        anyone = self._fitted(rng, scale) if len(self.seconds) < FEW else self._drawn(rng, scale)
        own = self.own
        if not own:
            return lambda label: anyone()

        def draw(label: str) -> float:
            known = own.get(label)
            return anyone() if known is None else known[int(rng.random() * len(known))]

        return draw

    def scale(self, luck: float) -> float:
        """How many times longer than measured all may take, at that luck."""
        degrees = USUAL_WORTH + len(self.seconds) - 1
        error = self._spread() / math.sqrt(len(self.seconds))
        return math.exp(_student(luck, degrees) * error)

    def _spread(self) -> float:
        """Sigma of the logarithm: what is usual, moved by what was measured."""
        logs = [math.log(max(one, 1e-6)) for one in self.seconds]
        mean = statistics.fmean(logs)
        squares = sum((one - mean) ** 2 for one in logs) + USUAL_WORTH * USUAL_SPREAD**2
        return math.sqrt(squares / (USUAL_WORTH + len(logs) - 1))

    def _fitted(self, rng: random.Random, scale: float) -> Callable[[], float]:
        sigma = self._spread()
        median = scale * statistics.fmean(self.seconds) / math.exp(sigma**2 / 2)
        return lambda: median * math.exp(sigma * rng.gauss(0, 1))

    def _drawn(self, rng: random.Random, scale: float) -> Callable[[], float]:
        seconds, count, chance = self.seconds, len(self.seconds), rng.random
        return lambda: scale * seconds[int(chance() * count)]


def _student(luck: float, degrees: int) -> float:
    """A quantile of Student's t, by its expansion around the normal one (Abramowitz, 26.7.5)."""
    z = statistics.NormalDist().inv_cdf(min(max(luck, 1e-6), 1 - 1e-6))
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / degrees + second / degrees**2


@dataclass(frozen=True, slots=True)
class Failing:
    """One kind of failure of one sort of request.

    Attributes:
        kind: as in :mod:`tui_app.redlist.errors`.
        share: of all attempts of that sort.
        retry_after_s: what the server asked to wait, or None.
    """

    kind: str
    share: float
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a method itself costs.

    Attributes:
        request_s: of one processor for each request. Python does one thing at a time, so that
            no two requests are worked on together, in threads or an event loop.
        start_s: once a run, before its first request leaves.
    """

    request_s: float = 0.0
    start_s: float = 0.0


@dataclass(frozen=True, slots=True)
class World:
    """What a simulated run meets.

    Attributes:
        latencies: by sort of request, each as if it were alone.
        setup_s: seconds for a new connection.
        link: how many answers come as fast together as each alone, where they share something
            (a link, a server that does so much at once); more share it evenly. None: any number.
        failing: by sort of request, what befalls its attempts.
        costs: by method.
    """

    latencies: Mapping[Sort, Latencies]
    setup_s: float = 0.0
    link: float | None = None
    failing: Mapping[Sort, tuple[Failing, ...]] = field(default_factory=dict)
    costs: Mapping[str, Cost] = field(default_factory=dict)
