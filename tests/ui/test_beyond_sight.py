"""What can be read: contrast as it is drawn, in both themes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from textual.pilot import Pilot

from tests.support.screens import ScriptedService, kept_run, play, scripted_app, until, until_done
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.categories import contrast
from tui_app.ui.chart.panel import CHARTS
from tui_app.ui.dialogs.help import HelpScreen
from tui_app.ui.history.screen import HistoryScreen

ENOUGH = 4.5
"""WCAG 2.2, 1.4.3, for text."""
IDLE = ("F8", "Stop", "F8 Stop", "Stop F8")
"""What can't be done now may be dim (WCAG excepts it)."""


def faint(app: RedListApp) -> Iterator[str]:
    """Words on the screen that are hard to read."""
    dialogs = app.screen.query(".dialog")  # what is behind one is dim on purpose
    region = dialogs.first().region if dialogs else app.screen.region
    strips = list(app.screen._compositor.render_strips())[region.y : region.bottom]
    for strip in (one.crop(region.x, region.right) for one in strips):
        for segment in strip:
            style, words = segment.style, segment.text.strip()
            if style is None or not any(map(str.isalnum, words)) or words in IDLE:
                continue
            assert style.color is not None
            assert style.bgcolor is not None
            ink, paper = (one.get_truecolor() for one in (style.color, style.bgcolor))
            ratio = contrast(ink.hex, paper.hex)
            if ratio < ENOUGH:
                yield f"{words!r}: {ink.hex} on {paper.hex} is {ratio:.1f}"


@pytest.mark.parametrize("theme", ["iucn", "iucn-light"])
def test_all_words_can_be_read(theme: str, settings: Settings) -> None:
    """Else a projector, or older eyes, lose what is greyed."""
    service = ScriptedService()
    service.kept = [kept_run(1), kept_run(2, "killed"), kept_run(3, "partial")]
    app = scripted_app(settings, service)
    seen: dict[str, list[str]] = {}

    async def scenario(pilot: Pilot[None]) -> None:
        async def look(what: str) -> None:
            await pilot.pause()
            seen[what] = sorted(set(faint(app)))

        app.theme = theme
        await look("welcome")
        await pilot.press("f5")
        await until_done(pilot, app)
        await look("requests")
        for chart in CHARTS:
            app.main.show_chart(chart)
            await look(chart)
        await pilot.press("3")
        await look("records")
        await pilot.press("4")
        await look("errors")
        for key, screen in (("f1", HelpScreen), ("h", HistoryScreen)):
            await pilot.press(key)
            await until(pilot, lambda kind=screen: isinstance(app.screen, kind))
            await look(screen.__name__)
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is app.main)

    play(app, scenario)
    assert {what: words for what, words in seen.items() if words} == {}
