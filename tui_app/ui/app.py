"""The application: theme, screen, palette, a clean way out."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import work
from textual.actions import ActionParseResult
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.command import Provider
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.driver import Driver
from textual.screen import Screen
from textual.theme import Theme
from textual.worker import WorkerFailed

from tui_app.methods import method_notices

from . import keys, text
from .background import in_thread
from .opening import Opening
from .remembered import Remembered, remember, renewed
from .service import ServiceHolder
from .theme import LIGHT_THEME, THEME, variables

if TYPE_CHECKING:
    from tui_app.runs import Service
    from tui_app.settings import Settings

    from .screen import MainScreen

PATIENCE_S: Final = 0.4
"""How long leaving waits for a run that was told to stop."""
_NOTICE_S: Final = 30.0
_FONTS: Final = re.compile(r"@font-face\s*\{[^}]*\}\s*")
"""Textual's SVG loads them from a server each time the picture is opened."""
_BY_SIGNAL: Final = 130
"""The exit code where a signal ended it, or its terminal was closed, as on the command line."""


def _names(stem: str) -> Iterator[Path]:
    """Names for a picture, the first that is free to be used."""
    yield Path(f"{stem}.svg")
    yield from (Path(f"{stem}-{number}.svg") for number in count(2))


def _import_charts() -> None:
    from .chart import plots, series, texts  # noqa: F401 - not on the way to the first frame


def _commands() -> type[Provider]:
    from .footer import MainCommands  # with the widgets: not on the way to the first frame

    return MainCommands


