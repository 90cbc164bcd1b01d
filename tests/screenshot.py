"""Makes the README's picture: ``python -m tests.screenshot OUT.svg [WIDTH HEIGHT]``.

Opens the application without a terminal, runs the default comparison on the demo server's
typical profile to its end, and saves what the screen shows.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tui_app.settings import Settings
from tui_app.ui.app import RedListApp


async def take(out: Path, size: tuple[int, int], profile: str = "typical") -> None:
    """Run the comparison and save the picture."""
    with tempfile.TemporaryDirectory() as home:
        app = RedListApp(Settings(home=Path(home), demo_profile=profile))  # type: ignore[arg-type]
        async with app.run_test(size=size) as pilot:
            await pilot.press("f5")
            job = app.main.job
            assert job is not None
            while job.model.status.busy:
                await pilot.pause(0.2)
            await pilot.pause(0.5)
            print(job.model.sentence)
            out.write_text(app.export_screenshot(title="iucn-tui"), encoding="utf-8")


if __name__ == "__main__":
    width, height = (int(text) for text in sys.argv[2:4]) if len(sys.argv) > 3 else (120, 40)
    asyncio.run(take(Path(sys.argv[1]), (width, height)))
