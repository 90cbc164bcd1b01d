"""What the main screen shows: the job that runs, what the form plans, runs that are saved.

Away from widgets: the screen draws what it finds here, and is told when a sentence is to be said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from tui_app.fetch import Cancel
from tui_app.redlist import Query
from tui_app.redlist.errors import Advice, UsageError, waiting_words
from tui_app.redlist.text import counted

from . import messages
from .background import in_thread
from .footer import Say, Severity
from .header import Heading, heading
from .history.past import look_back
from .history.screen import Wish
from .history.table import fate
from .job import Job
from .keys import key_name
from .model import JobStatus, Kind
from .records.sheet import Sheet
from .screenrequest import Replayed, ScreenRequest, forecast_of
from .service import ServiceHolder

if TYPE_CHECKING:
    from tui_app.runs import Service
    from tui_app.settings import Settings

    from .form import FormProblem

T = TypeVar("T")

MANY: Final = 60
"""Where more than so many events come between two frames, every other frame is left out: the
engine needs the time more than the eye."""


class Controller:
    """Begins, watches, freezes and stops jobs; forecasts; reads saved runs.

    Args:
        service: runs the jobs.
        clock: monotonic seconds; frozen in snapshots.
        say: writes a sentence on the status line.

    Attributes:
        job: the newest, whether it goes on or not.
        planned: what the form means; None while it can't be read.
        deleted: runs that were deleted in this session and can be restored.
        one_per_taxon: whether a fetch's records are shown so.
        switching: the kind that a key switches to, until the form has it.
    """

    def __init__(
        self,
        service: ServiceHolder,
        clock: Callable[[], float],
        say: Say,
    ) -> None:
        self.service = service
        self.job: Job | None = None
        self.planned: ScreenRequest | None = None
        self.deleted: list[str] = []
        self.one_per_taxon = False
        self.switching: Kind | None = None
        self.clock = clock
        self._say = say
        self._form: ScreenRequest | None = None
        self._frozen_at: float | None = None
        self._skipped = False
        self._waiting = ""
        self._idle = asyncio.Event()
        self._idle.set()
        self._forecast = Cancel()
        self._foretold: ScreenRequest | None = None

    # -- the job that runs ---------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a job goes on."""
        return self.job is not None and self.job.model.status.busy

    @property
    def to_resume(self) -> ScreenRequest | None:
        """The request that fetches what the job left; None where it left nothing."""
        return None if self.busy or self.job is None else self.job.to_resume()

    def begin(self, request: ScreenRequest) -> Job:
        """A job to :meth:`run`; it is the one that is shown from now on."""
        self._idle.clear()
        job = Job(request, self.service, self.clock)
        self.show(job)
        self._say(request.starting, lasting=True)
        return job

    def show(self, job: Job) -> None:
        """Show a job, and nothing of the one before."""
        self.job = job
        self._form = self._frozen_at = None

    async def run(self, job: Job) -> bool:
        """Run a job to its end; whether it is still the one that is shown."""
        outcome = await in_thread(job.run)
        job.finish(outcome)
        if job is not self.job:
            return False
        self._frozen_at = None
        self._idle.set()
        self.say_outcome(job)
        return True

    def say_outcome(self, job: Job) -> None:
        """Say how a job has ended."""
        severities = {JobStatus.DONE: Severity.GOOD, JobStatus.FAILED: Severity.BAD}
        severity = severities.get(job.model.status, Severity.FAIR)
        self._say(f"{job.model.sentence} {job.shown}".rstrip(), severity, lasting=True)

    def stop(self) -> bool:
        """Stop what runs; what arrived is saved. False where nothing runs."""
        if self.job is None or not self.busy:
            self._say("Nothing to stop: no run is active.", Severity.BAD)
            return False
        self.job.stop()
        self._say("Stopping; pages that arrived stay saved.", lasting=True)
        return True

    async def settled(self, patience_s: float) -> None:
        """Wait until no job goes on, at most so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), patience_s)

    async def sheet_of(self, job: Job) -> Sheet | str | None:
        """A job's records, or why they can't be read; None where others are shown by now."""
        run = job.model.run_to_show()
        if run is None:
            return None
        one_per_taxon = self.one_per_taxon
        chosen = one_per_taxon and job.request.kind == "fetch"

        def read() -> Sheet:
            records = self.service.get().records(run.run, one_per_taxon=chosen)
            return Sheet(records, "one per taxon" if chosen else "")

        try:
            sheet = await in_thread(read)
        except Exception as error:  # the application outlives records that can't be read
            return messages.error_in_words(error)
        if job is not self.job or one_per_taxon != self.one_per_taxon:
            return None
        shown = f"Shown: {counted(sheet.length, 'record')}, {sheet.note}." if chosen else ""
        if shown != job.shown:
            job.shown = shown
            self.say_outcome(job)
        if sheet.damage:
            job.damaged = True
            more = messages.key_advice(Advice.RESUME_DAMAGED) if self.to_resume else ""
            self._say(f"{sheet.damage} {more}".rstrip(), Severity.BAD, lasting=True)
        return sheet

    # -- frames --------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """The time at which the job is shown: now, or when it was frozen."""
        return self.clock() if self._frozen_at is None else self._frozen_at

    def freeze(self) -> None:
        """Pause the display of a job that goes on, or let it go on."""
        if self.job is None or not self.busy:
            self._say("Nothing to pause: no run is active.", Severity.BAD)
            return
        if self._frozen_at is None:
            self._frozen_at = self.clock()
            key = key_name("freeze")
            self._say(f"Display paused; the run continues. {key}: continue.", lasting=True)
        else:
            self._frozen_at = None
            self._say(self.job.model.slowed, Severity.FAIR, lasting=True)

    def next_frame(self) -> bool:
        """Take in what the job reported since the last frame; whether it is to be drawn."""
        job = self.job
        if job is None:
            return False
        if self._frozen_at is not None:
            self.has_drawn()  # no run is to wait for it
            return False
        compares, model = job.request.kind == "compare", job.model
        if compares and not job.gate.may_draw():
            return False
        self._skipped = not compares and not self._skipped and len(job.feed) > MANY
        if self._skipped:
            return False
        slowed = model.slowed
        job.drain()
        if model.slowed != slowed:
            self._say(model.slowed, Severity.FAIR, lasting=True)
        waits = job.waiting(self.now)
        if waits and waits != job.starting:
            job.starting = waits
            self._say(waits, lasting=True)
        return True

    def has_drawn(self) -> None:
        """The frame has been drawn: the next run of a comparison may begin."""
        if self.job is not None:
            self.job.gate.has_drawn()

    def heading(self) -> Heading | None:
        """What the header says: of the form, where that is newer than the job."""
        if self._form is not None:
            return heading(self._form, None, 0.0)
        return None if self.job is None else heading(self.job.request, self.job.model, self.now)

    def waiting(self) -> tuple[str, str]:
        """What to say of another program that has locked the store; before, and now."""
        before, waited_s = self._waiting, self.service.waited_s
        self._waiting = waiting_words(waited_s) if waited_s >= 1 else ""
        return before, self._waiting

    # -- what the form plans -------------------------------------------------------------

    def plan(self, kind: Kind, request: ScreenRequest | None, settings: Settings) -> None:
        """The form means this now; the header says so unless a job goes on.

        A changed form removes the status line of the previous job. Of one that can't be read at
        first the header has the server, which ``settings`` name.
        """
        before, self.planned = self.planned, request
        if kind == self.switching:
            self.switching = None
            does = kind if request is None else f"{request.in_words()}, from {request.server}"
            self._say(f"{key_name('run')} {does}.")
        if self.busy:
            return
        if request is not None:
            self._form = request
        elif self._form is None and self.job is None:
            self._form = ScreenRequest(kind, Query(settings.api, ()), settings)
        if not _same_work(before, request):
            self._say("", lasting=True)

    def forget_forecast(self) -> None:
        """Stop forecasting."""
        self._forecast.set()

    def with_lists(self, request: ScreenRequest) -> ScreenRequest:
        """The request, with the pages of its lists if the last forecast knew them."""
        known = self._foretold
        same = known is not None and (known.query, known.server) == (request.query, request.server)
        return replace(request, lists=known.lists) if same and known else request

    async def forecast(self, request: ScreenRequest) -> tuple[ScreenRequest, str] | None:
        """What a request would take, in a sentence; None where it isn't asked any more.

        The returned request has the page counts of its lists that are known.
        """
        if self.busy or request is not self.planned:
            return None
        self._forecast = cancel = Cancel()
        try:
            words, lists = await in_thread(lambda: forecast_of(self.service, request, cancel))
        except Exception:  # the form is of use without it, and a run says what is wrong
            return None
        if cancel.is_set():
            return None
        self._foretold = replace(request, lists=lists or request.lists)
        return self._foretold, words

    # -- saved runs ----------------------------------------------------------------------

    async def _read(self, work: Callable[[Service], T]) -> T | None:
        """Ask the service; None where that failed, which it says, or a job began meanwhile."""
        try:
            found = await in_thread(lambda: work(self.service.get()))
        except Exception as error:  # the application outlives a run that can't be read
            self._say(messages.error_in_words(error), Severity.BAD)
            return None
        return None if self.busy else found

    async def fulfil(
        self, wish: Wish, replay_settings: Callable[[], tuple[Settings | None, list[FormProblem]]]
    ) -> Job | ScreenRequest | None:
        """A saved run as a job that has just ended, or a request that resumes or replays it.

        None where it can't be read. A replay has the form's methods, pages and repeats.
        """
        run, method = wish.run, wish.method
        if wish.replay:
            settings, problems = replay_settings()
            if settings is None:
                words = f"Run {run} can't be replayed yet: Setup has an error."
                self._say(f"{words} {problems[0].sentence}", Severity.BAD)
                return None
            replay = await self._read(lambda service: service.replayable(run))
            if replay is None:
                return None
            settings = replay.settings(settings)
            lists = tuple(replay.known_pages.values())
            replays = Replayed(run, replay.most)
            return ScreenRequest("compare", replay.query, settings, replays=replays, lists=lists)
        if method is None:
            self._say(f"Opening run {run}…")
            past = await self._read(lambda service: look_back(service, run))
            return None if past is None else Job(past.request, self.service, model=past.model)
        self._say(f"Resuming run {run}…")
        found = await self._read(lambda service: service.wanted(run))
        if found is None:
            return None
        return ScreenRequest("fetch", found[0], replace(found[1], method=method), resumes=run)

    async def first_look(self) -> tuple[tuple[str, ...], str]:
        """Notices of the store, and a sentence if the newest fetch was stopped or killed."""

        def look() -> tuple[tuple[str, ...], str]:
            if not self.service.has_store():
                return (), ""
            opened = self.service.get()
            with suppress(UsageError):  # there is no run yet
                newest = opened.run("last")
                if newest.state.value in ("stopped", "killed"):
                    shows, resumes = key_name("history"), key_name("history_resume")
                    words = f"{fate(newest)}. {shows}: History; {resumes} there resumes it."
                    return opened.notices, words
            return opened.notices, ""

        try:
            return await in_thread(look)
        except Exception as error:  # the store is closed to us: better known now than after a run
            return (), messages.error_in_words(error)

    async def forget_deleted(self) -> None:
        """Forget runs that were deleted long enough ago."""
        with suppress(Exception):  # the next start tries again
            if self.service.has_store():
                await in_thread(lambda: self.service.get().forget_deleted())


def _same_work(one: ScreenRequest | None, other: ScreenRequest | None) -> bool:
    """Whether two requests differ at most in which of their records are shown."""
    if one is None or other is None:
        return one is other
    shown = other.settings.one_per_taxon
    return replace(one, settings=replace(one.settings, one_per_taxon=shown)) == other
