"""The application: theme, screen, palette, a clean way out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic
from typing import ClassVar, Final

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_app.redlist import IDS, NAMES
from tui_app.settings import Settings

from .background import in_thread
from .looks import THEME
from .screen import MainScreen
from .service import RunService, ServiceHolder, real_service
from .setup.wanted import WantedFields
from .tabs import PANELS

PATIENCE_S: Final = 0.4
"""How long leaving waits for a run that was told to stop."""


class RedListApp(App[None]):
    """Fetch the Red List by three methods, and see which is fastest.

    Args:
        settings: what the form begins with, and where runs are kept.
        make_service: makes the service, when it is first needed.
        clock: monotonic seconds; frozen in snapshots.
    """

    TITLE = "iucn-tui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+q", "quit", "Quit", tooltip="Leave; a run is stopped", id="quit", priority=True
        ),
    ]

    def __init__(
        self,
        settings: Settings,
        make_service: Callable[[Settings], RunService] = real_service,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.service = ServiceHolder(settings, make_service)
        self._clock = clock
        self.register_theme(THEME)
        self.theme = THEME.name

    def get_default_screen(self) -> MainScreen:
        """The one screen."""
        return MainScreen(self.settings, self.service, self._clock)

    @property
    def main(self) -> MainScreen:
        """The one screen, whatever is open above it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    async def action_quit(self) -> None:
        """Stop a run that goes on, wait a moment for it, leave."""
        if self.main.job is not None:
            self.main.job.stop()
        await self.main.settled(PATIENCE_S)
        self.exit()

    async def on_unmount(self) -> None:
        """However the application ends: stop the run, let go of the service."""
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen) and screen.job is not None:
                screen.job.stop()
        closing = asyncio.ensure_future(in_thread(self.service.close))
        await asyncio.wait([closing], timeout=PATIENCE_S)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What ctrl+p offers."""
        main = self.main
        if screen is main:
            wanted = main.query_one(WantedFields)
            names, ids = partial(wanted.want_list, NAMES), partial(wanted.want_list, IDS)
            for title, words, action in (
                ("Run", "Compare, or fetch: what Setup says", main.action_run),
                ("Stop", "Stop the run; what arrived is kept", main.action_stop),
                ("Resume", "Finish a fetch that was stopped or failed in part", main.action_resume),
                ("Export", "Write the records to a file", main.action_export),
                ("Setup", "To the form, and back", main.action_setup),
                ("Operations", "All operations and their codes, to search", main.action_pick),
                ("Filters", "Latest, scope, year, possibly extinct", wanted.choose_filters),
                ("Names", "Fetch a list of species' names", names),
                ("Ids", "Fetch a list of assessments' ids", ids),
                ("Freeze", "Hold the picture still; the run goes on", main.action_freeze),
                ("Help", "Keys, panels, words", main.action_help),
            ):
                yield SystemCommand(title, words, action)
            for panel in PANELS:

                def show(name: str = panel) -> None:
                    main.action_panel(name)

                yield SystemCommand(f"Show {panel}", f"The panel of {panel}", show)
        yield SystemCommand("Theme", "Change the colours", self.action_change_theme)
        yield SystemCommand("Quit", "Leave; a run is stopped", self.action_quit)
