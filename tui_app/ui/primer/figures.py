"""The lessons on figures: a prediction beside its result, and latency with and without waiting."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from statistics import median
from typing import Final

from tui_app.fetch import Plan, run
from tui_app.redlist.text import counted
from tui_app.report.phases import Phase

from .. import text
from ..runview import RequestRow
from .fetching import Race
from .lesson import SPECIES, Dial, Lesson
from .timeline import WAIT, Pane, Stroke, TimeLane, painter

GUESS: Final = "prediction"
_METHODS: Final = ("sequential", "asyncio")
_IN_FLIGHT: Final = 4
_CLOSE: Final = 0.25
"""A prediction that is off by no more than this part of the result is close."""


def four_in_flight(race: Race) -> None:
    """Fetch the same pages one by one, then with four requests in flight."""
    plan = Plan(SPECIES, race.server, pages=race.pages, concurrency=4)
    for method in ("sequential", "asyncio"):
        each = replace(plan, method=method, run=method)
        run(each, race.tell, race.cancel)


class Prediction(Race):
    """A guess that is drawn beside what was measured."""

    def panes(self) -> tuple[str, ...]:
        """The methods, and the guess."""
        return (*_METHODS, GUESS)

    def pane(self, name: str, now: float) -> Pane:
        """See :class:`Race`; of the guess, a bar as long as it says."""
        if name != GUESS:
            return super().pane(name, now)
        view = self.views.get(_METHODS[0])
        if view is None or view.ended is None:
            return Pane(f"your prediction: {self.dial:g}×", ())
        guess_s = view.elapsed_s(now) / self.dial
        bar = painter([Stroke(0.0, guess_s, WAIT, "heading")])
        return Pane(
            f"your prediction: {self.dial:g}×", (TimeLane("", bar),), guess_s, text.seconds(guess_s)
        )

    def found(self) -> str:
        """See :class:`Race`."""
        took_s = self.took_s()
        times = took_s["sequential"] / took_s["asyncio"]
        close = "close" if abs(self.dial / times - 1) <= _CLOSE else "off"
        turns = 1 + ceil((self.pages - 1) / _IN_FLIGHT)
        return (
            f"You predicted {self.dial:g}×; asyncio was {times:.1f}× faster than sequential: "
            f"{close}. The first page tells how many pages there are, so it is fetched alone. The "
            f"other {self.pages - 1} take {turns - 1} turns with {_IN_FLIGHT} in flight: "
            f"{turns} turns instead of {self.pages}, at best {self.pages / turns:.1f}×."
        )


PREDICT: Final = Lesson(
    name="Predict",
    title="Predict, then run",
    words=(
        "A server takes about 0.3 s per page. How many times as fast as sequential is asyncio with "
        "four requests in flight, for eight pages? Set your prediction, then run. The result is "
        "drawn beside it."
    ),
    code=(four_in_flight,),
    trial=Prediction,
    pages=8,
    profile="typical",
    dial=Dial("prediction", tuple(map(float, range(1, 9))), 4.0),
)


def one_run(race: Race) -> None:
    """Fetch the pages once, at five requests per second."""
    plan = Plan(SPECIES, race.server, "asyncio", pages=race.pages, rate=5)
    run(replace(plan, run="asyncio"), race.tell, race.cancel)


FROM_SENDING: Final = "counted from sending"
FROM_INTENT: Final = "counted from the intended start"


class BothLatencies(Race):
    """One run, whose latencies are counted in two ways."""

    def panes(self) -> tuple[str, ...]:
        """The two ways."""
        return FROM_SENDING, FROM_INTENT

    def pane(self, name: str, now: float) -> Pane:
        """A bar per request, each from the left edge: its latency in this way."""
        rows = [row for view in self.views.values() for row in view.rows]
        lanes, longest_s = [], 0.0
        for number, row in enumerate(rows, start=1):
            start, end = self._ends(name, row, now)
            sent = max(start, end if row.started is None else row.started)
            strokes = [
                Stroke(0.0, sent - start, Phase.PACED.glyph, Phase.PACED.key),
                Stroke(sent - start, end - start, WAIT, Phase.WAIT.key),
            ]
            drawn = [one for one in strokes if one.stop_s > one.start_s]
            longest_s = max(longest_s, end - start)
            lanes.append(TimeLane(str(number), painter(drawn), f"{text.seconds(end - start):>7}"))
        return Pane(name, tuple(lanes), longest_s)

    def found(self) -> str:
        """See :class:`Race`."""
        rows = [row for view in self.views.values() for row in view.rows]
        figures = []
        for name in self.panes():
            ends = (self._ends(name, row, 0.0) for row in rows)
            spans = sorted(end - start for start, end in ends)
            figures.append(f"p50 {text.seconds(median(spans))}, max {text.seconds(spans[-1])}")
        return (
            f"The same {counted(len(rows), 'request')}: {FROM_SENDING}, {figures[0]}; "
            f"{FROM_INTENT}, {figures[1]}. The first is the latency of the server. The second "
            "includes the wait for the rate limit, which is this program's own. So this program "
            "reports the two separately."
        )

    @staticmethod
    def _ends(name: str, row: RequestRow, now: float) -> tuple[float, float]:
        end, first = row.end_by(now), row.owner.rows[0]
        if name == FROM_SENDING:
            return (end if row.started is None else row.started), end
        # The first page tells that there are others: all of them could be sent from then on.
        known = row.began if row is first or first.ended is None else first.ended
        return min(known, row.began), end


LATENCY: Final = Lesson(
    name="Latency",
    title="Waiting for the rate limit is not latency",
    words=(
        "One run at five requests per second, seen in two ways. ━ waits for the server; ░ waits "
        "for the rate limit. A load test that starts its clock when a request is sent never "
        "measures the wait before it (coordinated omission). From the intended start, that is from "
        "when a request could have been sent, the same run looks different."
    ),
    code=(one_run,),
    trial=BothLatencies,
    pages=8,
    profile="fast",
    delay_s=0.1,
    abreast=True,
)
