"""When nothing helps: the pace."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean
from typing import Final

from tui_app.fetch import Plan, run
from tui_app.methods import DEFAULT_METHODS as METHODS

from .. import text
from .lesson import Lesson
from .race import SPECIES, Race, in_words, sent_at

ALIKE: Final = 0.1
"""Times that differ by no more than this part of the longest are told as alike."""


def at_a_pace(race: PaceRace) -> None:
    """Fetch the same pages by every method, five a second."""
    plan = Plan(SPECIES, race.server, pages=race.pages, rate=5)
    for method in METHODS:
        each = replace(plan, method=method, run=method)
        run(each, race.tell, race.cancel)


class PaceRace(Race):
    """Where there is waiting to do, for one's turn."""

    def found(self) -> str:
        """See :class:`Race`."""
        took_s = self.took_s()
        left = [sent_at(view) for view in self.watch.views.values()]
        gaps = [(times[-1] - times[0]) / (len(times) - 1) for times in left if len(times) > 1]
        every = f" A request left every {text.seconds(fmean(gaps))}" if gaps else " A request left"
        said = f"{self.pages} pages took {in_words(took_s)}.{every}, whoever sent it"
        longest, shortest = max(took_s.values()), min(took_s.values())
        if longest - shortest > ALIKE * longest:
            return f"{said}; this time that was not all that counted."
        return (
            f"{said}: all three were equally fast, for the pace decides. IUCN asks for half a "
            "second between requests, and there, too, no method gains anything."
        )


PACE: Final = Lesson(
    name="Pace",
    title="When nothing helps: the pace",
    words=(
        "This server answers in a tenth of a second, but may be asked five times a second and no "
        "more often. ░ is a request that waits for its turn: all of them could be on their way "
        "at once, and none may. Look at how the requests begin, in all three."
    ),
    code=(at_a_pace,),
    trial=PaceRace,
    pages=8,
    profile="fast",
    delay_s=0.1,
    abreast=True,
)
