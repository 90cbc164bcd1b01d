"""What each method itself costs on this computer, tried on the embedded demo server."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tui_app.compare.estimate import estimate
from tui_app.compare.observed import ObservedRun
from tui_app.compare.world import PAGE, Cost
from tui_app.fetch import Cancel
from tui_app.fetch.events import nobody
from tui_app.redlist import make_query
from tui_app.settings import Settings
from tui_app.store import Store

from .observing import observed_run
from .planning import make_plan
from .recorder import RunRecorder
from .source import Sources

OPERATION: Final = "red_list_categories/CR"
FIRST: Final = "sequential"
MANY: Final = 40
"""Pages of a run that is long enough to tell what a page costs."""
REPEATS: Final = 3


class Calibration:
    """Tries each method once, when that is first needed: it takes a second or two.

    Args:
        sources: start the demo server that answers without a delay.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._found: dict[str, Cost] = {}

    def costs(
        self, methods: Sequence[str], settings: Settings, usual: Cost, cancel: Cancel | None
    ) -> dict[str, Cost]:
        """By method, what a v4 page costs it and what a run does.

        Args:
            methods: those that are wanted; others may be known as well.
            settings: whose seed the demo server has.
            usual: what a page costs, more or less.
            cancel: stops it, so that nothing is found; None: only what was found before.

        Raises:
            SourceError: the demo server did not start.
            UsageError: a method can't be used here; says why.
        """
        new = [method for method in methods if method not in self._found]
        if new and cancel is not None:
            # Beside what is known of: what an answer takes alone is found by one at a time.
            with tempfile.TemporaryDirectory(prefix="iucn-tui-") as folder:
                tried = self._try(dict.fromkeys((FIRST, *new)), settings, Path(folder), cancel)
            if cancel.is_set():
                return {}
            self._found = {**_costs(tried, usual), **self._found}
        return self._found

    def _try(
        self, methods: Iterable[str], settings: Settings, folder: Path, cancel: Cancel
    ) -> list[ObservedRun]:
        methods = tuple(methods)
        settings = replace(
            Settings(), demo_profile="fast", seed=settings.seed, home=folder, fresh=True
        )
        source = self._sources.open(settings)
        store = Store(folder)
        recorder = RunRecorder(store)
        query = make_query([OPERATION])
        tried: list[ObservedRun] = []
        # The first run is the server's, which makes each page once; then each method's own.
        runs = [(FIRST, MANY)]
        runs += [(method, 1) for method in methods]
        runs += [(method, n) for _ in range(REPEATS) for method in methods for n in (1, MANY)]
        try:
            for number, (method, pages) in enumerate(runs):
                if cancel.is_set():
                    break
                plan = replace(
                    make_plan(query, settings, source, method, pages), known_pages={0: pages}
                )
                plan = replace(plan, run=recorder.begin(plan, settings, source))
                recorder.carry(plan, nobody, cancel)
                if number > len(methods):
                    tried.append(observed_run(store.run(plan.run), store.attempts(plan.run)))
        finally:
            store.close()
        return tried


def _costs(tried: list[ObservedRun], usual: Cost) -> dict[str, Cost]:
    many = [run for run in tried if run.requests == MANY]
    world = estimate(many, usual).world
    answer_s = world.setup_s + statistics.fmean(world.latencies[PAGE].seconds)
    found: dict[str, Cost] = {}
    for method, cost in world.costs.items():
        ones = [run.seconds for run in tried if run.method == method and run.requests == 1]
        whole_s = statistics.median([one for one in ones if one is not None] or [0.0])
        found[method] = Cost(cost.request_s, max(0.0, whole_s - answer_s - cost.request_s))
    return found
