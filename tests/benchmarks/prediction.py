"""How near forecasts come: foretells, fetches, and prints the one over the other.

    PYTHONPATH=. python tests/benchmarks/prediction.py [--profiles fast,typical,…] [--pages 5,20,60]

For each profile of the demo server, page count and method: the forecast over what the fetch then
took (the median of ``--repeats``), from three probes; from the kept answers of another list, so
that no page was measured before; and from those of the very same pages. The goal is 0.9 to 1.1,
else ``!``. ``in`` says that what it took was in the range that was foretold.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.goals import Line
from tui_app.compare.forecast import Forecast, ForecastRow
from tui_app.demo import DemoServer
from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings

LIST = make_query(["red_list_categories/CR"])
OTHER = make_query(["red_list_categories/EN"])
PROFILES = "fast,typical,iucn,notebook,flaky"
OFF = 0.1
LEAST, MOST = 1 - OFF, 1 + OFF


class Trial:
    """One profile: its forecasts, and the fetches that are measured beside them.

    Args:
        profile: of the demo server.
        counts: numbers of pages.
        repeats: how often each fetch is measured.
    """

    def __init__(self, profile: str, counts: list[int], repeats: int) -> None:
        self.profile = profile
        self.counts = counts
        self.repeats = repeats
        self.ratios: dict[str, list[float]] = defaultdict(list)
        self.within: dict[str, int] = defaultdict(int)

    def measure(self) -> None:
        """Foretell and fetch all of it, and print."""
        with ExitStack() as stack:
            server = stack.enter_context(DemoServer(profile=self.profile))
            # A stalled answer of the flaky server costs a whole time-out.
            patience_s = 3.0 if self.profile == "flaky" else 60.0

            def knows_nothing() -> tuple[Service, Settings]:
                home = Path(stack.enter_context(TemporaryDirectory()))
                settings = Settings(
                    source="live", base_url=server.base_url, fresh=True, home=home,
                    timeout_s=patience_s,
                )  # fmt: skip
                return stack.enter_context(closing(Service(settings))), settings

            self._fetch_all(*knows_nothing(), [LIST, OTHER])  # makes the server's pages
            foretold = {"probes": self._foretell(*knows_nothing())}
            service, settings = knows_nothing()
            self._fetch_all(service, settings, [OTHER])
            foretold["others"] = self._foretell(service, settings)
            service, settings = knows_nothing()
            self._fetch_all(service, settings, [LIST])
            foretold["same"] = self._foretell(service, settings)
            service, settings = knows_nothing()
            for pages in self.counts:
                for method in DEFAULT_METHODS:
                    how = replace(settings, pages=pages, method=method)
                    times = [service.fetch(LIST, how).seconds for _ in range(self.repeats)]
                    self._print(pages, method, statistics.median(times), foretold)
        self._sum_up()

    def _fetch_all(self, service: Service, settings: Settings, queries: list) -> None:
        for method in DEFAULT_METHODS:
            for query in queries:
                service.fetch(query, replace(settings, pages=max(self.counts), method=method))

    def _foretell(self, service: Service, settings: Settings) -> dict[int, Forecast]:
        found = {}
        for pages in self.counts:
            forecast = service.forecast(LIST, replace(settings, pages=pages))
            assert forecast is not None
            found[pages] = forecast
        return found

    def _print(
        self, pages: int, method: str, took_s: float, foretold: dict[str, dict[int, Forecast]]
    ) -> None:
        said = []
        for name, forecasts in foretold.items():
            row = _row(forecasts[pages], method)
            ratio, within = row.seconds / took_s, row.low <= took_s <= row.high
            self.ratios[name].append(ratio)
            self.within[name] += within
            mark = " " if LEAST <= ratio <= MOST else "!"
            said.append(
                f"{name} {row.seconds:7.3f} ({row.low:7.3f} to {row.high:7.3f}) "
                f"{ratio:4.2f}{mark}{'in' if within else '  '}"
            )
        print(
            f"{self.profile:<9}{method:<11}{pages:>4}{took_s:8.3f} s  {'  '.join(said)}", flush=True
        )

    def _sum_up(self) -> None:
        for name, ratios in self.ratios.items():
            near = sum(LEAST <= ratio <= MOST for ratio in ratios)
            worst = max(ratios, key=lambda ratio: abs(ratio - 1))
            print(
                f"{self.profile:<9}from {name}: {near} of {len(ratios)} within 10 %, "
                f"median {statistics.median(ratios):.2f}, worst {worst:.2f}, "
                f"{self.within[name]} in the range",
                flush=True,
            )


def _row(forecast: Forecast, method: str) -> ForecastRow:
    flying = 1 if method == "sequential" else forecast.settings["concurrency"]
    return next(row for row in forecast.rows if (row.method, row.concurrency) == (method, flying))


def from_probes(profile: str, counts: Sequence[int]) -> Iterator[Line]:
    """How far forecasts from three probes are off, a fetch each: the median and the worst."""
    ratios = []
    with ExitStack() as stack:
        server = stack.enter_context(DemoServer(profile=profile))

        def fresh() -> tuple[Service, Settings]:
            home = Path(stack.enter_context(TemporaryDirectory()))
            settings = Settings(source="live", base_url=server.base_url, fresh=True, home=home)
            return stack.enter_context(closing(Service(settings))), settings

        service, settings = fresh()
        service.fetch(LIST, replace(settings, pages=max(counts)))  # makes the server's pages
        knows_nothing, _ = fresh()
        for pages in counts:
            forecast = knows_nothing.forecast(LIST, replace(settings, pages=pages))
            assert forecast is not None
            for method in DEFAULT_METHODS:
                took_s = service.fetch(LIST, replace(settings, pages=pages, method=method)).seconds
                ratios.append(_row(forecast, method).seconds / took_s)
    off = [abs(ratio - 1) for ratio in ratios]
    worst = max(ratios, key=lambda ratio: abs(ratio - 1))
    detail = f"worst forecast {worst:.2f} of what it took, {len(off)} fetches"
    yield Line(f"forecast on {profile}: off, median", statistics.median(off), OFF, detail=detail)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--profiles", default=PROFILES)
    parser.add_argument("--pages", default="5,20,60")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    for profile in given.profiles.split(","):
        Trial(profile, [int(text) for text in given.pages.split(",")], given.repeats).measure()


if __name__ == "__main__":
    main()
