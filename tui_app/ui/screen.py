"""The main screen: its layout, its form, its keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.geometry import Size
from textual.reactive import var
from textual.screen import Screen
from textual.timer import Timer

from tui_app.settings import Settings

from . import keys
from .chart.panel import ChartPanel
from .controller import Controller
from .dialogs.prompts import CANCELLED, USE_DEMO, ask_before
from .footer import KeyLine, Severity, StatusLine
from .form import FormValues
from .header import HeaderLine
from .history.screen import HistoryScreen, Wish
from .job import Job
from .keys import RUN, STOP, name_of
from .operationfield import OperationField
from .panels import Panels, export_of
from .requests.panel import RequestsPanel
from .screenrequest import ScreenRequest
from .service import ServiceHolder
from .setup import SetupPanel

FRAME_S: Final = 1 / 12
"""Between two frames. Of a comparison: unless they are held back, see FrameGate."""
FIRST_LOOK_S: Final = 0.2
"""After the first frame: saved runs can wait."""
STORE_LOOKS_S: Final = 0.5
"""Between two looks whether the store is being waited for."""
_NOTICE_S: Final = 30.0

ROOMY: Final = (120, 36)
"""From this size on requests and chart are shown together."""


class MainScreen(Screen[None]):
    """Setup at the left; requests, chart, records and errors at the right."""

    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = list(keys.BINDINGS)
    AUTO_FOCUS = "#waterfall"
    # No ClassVar: Textual's own declaration has none that mypy could see.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (ROOMY[0], "-roomy")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (ROOMY[1], "-tall")]  # noqa: RUF012

    panel: var[str] = var("requests", init=False)
    """The panel that is shown; with room for two, requests stand above it."""

    def __init__(
        self,
        settings: Settings,
        service: ServiceHolder,
        clock: Callable[[], float],
        first: FormValues,
    ) -> None:
        super().__init__(classes="-show-requests")
        self.controller = Controller(service, clock, self.say)
        self._settings = settings
        self._first = first
        self._frames: Timer | None = None

    def fit(self, size: Size) -> None:
        """Begin with the layout for this size: else the first picture has another one's."""
        for points, length in (
            (self.HORIZONTAL_BREAKPOINTS, size.width),
            (self.VERTICAL_BREAKPOINTS, size.height),
        ):
            self.add_class([name for least, name in points or () if length >= least][-1])

    def compose(self) -> ComposeResult:
        """See the class."""
        yield HeaderLine(id="header")
        with Horizontal(id="body"):
            yield SetupPanel(self._settings, self.controller, self._first, id="setup")
            yield Panels(id="work")
        yield StatusLine(id="status")
        first, last, more = keys.FIRST_HINTS, keys.LAST_HINTS, keys.MORE_HINTS
        yield KeyLine(first, last=last, more=more, follows=True, id="keys")

    def on_mount(self) -> None:
        """Say what the form means. Timers rest until there is something to show."""
        self._frames = self.set_interval(FRAME_S, self.tick, pause=True)
        self.set_interval(STORE_LOOKS_S, self._show_waiting)
        self.watch_panel(self.panel)
        self.query_one(KeyLine).hide("log_scales", True)
        self._busy_changed()
        self._form_changed()
        self.set_timer(FIRST_LOOK_S, self._look)

    def watch_panel(self, panel: str) -> None:
        """CSS shows the panel that the screen's class names."""
        # All at once: each change of a screen's classes looks at every widget anew.
        self.update_classes({f"-show-{one}": one == panel for one in keys.PANELS}, animate=False)
        self.query_one(Panels).mark(panel)
        self.call_after_refresh(self.draw_job)

    def on_descendant_focus(self) -> None:
        """Mark the panel that has the focus.

        By a class: ``:focus-within`` styles all widgets of a panel anew at each step inside it.
        """
        for panel in self.query("#setup, #requests, #chart, #records, #errors"):
            panel.set_class(panel.has_focus_within, "-focused")

    on_descendant_blur = on_descendant_focus

    def on_resize(self) -> None:
        """What had no room may have some now."""
        self.call_after_refresh(self.draw_job)

    def say(
        self, sentence: str, severity: Severity = Severity.PLAIN, *, lasting: bool = False
    ) -> None:
        """Write a sentence above the footer."""
        self.query_one(StatusLine).say(sentence, severity, lasting=lasting)

    # -- frames --------------------------------------------------------------------------

    @property
    def job(self) -> Job | None:
        """The newest job, whether it goes on or not."""
        return self.controller.job

    @property
    def busy(self) -> bool:
        """Whether a job goes on."""
        return self.controller.busy

    def tick(self) -> None:
        """Draw the next frame, if it is time for one."""
        job = self.job
        if job is None or not self.controller.next_frame():
            return
        if job.model.runs:
            self.query_one(StatusLine).end(job.starting)
        self.draw_job()
        if job.request.kind == "compare":
            self.call_after_refresh(self.controller.has_drawn)

    def draw_job(self) -> None:
        """Draw the job as it is now, or as it was when the display was paused."""
        if self.job is not None:
            self.query_one(HeaderLine).heading = self.controller.heading()
            self.query_one(Panels).draw(self.job, self.controller.now)

    def repaint(self) -> None:
        """Draw everything anew: the colours have changed."""
        self.query_one(Panels).forget()
        self.draw_job()

    def _show_waiting(self) -> None:
        """Say so while another program has locked the store; take it back afterwards."""
        before, words = self.controller.waiting()
        if words:
            if not before and self.app.screen is not self:  # the line would not be seen
                self.notify(words, severity="warning", markup=False)
            self.say(words, Severity.FAIR)
        else:
            self.query_one(StatusLine).end(before)

    # -- the form ------------------------------------------------------------------------

    @on(SetupPanel.Changed)
    def _form_changed(self) -> None:
        setup = self.query_one(SetupPanel)
        request, problems = setup.read()
        if request is not None:
            self.query_one(StatusLine).pass_on(refusal=True)
        self._choose_rows(self.form.one_per_taxon)
        action = self.form.action
        self.query_one(KeyLine).relabel("run", action.capitalize())
        self.controller.plan(action, request, setup.settings)
        self.query_one(Panels).invite(request, problems[0].sentence if problems else "")
        self.query_one(HeaderLine).heading = self.controller.heading()
        setup.forecast_soon()

    def _choose_rows(self, one_per_taxon: bool) -> None:
        """Show all records of a fetch, or one per taxon; those that are shown are read again."""
        changed = self.controller.one_per_taxon != one_per_taxon
        self.controller.one_per_taxon = one_per_taxon
        if changed and self.job is not None and not self.busy and self.job.request.kind == "fetch":
            self._load_again(self.job)

    @work(group="records", exclusive=True, exit_on_error=False)
    async def _load_again(self, job: Job) -> None:
        await self._load_records(job)

    @on(SetupPanel.Forecast)
    def _forecast_made(self, event: SetupPanel.Forecast) -> None:
        self.query_one(Panels).invite(event.request, event.words)

    def action_plan(self) -> None:
        """What the request would take, by each method."""
        if not self._refuses("Plan"):
            self.query_one(SetupPanel).open_plan(self.say)

    def action_leave(self) -> None:
        """From the form to the panels."""
        self.remove_class("-drawer")
        self.action_panel(self.panel)

    def action_setup(self) -> None:
        """To the form, or back from it: it is a drawer where there is no room for it."""
        setup = self.query_one(SetupPanel)
        if setup.has_focus_within:
            self.action_leave()
        else:
            self.add_class("-drawer")
            setup.query_one("#operation").focus()

    def action_pick(self) -> None:
        """Open the picker, whether the form is seen or not."""
        self.query_one(OperationField).pick()

    def action_choose(self, what: str) -> None:
        """Open the filters, or a list of names or ids, whether the form is seen or not."""
        self.query_one(OperationField).choose(what)

    def action_mode(self) -> None:
        """Switch between compare and fetch; the status line says what that means."""
        self.controller.switching = self.query_one(SetupPanel).switch_mode()

    def action_token(self) -> None:
        """A token, step by step."""
        if not self._refuses("Token"):
            self.query_one(SetupPanel).ask_token(self.say)

    @property
    def form(self) -> FormValues:
        """What the form holds."""
        return self.query_one(SetupPanel).values()

    # -- a job ---------------------------------------------------------------------------

    def action_run(self) -> None:
        """Do what the form says."""
        if self._refuses():
            return
        setup = self.query_one(SetupPanel)
        request, problems = setup.read()
        if request is None:
            self.add_class("-drawer")
            setup.focus_on(problems[0])
            self.say(problems[0].sentence, Severity.BAD)
        else:
            self.start(request)

    def start(self, request: ScreenRequest) -> None:
        """Begin a job where it can be seen, once the user has agreed where that is needed."""

        def answered(answer: str | bool | None) -> None:
            if answer is True:
                self.begin(request)
            elif answer == USE_DEMO:
                self.query_one(SetupPanel).use_demo()
                self.begin(request.on_demo())
            elif answer:
                self._wished(Wish(str(answer), replay=True))
            else:
                self.say(CANCELLED)

        if not ask_before(request, self.app, self.controller.service, answered):
            self.begin(request)

    def begin(self, request: ScreenRequest) -> None:
        """Begin a job and show the panels in which it is seen."""
        self.query_one(SetupPanel).forget_forecast()
        job = self.controller.begin(request)
        self._busy_changed()
        self._draw_anew(job)
        self._run_job(job)
        self._make_room(request)

    def _draw_anew(self, job: Job) -> None:
        self.query_one(Panels).begin(job)
        self.query_one(KeyLine).hide("log_scales", job.request.kind == "fetch")
        self.draw_job()

    def _make_room(self, request: ScreenRequest) -> None:
        """Show the panels in which a job of this kind is seen."""
        self.remove_class("-drawer")
        # Of a fetch records come first where there is room for two panels.
        roomy = self.has_class("-roomy") and self.has_class("-tall")
        self.panel = "records" if request.kind == "fetch" and roomy else "requests"
        self.query_one("#waterfall").focus()

    @work(group="run")
    async def _run_job(self, job: Job) -> None:
        timer = self._frames
        assert timer is not None  # it is mounted
        timer.resume()
        try:
            shown = await self.controller.run(job)
        finally:
            timer.pause()
        if shown:
            self.draw_job()
            self._busy_changed()
            self.query_one(SetupPanel).forecast_soon()  # more is known than before
            await self._load_records(job)

    async def _load_records(self, job: Job) -> None:
        """Read a job's records, and show them if it is still the one that is shown."""
        sheet = await self.controller.sheet_of(job)
        if sheet is not None:
            await self.query_one(Panels).show_records(job, sheet)
            self._busy_changed()

    def _busy_changed(self) -> None:
        """Show what can be done now."""
        self.query_one(SetupPanel).set_busy(self.busy)
        line = self.query_one(KeyLine)
        line.idle("stop", not self.busy)
        line.idle("run", self.busy)
        line.idle("export", self.job is None or self.busy)
        line.hide("resume", self.controller.to_resume is None)

    def action_stop(self) -> None:
        """Stop what runs; what arrived is saved."""
        if self.controller.stop():
            self.draw_job()

    def action_freeze(self) -> None:
        """Pause the display, or let it go on."""
        self.controller.freeze()

    def action_resume(self) -> None:
        """Finish a fetch that was stopped or failed in part."""
        again = self.controller.to_resume
        if again is None:
            self.say("Nothing to resume: no fetch was stopped or failed in part.", Severity.BAD)
        else:
            self.start(again)

    # -- saved runs ----------------------------------------------------------------------

    @work(group="look", exit_on_error=False)
    async def _look(self) -> None:
        """Say whether the newest fetch was stopped or killed."""
        notices, words = await self.controller.first_look()
        for notice in notices:
            self.notify(notice, severity="warning", timeout=_NOTICE_S, markup=False)
        if words and self.job is None:
            self.say(words, Severity.FAIR, lasting=True)
        await self.controller.forget_deleted()

    def action_history(self) -> None:
        """The saved runs."""
        of = self.controller
        screen = HistoryScreen(
            of.service, lambda: self.busy, of.deleted, one_per_taxon=of.one_per_taxon
        )
        self.app.push_screen(screen, self._wished)

    def _wished(self, wish: Wish | None) -> None:
        if wish is not None and not self._refuses():
            self._fulfil(wish)

    @work(group="run", exit_on_error=False)
    async def _fulfil(self, wish: Wish) -> None:
        """Show a saved run as if it had just ended, resume it, or compare on its pages."""
        found = await self.controller.fulfil(wish, self.query_one(SetupPanel).read_replay)
        if isinstance(found, ScreenRequest):
            self.start(found)
        elif found is not None:
            self.controller.show(found)
            self._draw_anew(found)
            await asyncio.sleep(0)  # keys come before the rest
            self._make_room(found.request)
            self.controller.say_outcome(found)
            await self._load_records(found)

    # -- keys ----------------------------------------------------------------------------

    def action_panel(self, panel: str) -> None:
        """Show a panel and give it the focus."""
        self.panel = panel
        self.remove_class("-drawer")
        target = {"requests": "#waterfall", "records": "#records-table"}.get(panel, f"#{panel}")
        self.set_focus(self.query_one(target))  # at once: the next key is meant for it

    def show_chart(self, chart: str) -> None:
        """Show one of the charts."""
        self.query_one(ChartPanel).chart = chart
        self.action_panel("chart")

    def action_turn(self, step: int) -> None:
        """Show the next panel, or the previous one."""
        place = (keys.PANELS.index(self.panel) + step) % len(keys.PANELS)
        self.action_panel(keys.PANELS[place])

    def _refuses(self, what: str = "") -> bool:
        """Whether a run goes on, so that this has to wait; says so."""
        if self.busy:
            why = f"{what} is not available during a run" if what else "A run is already active"
            self.say(f"{why}; {name_of(STOP)} stops it.", Severity.BAD)
        return self.busy

    def action_export(self) -> None:
        """Ask where to, and write."""
        if self.job is None or not self._refuses("Export"):
            of, panels = self.controller, self.query_one(Panels)
            dialog = export_of(
                self.job, of.service, panels.to_export(of.now), one_per_taxon=of.one_per_taxon
            )
            if dialog is None:
                self.say(f"Nothing to export yet: {name_of(RUN)} starts a run.", Severity.BAD)
            else:
                self.app.push_screen(dialog)

    def action_zoom(self) -> None:
        """One panel on all of the screen, or all of them again."""
        if self.query_one(RequestsPanel).has_focus_within:
            self.panel = "requests"
        self.toggle_class("-zoom")
        self.call_after_refresh(self.draw_job)

    def action_table(self) -> None:
        """The requests as a table."""
        from .requests.table import RequestRows, RequestsScreen

        job = self.job
        if job is None or not job.model.lines:
            self.say(f"No requests yet: {name_of(RUN)} starts a run.", Severity.BAD)
        else:
            self.app.push_screen(
                RequestsScreen(RequestRows(job.model, self.controller.now), job.request.query.label)
            )

    def action_learn(self) -> None:
        """The primer."""
        from .primer.screen import PrimerScreen

        self.app.push_screen(PrimerScreen(lambda: self.busy, self.controller.clock))
