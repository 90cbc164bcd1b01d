"""A screen that knows the past: History, kept runs shown and replayed, what was left undone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Final

from textual import work

from tui_app.redlist.errors import UsageError

from . import messages
from .background import in_thread
from .history.lines import fate
from .history.past import look_back
from .history.screen import HistoryScreen, Wish
from .job import Job
from .jobscreen import MOODS, JobScreen
from .order import Order, Replayed
from .service import ServiceHolder
from .setup.panel import SetupPanel
from .status import Mood, StatusLine

FIRST_LOOK_S: Final = 0.2
"""After the first picture: the past can wait."""
_NOTICE_S: Final = 30.0


class PastScreen(JobScreen):
    """Shows, resumes and replays what is kept."""

    def __init__(
        self, service: ServiceHolder, clock: Callable[[], float] = monotonic, *, classes: str
    ) -> None:
        super().__init__(service, clock, classes=classes)
        self._deleted: list[str] = []
        """Runs that were deleted in this session and can be taken back."""

    def start(self, order: Order) -> None:
        """Begin a job where it can be seen, once the user has agreed where that is needed."""
        raise NotImplementedError

    def make_room(self, order: Order) -> None:
        """Show the panels in which a job of this kind is seen."""
        raise NotImplementedError

    # -- History -------------------------------------------------------------------------

    def action_history(self) -> None:
        """The runs that are kept."""
        screen = HistoryScreen(self._service, lambda: self.busy, self._deleted)
        self.app.push_screen(screen, self._wished)

    def _wished(self, wish: Wish | None) -> None:
        if wish is None:
            return
        if self.busy:
            self.say("A run goes on already; F8 stops it.", Mood.BAD)
        elif wish.replay:
            self._replay(wish.run)
        elif wish.method is None:
            self.say(f"Opening run {wish.run}…")
            self._show(wish.run)
        else:
            self.say(f"Resuming run {wish.run}…")
            self._resume(wish.run, wish.method)

    @work(group="run", exit_on_error=False)
    async def _show(self, run: str) -> None:
        """Show a kept run as if it had just ended."""
        try:
            past = await in_thread(lambda: look_back(self._service.get(), run))
        except Exception as error:  # the application outlives a run that can't be read
            self.say(messages.sentence(error), Mood.BAD)
            return
        if self.busy:  # something was begun meanwhile
            return
        self.show_job(Job.kept(past.order, self._service, past.model))
        await asyncio.sleep(0)  # keys come before the rest
        self.make_room(past.order)
        self.say(past.model.sentence, MOODS.get(past.model.standing, Mood.FAIR))
        assert self.job is not None
        await self.load_records(self.job)

    @work(group="run", exit_on_error=False)
    async def _resume(self, run: str, method: str) -> None:
        try:
            query, settings = await in_thread(lambda: self._service.get().wanted(run))
        except Exception as error:  # the application outlives a run that can't be read
            self.say(messages.sentence(error), Mood.BAD)
            return
        self.start(Order("fetch", query, replace(settings, method=method), resumes=run))

    @work(group="run", exit_on_error=False)
    async def _replay(self, run: str) -> None:
        """Compare on a kept run's pages, by what the form says of methods, pages and repeats."""
        settings, problems = self.query_one(SetupPanel).read_replay()
        if settings is None:
            self.say(
                f"Run {run} is not replayed: Setup says what is wrong. {problems[0].sentence}",
                Mood.BAD,
            )
            return
        try:
            replay = await in_thread(lambda: self._service.get().replayable(run))
        except Exception as error:  # the application outlives a run that can't be read
            self.say(messages.sentence(error), Mood.BAD)
            return
        if not self.busy:  # nothing was begun meanwhile
            replays = Replayed(run, replay.most, tuple(replay.known_pages.values()))
            self.start(Order("compare", replay.query, replay.settings(settings), replays=replays))

    # -- at the start --------------------------------------------------------------------

    def look_for_unfinished(self, home: Path) -> None:
        """Say, a moment from now, whether the newest fetch was stopped or killed."""
        self.set_timer(FIRST_LOOK_S, lambda: self._look(home))

    @work(group="look", exit_on_error=False)
    async def _look(self, home: Path) -> None:
        try:
            notices, words = await in_thread(lambda: _unfinished(self._service, home))
        except Exception as error:  # the store is closed to us: better known now than after a run
            notices, words = (), messages.sentence(error)
        for notice in notices:
            self.notify(notice, severity="warning", timeout=_NOTICE_S, markup=False)
        if words and self.job is None and not self.query_one(StatusLine).sentence:
            self.say(words, Mood.FAIR)
        with suppress(Exception):  # the next start tries again
            await in_thread(lambda: _forget_deleted(self._service, home))


def _unfinished(service: ServiceHolder, home: Path) -> tuple[tuple[str, ...], str]:
    """What the store has to tell, and the sentence about the newest fetch, if any."""
    from tui_app.store import FILE_NAME

    if not (home / FILE_NAME).exists():  # nothing is made where there is nothing to look for
        return (), ""
    opened = service.get()
    with suppress(UsageError):  # there is none yet
        newest = opened.run("last")
        if newest.state.value in ("stopped", "killed"):
            return opened.notices, f"{fate(newest)}: h shows it, u there finishes it."
    return opened.notices, ""


def _forget_deleted(service: ServiceHolder, home: Path) -> None:
    from tui_app.store import FILE_NAME

    if (home / FILE_NAME).exists():
        service.get().forget_deleted()
