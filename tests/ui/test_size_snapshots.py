"""The two screens that a newcomer sees first, at all sizes, dark, light and without colour.

After a change that is meant: ``pytest tests/ui/test_size_snapshots.py --snapshot-update -n 0``, and
look at the pictures in ``__snapshots__``.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.support.on_screen import still, to_records
from tests.support.records_data import Species
from tests.support.screens import ScriptedService, scripted_app, until, until_done
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.theme import LIGHT_THEME

pytestmark = [
    pytest.mark.xdist_group("snapshots"),
    pytest.mark.parametrize("look", ["dark", "light", "no-colour"]),
    pytest.mark.parametrize(
        "size", [(80, 24), (104, 30), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}"
    ),
]
Snap = Callable[..., bool]


@pytest.fixture
def app(settings: Settings, look: str, monkeypatch: pytest.MonkeyPatch) -> RedListApp:
    if look == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    service = ScriptedService()
    service.table = Species()  # type: ignore[assignment]
    made = scripted_app(settings, service)
    if look == "light":
        made.theme = LIGHT_THEME.name
    return made


def test_comparison(app: RedListApp, snap_compare: Snap, size: tuple[int, int]) -> None:
    async def compare(pilot: Pilot[None]) -> None:
        await pilot.press("f5")
        await until_done(pilot, app)

    assert snap_compare(app, terminal_size=size, run_before=still(app, compare))


def test_records(app: RedListApp, snap_compare: Snap, size: tuple[int, int]) -> None:
    async def fetch(pilot: Pilot[None]) -> None:
        table = await to_records(pilot, app)
        await pilot.press("down", "down", "right")
        await until(pilot, lambda: not table._wanted)

    assert snap_compare(app, terminal_size=size, run_before=still(app, fetch))
