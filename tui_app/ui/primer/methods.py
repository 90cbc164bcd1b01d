"""One set of requests by three methods."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui_app.fetch import Plan, run
from tui_app.methods import DEFAULT_METHODS as METHODS

from .. import text
from .lesson import Lesson
from .race import SPECIES, Race, in_words


def three_methods(race: MethodsRace) -> None:
    """Fetch the same pages by every method."""
    plan = Plan(SPECIES, race.server, pages=race.pages)
    for method in METHODS:
        each = replace(plan, method=method, run=method)
        run(each, race.tell, race.cancel)


class MethodsRace(Race):
    """Where there is waiting to do."""

    def found(self) -> str:
        """See :class:`Race`."""
        took_s = self.took_s()
        fastest = min(took_s, key=lambda method: took_s[method])
        said = f"{self.pages} pages took {in_words(took_s)}."
        if fastest == "sequential":
            return f"{said} This time nothing was gained by asking for several at once."
        answers_s = sum(self.watch.views[fastest].latencies_ms) / 1000
        return (
            f"{said} By {fastest} it went {took_s['sequential'] / took_s[fastest]:.1f} times as "
            f"fast as one at a time: the answers took {text.seconds(answers_s)} in all there, too, "
            "but they overlapped."
        )


METHODS_LESSON: Final = Lesson(
    name="Methods",
    title="The same requests by three methods",
    words=(
        "A row is a request: ━ waits for the server, █ is its answer. The first page says how "
        "many there are; then threads and asyncio wait for all the others at once, sequential "
        "for one after another. All ask for the same pages, on the same scale of time. "
        "Look at the lengths: a request is no faster, there are only more of them at a time."
    ),
    code=(three_methods,),
    trial=MethodsRace,
    pages=8,
    profile="typical",
    abreast=True,
)