class RedListApp(App[None]):
    """Fetch the Red List by three methods, and see which is fastest.

    Args:
        make_service: makes the service, when it is first needed; None: the real one.
        clock: monotonic seconds; frozen in snapshots.
        remembered: what an earlier session left; nothing is left where it is None.
        others: as of :func:`~tui_app.ui.run_app`.
    """

    TITLE = "iucn-tui"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_commands}
    BINDINGS: ClassVar[list[BindingType]] = list(keys.APPLICATION)

    def __init__(
        self,
        settings: Settings,
        make_service: Callable[[Settings], Service] | None = None,
        clock: Callable[[], float] = monotonic,
        *,
        notices: tuple[str, ...] = (),
        remembered: Remembered | None = None,
        given: Collection[str] = (),
        own_keys: Mapping[str, str] | None = None,
        form: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        keymap = keys.read_keymap(own_keys or {})
        keys.use(keymap.keys)
        self.set_keymap(keymap.keys)
        self._notices = (*notices, *keymap.notices)
        self._remembered = remembered
        self._given = given
        self._form = form or {}
        self.settings = settings
        self.service = ServiceHolder(settings, make_service)
        self._clock = clock
        self._main: MainScreen | None = None
        self._asked = False
        self._sockets = ExitStack()
        self._leaving: asyncio.Future[None] | None = None
        self._runs_in: asyncio.AbstractEventLoop | None = None
        self.register_theme(THEME)
        self.register_theme(LIGHT_THEME)
        chosen = "" if remembered is None else remembered.theme
        self.theme = chosen if chosen in self.available_themes else THEME.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What the style sheets need besides Textual's own."""
        return variables(dark=self.current_theme.dark)

    def _repaint(self, _: Theme) -> None:
        if self._main is not None:
            self._main.repaint()

    def get_default_screen(self) -> Opening:
        """The first frame."""
        return Opening(self.settings)

    async def _open(self) -> None:
        from .form import first_values
        from .screen import MainScreen  # brings the engines with it, see opening.py

        opening, first = self.screen, first_values(self.settings)
        if self._remembered is not None:
            first = renewed(first, self._remembered.form, self._given)
        first = replace(first, **self._form)
        self._main = MainScreen(self.settings, self.service, self._clock, first)
        self._main.fit(self.size)
        await self.push_screen(self._main)
        if isinstance(opening, Opening):
            opening.hand_over()
        self._tell(method_notices())
        if not self.is_headless:
            self.call_after_refresh(self._settle)

    async def _settle(self) -> None:
        """What would make the screen stand still later is done now, beside it."""
        await in_thread(_import_charts)
        gc.freeze()  # else each full collection goes through all widgets: a tenth of a second

    def get_driver_class(self) -> type[Driver]:
        """Ours for a terminal; else Textual's choice."""
        if sys.platform == "win32" or os.environ.get("TEXTUAL_DRIVER"):
            return super().get_driver_class()
        from .driver import TerminalDriver

        return TerminalDriver

    def on_load(self) -> None:
        """Leave if a signal came while the application was being made."""
        self._runs_in = asyncio.get_running_loop()
        if self._asked:
            self.exit(return_code=_BY_SIGNAL)

    async def on_mount(self) -> None:
        """Say what is to be said of the settings, and open the panels."""
        self.theme_changed_signal.subscribe(self, self._repaint)
        if self.is_headless:  # nobody waits for the first frame
            await self._open()
        else:
            self._wake_at_signals()
            self.call_after_refresh(self._open)
        left = () if self._remembered is None else (self._remembered.notice,)
        self._tell(filter(None, (*self._notices, *left)))

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run the action of a key or a click; passing status lines end."""
        from .footer import StatusLine  # not on the way to the first frame

        for line in self.screen.query(StatusLine):
            line.pass_on()
        return await super().run_action(action, default_namespace, namespaces)

    def _tell(self, notices: Iterable[str]) -> None:
        for notice in notices:
            self.notify(notice, severity="warning", timeout=_NOTICE_S, markup=False)

    @property
    def main(self) -> MainScreen:
        """The one screen, whatever is open above it."""
        assert self._main is not None
        return self._main

    def _wake_at_signals(self) -> None:
        """Wake the loop: else a signal that comes just as it begins to wait has to wait as well."""
        if sys.platform == "win32":  # its loop has no readers
            return
        loop, (ours, signals) = asyncio.get_running_loop(), socket.socketpair()
        for end in (ours, signals):
            end.setblocking(False)
            self._sockets.enter_context(end)
        self._sockets.callback(signal.set_wakeup_fd, -1)
        self._sockets.callback(loop.remove_reader, ours)
        loop.add_reader(ours, ours.recv, 4096)
        signal.set_wakeup_fd(signals.fileno(), warn_on_full_buffer=False)

    def leave_soon(self) -> None:
        """Leave, with the exit code of a signal.

        From any thread or signal handler, at any moment, any number of times.
        """
        self._asked = True
        if self._runs_in is not None:
            with suppress(RuntimeError):  # it has ended meanwhile
                self._runs_in.call_soon_threadsafe(self._asked_to_leave)

    def _asked_to_leave(self) -> None:
        if self._leaving is None:
            self._leaving = asyncio.ensure_future(self._leave(_BY_SIGNAL))

    def copy_to_clipboard(self, text: str) -> None:
        """Copy without the token; nothing of a field that shows dots."""
        from textual.widgets import Input

        from tui_app.redlist import redact

        field = self.focused
        if not (isinstance(field, Input) and field.password):
            super().copy_to_clipboard(redact(text, self.service.token))

    def action_help(self) -> None:
        """The topic that fits the focus, or close it."""
        from .dialogs.help import HelpScreen, keys_here, topic_of_focus

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss(None)
            return
        compares, job = self.main.form.action == "compare", self.main.job
        replays = job is not None and job.request.replay_of is not None
        name = topic_of_focus(self.screen_stack, compares=compares, replays=replays)
        self.push_screen(HelpScreen(name, keys_here(self.screen)))

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Write what is shown as an SVG; the names are those of exports, not the arguments."""
        self.call_after_refresh(self._take_screenshot)  # the palette may still be closing

    @work(group="screenshot", exit_on_error=False)
    async def _take_screenshot(self) -> None:
        from tui_app.export.atomic import Exported, writing
        from tui_app.redlist import redact
        from tui_app.redlist.errors import RedListError

        from .dialogs.export import deliver
        from .footer import Severity, say_below

        picture = redact(_FONTS.sub("", self.export_screenshot()), self.service.token)

        def write() -> Exported:
            name = f"iucn-tui-{datetime.now():%Y%m%d-%H%M%S}"
            path = next(one for one in _names(name) if not os.path.lexists(one))
            with writing(path) as file:
                file.write(picture)
            return Exported(path.absolute(), 0, len(picture.encode()))

        try:
            done = await in_thread(write)
        except (RedListError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error).removesuffix(".")
            words = f"No screenshot: {why}. Start iucn-tui in a folder that you can write to."
            good = False
        else:
            good = True
            delivered = deliver(self, [done]) if self.is_web else ""
            words = f"Screenshot: {done.path} ({text.size(done.size_bytes)}).{delivered}"
        say_below(self, words, Severity.GOOD if good else Severity.BAD)
        if not self.screen.query("#status"):
            self.notify(words, severity="information" if good else "error", markup=False)

    def give_back(self) -> None:
        """Restore the terminal without waiting, for a process that ends at once."""
        restore = getattr(self._driver, "restore", None)
        if restore is not None:
            restore()

    def _handle_exception(self, error: Exception) -> None:
        # Once it is leaving, Textual mounts nothing more: what is being mounted lacks its children.
        # So does what is being removed, to which a worker returns.
        cause = error.error if isinstance(error, WorkerFailed) else error
        if not (self._exit and isinstance(cause, NoMatches)):
            super()._handle_exception(error)

    async def action_quit(self) -> None:
        """Stop a run that goes on, wait a moment for it, leave."""
        await self._leave(0)

    async def action_ask_to_quit(self) -> None:
        """Quit; while a run goes on, only if the user agrees, or asks for it again."""
        from .dialogs.prompts import QuitDuringRun

        asked = isinstance(self.screen, QuitDuringRun)
        if asked or self._main is None or not self._main.busy:
            await self.action_quit()
            return

        def answered(agreed: bool | None) -> None:
            if agreed:
                self.call_later(self.action_quit)

        self.push_screen(QuitDuringRun(), answered)

    async def _leave(self, code: int) -> None:
        try:
            if self._main is not None and self._main.is_mounted:
                if self._remembered is not None:
                    remember(self.settings.home, self.theme, self._main.form)
                if self._main.job is not None:
                    self._main.job.stop()
                await self._main.controller.settled(PATIENCE_S)
        finally:  # an error here must not keep the application open
            self.exit(return_code=code)

    async def on_unmount(self) -> None:
        """However the application ends: stop the run, let go of the service."""
        job = None if self._main is None else self._main.job
        if job is not None:
            job.stop()

        def close() -> None:
            if job is not None:
                job.ended.wait(PATIENCE_S)  # it notes in the store that it was stopped
            self.service.close()

        closing = asyncio.ensure_future(in_thread(close))
        await asyncio.wait([closing], timeout=2 * PATIENCE_S)
        self._sockets.close()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What ctrl+p offers."""
        main = self._main
        if main is not None and screen is main:
            from .chart.panel import ALL_CHARTS, CHART_TITLES
            from .records.panel import RecordsPanel

            for one in keys.COMMANDS:
                title = f"Show {one.id}" if one in keys.PANEL_KEYS else one.description
                run = partial(main.run_action, one.action)
                yield SystemCommand(title, keys.words_with_key(one), run)
            for chart in ALL_CHARTS:
                turn = partial(main.show_chart, chart)
                yield SystemCommand(f"Chart: {chart}", CHART_TITLES[chart], turn)
            records = main.query_one(RecordsPanel)
            for one in keys.RECORDS if main.panel == "records" else ():
                act = partial(records.run_action, one.action)
                title = f"Records: {one.description.lower()}"
                yield SystemCommand(title, keys.words_with_key(one), act)
        else:
            for one in keys.named("theme", "quit_too"):
                act = partial(screen.run_action, one.action)
                yield SystemCommand(one.description, keys.words_with_key(one), act)
