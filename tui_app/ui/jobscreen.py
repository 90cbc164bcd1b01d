"""A screen that carries jobs and shows them: one at a time, away from its own thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Final

from textual import work
from textual.screen import Screen
from textual.timer import Timer

from tui_app.redlist.errors import Advice, waiting_words

from . import messages, text
from .background import in_thread
from .form import Order
from .job import Job
from .keyline import KeyLine
from .model import Standing
from .picture import Picture
from .records.panel import RecordsPanel
from .records.sheet import Sheet
from .service import ServiceHolder
from .setup.panel import SetupPanel
from .status import Mood, StatusLine

STORE_LOOKS_S: Final = 0.5
"""Between two looks whether the store is being waited for."""
FRAME_S: Final = 1 / 12
"""Between two pictures. Of a comparison: where it is not the time to hold still."""
MANY: Final = 60
"""Where more than so many events come between two pictures, every other picture is left out: the
engine needs the time more than the eye."""

MOODS: Final = {Standing.DONE: Mood.GOOD, Standing.FAILED: Mood.BAD}


class JobScreen(Screen[None]):
    """Starts, watches, freezes and stops jobs.

    Args:
        service: what carries the runs.
        clock: monotonic seconds; frozen in snapshots.

    Attributes:
        job: the newest, whether it goes on or not.
    """

    def __init__(
        self, service: ServiceHolder, clock: Callable[[], float] = monotonic, *, classes: str
    ) -> None:
        super().__init__(classes=classes)
        self.job: Job | None = None
        self._service = service
        self._clock = clock
        self._picture = Picture(self)
        self._frozen_at: float | None = None
        self._skipped = False
        self._waiting = ""
        self._idle = asyncio.Event()
        self._frames: Timer | None = None

    def on_mount(self) -> None:
        """Timers rest until there is something to show."""
        self._frames = self.set_interval(FRAME_S, self.tick, pause=True)
        self.set_interval(STORE_LOOKS_S, self.tell_of_waiting)
        self._set_busy(False)

    # -- the picture ---------------------------------------------------------------------

    def tick(self) -> None:
        """Show what has been said since the last picture."""
        job = self.job
        if job is None:
            return
        if self._frozen_at is not None:
            job.still.has_drawn()  # no run is to wait for it
            return
        compares = job.order.kind == "compare"
        if compares and not job.still.may_draw():
            return
        self._skipped = not compares and not self._skipped and len(job.feed) > MANY
        if self._skipped:
            return
        starting, slowed = job.model.standing is Standing.STARTING, job.model.slowed
        job.drain()
        begun = starting and job.model.standing is Standing.RUNNING
        if begun and self.query_one(StatusLine).sentence == job.order.starting:
            self.say("")
        if job.model.slowed != slowed:
            self.say(job.model.slowed, Mood.FAIR)
        self.draw_job()
        if compares:
            self.call_after_refresh(job.still.has_drawn)

    def tell_of_waiting(self) -> None:
        """Say so while another program has locked the store; take it back afterwards."""
        before, waited_s = self._waiting, self._service.waited_s
        self._waiting = waiting_words(waited_s) if waited_s >= 1 else ""
        if self._waiting:
            if not before and self.app.screen is not self:  # the line would not be seen
                self.notify(self._waiting, severity="warning", markup=False)
            self.say(self._waiting, Mood.FAIR)
        elif before and self.query_one(StatusLine).sentence == before:
            self.say("")

    def draw_job(self) -> None:
        """Draw the job as it is now, or as it was when the picture was frozen."""
        if self.job is not None:
            now = self._clock() if self._frozen_at is None else self._frozen_at
            self._picture.draw(self.job, now)

    def repaint(self) -> None:
        """Draw everything anew: there are other colours."""
        self._picture.forget()
        self.draw_job()

    # -- a job ---------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a job goes on."""
        return self.job is not None and self.job.model.standing.busy

    def begin(self, order: Order) -> None:
        """Begin a job."""
        job = Job(order, self._service, self._clock)
        self.say(order.starting)
        self._set_busy(True)
        self.show_job(job)
        self._carry(job)

    def show_job(self, job: Job) -> None:
        """Show a job, and nothing of the one before."""
        self.job = job
        self._frozen_at = None
        self._picture.begin(job)
        self.draw_job()

    @work(group="run")
    async def _carry(self, job: Job) -> None:
        timer = self._frames
        assert timer is not None  # it is mounted
        timer.resume()
        try:
            outcome = await in_thread(job.carry)
        finally:
            timer.pause()
        job.finish(outcome)
        if job is not self.job:
            return
        self._frozen_at = None
        self.draw_job()
        self.say(outcome.sentence, MOODS.get(outcome.standing, Mood.FAIR))
        self._set_busy(False)
        await self.load_records(job)

    async def load_records(self, job: Job) -> None:
        """Read a job's records, and show them if it is still the one that is shown."""
        run = job.model.run_to_show()
        if run is None:
            return
        try:
            sheet = await in_thread(lambda: Sheet(self._service.get().records(run.run)))
        except Exception as error:  # the application outlives records that can't be read
            said = messages.sentence(error)
            self.query_one(RecordsPanel).clear(said)
            return
        if job is self.job:
            self._picture.show_records(job, sheet)
            if sheet.damage:
                self._tell_damage(job, sheet.damage)

    def _tell_damage(self, job: Job, said: str) -> None:
        job.damaged = True
        if job.resumed() is not None:
            said = f"{said} {messages.advice_on(Advice.RESUME_DAMAGED)}"
            self.query_one(KeyLine).offer("resume", True)
        self.say(text.clean(said), Mood.BAD)

    def action_stop(self) -> None:
        """Stop what runs; what arrived is kept."""
        if self.job is not None and self.busy:
            self.job.stop()
            self.say("Stopping; what arrived is kept.")
            self.draw_job()

    def action_freeze(self) -> None:
        """Hold the picture still, or let it go on."""
        if self.busy:
            self._frozen_at = self._clock() if self._frozen_at is None else None
            frozen = self._frozen_at is not None
            self.say("Frozen; the run goes on. Space shows it again." if frozen else "")

    async def settled(self, patience_s: float) -> None:
        """Wait until no job goes on, at most so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), patience_s)

    def _set_busy(self, busy: bool) -> None:
        if busy:
            self._idle.clear()
        else:
            self._idle.set()
        self.query_one(SetupPanel).set_busy(busy)
        self.query_one(KeyLine).idle("stop", not busy)
        self.query_one(KeyLine).idle("run", busy)
        again = None if busy or self.job is None else self.job.resumed()
        self.query_one(KeyLine).offer("resume", again is not None)

    def say(self, sentence: str, mood: Mood = Mood.PLAIN) -> None:
        """Write a sentence above the footer."""
        self.query_one(StatusLine).say(sentence, mood)
