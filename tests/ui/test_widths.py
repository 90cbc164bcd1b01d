"""Every width from 60 to 200 cells: a line a method with its time, and no word cut off."""

from __future__ import annotations

import re
from itertools import cycle

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.on_screen import choose_fetch, lines
from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tui_app import methods
from tui_app.fetch import State
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.model import MethodFigures
from tui_app.ui.requests.drawing import ENDS
from tui_app.ui.requests.panel import legend_lines, method_bars

NARROWEST, WIDEST = 60, 200
BESIDE_SETUP = 42
"""Cells that form and borders take of a width from 100 on; below, borders take four."""
HEIGHTS = (24, 30, 40)
ONE_LINE = ("#header", "#keys", "#bars", "#legend", "#tabs-all", "#tabs-lower")
PANELS_AND_FORM = {
    "f2": "#operation", "escape": "#waterfall", "2": "#chart", "3": "#records-table",
    "4": "#errors", "1": "#waterfall",
}  # fmt: skip
"""What a key gives the focus to, one after another."""
WALKED = (60, 78, 102, 120)
"""Widths at which each panel gets the focus; the others are for pure functions."""
TIMES = {"sequential": "5.06", "threads": "1.35", "asyncio": "1.35"}
PANELS = sorted(
    {width - (4 if width < 100 else BESIDE_SETUP) for width in range(NARROWEST, WIDEST + 1)}
)


def figures(method: str, requests: int, not_found: int = 0) -> MethodFigures:
    """A method's figures in the middle of much work."""
    return MethodFigures(
        method=method, done=requests, total=requests * 2, ok=requests, retried=12,
        not_found=not_found, failed=7,
        rate_per_s=11.25, p50_ms=1234.5, p95_ms=12345.6, elapsed_s=1234.56, ideal_s=1000.5,
        running=True,
    )  # fmt: skip


@pytest.mark.parametrize("not_found", [0, 140])
@pytest.mark.parametrize("requests", [1, 1_760, 160_000])
def test_the_summary_has_a_line_a_method_at_every_width(requests: int, not_found: int) -> None:
    """The columns that matter least are left out; a bar of a few cells stays."""
    shown = tuple(figures(method, requests, not_found) for method in TIMES)
    for width in PANELS:
        drawn = method_bars(shown, width).plain.splitlines()
        assert len(drawn) == 1 + len(shown)
        assert {len(line) for line in drawn} == {width}
        headings = drawn[0].split()
        assert ("not found" in drawn[0]) is (not_found > 0)
        assert {"done", "time"} < set(headings)
        for line, one in zip(drawn[1:], shown, strict=True):
            assert one.method in line
            assert re.search(rf"━─* +{requests:,}/{requests * 2:,}.* 1,?23\d", line)


def test_the_legend_has_all_its_entries_at_every_width() -> None:
    everything = legend_lines(WIDEST, State)[1]
    assert len(everything) == 1
    assert {glyph for glyph, *_ in everything[0]} >= {end.glyph for end in ENDS.values()} - {""}
    for width in PANELS:
        (gap, beside), drawn = legend_lines(width, State)
        assert [entry for line in drawn for entry in line] == everything[0]
        for line in drawn:
            assert len(gap.join(f"{glyph}{beside}{word}" for glyph, _, word in line)) <= width


def test_the_legend_explains_what_is_seen() -> None:
    """Else it takes two lines at 104 columns, for what never happened."""
    (line,) = legend_lines(62)[1]
    assert [word for *_, word in line] == ["connect", "wait", "body", "decode", "path", "queued"]
    (line,) = legend_lines(62, {State.PACED, State.FAILED})[1]
    assert {"paced", "fail"} < {word for *_, word in line}


def words(app: RedListApp, names: tuple[str, ...] = ONE_LINE) -> set[str]:
    """The words in all that has lines of its own."""
    shown = [one for one in names if app.main.query_one(one).region.area]
    return {word for one in shown for word in re.findall(r"[^\W_]{2,}|\^.", lines(app, one))}


async def to_panel(pilot: Pilot[None], app: RedListApp, key: str, panel: str) -> None:
    """Press a key, and wait for the focus that it gives."""
    await pilot.press(key)
    await until(pilot, lambda: app.focused is app.main.query_one(panel))
    await pilot.pause()


def test_no_word_is_cut_off_on_the_screen(settings: Settings) -> None:
    """Whichever panel has the focus: the last line has its keys."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)
        known: set[str] = set()
        for height in HEIGHTS:
            await pilot.resize_terminal(WIDEST, height)
            await pilot.pause()
            for key, panel in PANELS_AND_FORM.items():
                await to_panel(pilot, app, key, panel)
                known |= words(app, ("#keys",))
            known |= words(app)
        heights = cycle(HEIGHTS)
        for width in (*range(NARROWEST, 128, 6), 139, 161, 183):
            size = width, next(heights)
            await pilot.resize_terminal(*size)
            await pilot.pause()
            for key, panel in PANELS_AND_FORM.items() if width in WALKED else ():
                await to_panel(pilot, app, key, panel)
                hints = words(app, ("#keys",))
                assert {"Compare", "Setup", "Help", "Quit"} <= hints <= known, (size, panel)
            assert words(app) <= known, size
            bars = lines(app, "#bars").splitlines()
            assert len(bars) == 1 + len(TIMES), size
            for line, (method, seconds) in zip(bars[1:], TIMES.items(), strict=True):
                assert re.search(rf"{method} +━.*19/19.* {seconds}", line), size

    play(app, scenario)


FORMS = ("species", "threats/5+ + countries/MG", "species + threats/5+")


@pytest.mark.parametrize("operations", FORMS)
@pytest.mark.parametrize("size", [(80, 24), (104, 30)])
def test_every_field_of_the_form_has_its_label_and_all_of_its_words(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, operations: str, size: tuple[int, int]
) -> None:
    """Also where the form is longer than the screen and scrolls."""
    monkeypatch.setattr(methods, "_is_here", lambda package: not package)  # as a base install
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        if size[0] < 100:
            await pilot.press("f2")
        app.main.query_one("#operation", Input).value = operations
        await choose_fetch(pilot, app)
        await pilot.pause()
        shown = lines(app, "#setup")
        assert re.search(r"Method +\( \) sequential", shown)
        if "species" in operations:
            assert re.search(r"History +\[ \] all assessments", shown)
        if "threats" in operations:
            assert re.search(r"Rows +\[ \] distinct", shown)
        if "+ " in operations:
            assert re.search(r"Several +\(•\) union +\( \) intersect\b", shown)
        assert re.search(r"Pages +3 +\[ \] one per taxon", shown)

    play(app, scenario, size)
