"""How long the screen stands still while 100,000 rows are opened, searched and sorted.

A task that wants to wake every 5 ms says how much later it woke. Besides that: how long it takes
from Enter in History until the rows are there.

    python tests/benchmarks/screen_stalls.py [--rows 100000] [--api v3]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from tui_app.fetch import Cancel
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.records.panel import RecordsPanel

ROWS_A_PAGE = {"v3": 10_000, "v4": 100}
LISTS = {"v3": "species/page", "v4": "red_list_categories/LC"}


class Watch:
    """Wakes every 5 ms, and notes how much too late it was."""

    def __init__(self) -> None:
        self.worst_ms = 0.0

    async def go(self) -> None:
        """Until it is cancelled."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            self.worst_ms = max(self.worst_ms, (time.perf_counter() - before - 0.005) * 1000)

    def take(self) -> float:
        """The worst since last asked, in ms."""
        worst, self.worst_ms = self.worst_ms, 0.0
        return worst


def fill(settings: Settings, pages: int) -> int:
    """Fetch the rows; how many there are."""
    service = Service(settings)
    try:
        query = make_query([LISTS[settings.api]], settings.api)
        return service.fetch(query, settings, observer=lambda _: None, cancel=Cancel()).records
    finally:
        service.close()


async def measure(settings: Settings) -> None:
    """Open, search, sort, and print."""
    app = RedListApp(settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(1.0)  # the look at the past, and what is imported for it
        await app._settle()  # as it does in a terminal
        watch = Watch()
        watching = asyncio.create_task(watch.go())
        await pilot.press("h")
        await pilot.pause(0.5)
        watch.take()
        began = time.perf_counter()
        await pilot.press("enter")
        panel = app.main.query_one(RecordsPanel)
        while not panel.border_subtitle:
            await asyncio.sleep(0.002)
        print(f"opened     {time.perf_counter() - began:6.3f} s  worst {watch.take():6.1f} ms")
        await pilot.press("3")
        await pilot.pause(0.3)
        watch.take()
        for what, keys in (
            ("searched", ("slash", "a", "e")),
            ("cleared", ("escape",)),
            ("sorted", ("right", "right", "s")),
        ):
            before = panel.table.sheet
            began = time.perf_counter()
            await pilot.press(*keys)
            while panel.table.sheet is before:
                await asyncio.sleep(0.002)
            print(f"{what:10} {time.perf_counter() - began:6.3f} s  worst {watch.take():6.1f} ms")
        watching.cancel()


def main() -> None:
    """See the module."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    ask.add_argument("--rows", type=int, default=100_000)
    ask.add_argument("--api", choices=("v3", "v4"), default="v3")
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory() as home:
        pages = -(-asked.rows // ROWS_A_PAGE[asked.api])
        settings = Settings(
            demo_profile="fast", api=asked.api, pages=pages, home=Path(home), method="threads"
        )
        print(f"{fill(settings, pages):,} rows, API {asked.api}; goal: 0.3 s, 50 ms")
        asyncio.run(measure(settings))


if __name__ == "__main__":
    main()
