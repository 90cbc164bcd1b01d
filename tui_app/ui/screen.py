"""The one screen: its layout, its form, its keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.reactive import var

from tui_app.settings import Settings

from . import keys, text
from .chart.panel import ChartPanel
from .dialogs.confirm import Confirm, hasty_question, live_question
from .dialogs.export import ExportDialog, default_name
from .dialogs.help import HelpScreen
from .errors.panel import ErrorsPanel
from .form import FormValues, Order
from .header import HeaderLine
from .job import whose
from .keyline import KeyLine
from .planscreen import PlanScreen
from .records.panel import RecordsPanel
from .requests.panel import RequestsPanel
from .service import ServiceHolder
from .setup.panel import SetupPanel
from .status import Mood, StatusLine
from .tabs import PANELS, Tab, Tabs

if TYPE_CHECKING:
    from tui_app.redlist.codes import Code

    from .dialogs.token import NewToken

ROOMY: Final = (120, 36)
"""From this size on requests and chart are shown together."""


class MainScreen(PlanScreen):
    """Setup at the left; requests, chart, records and errors at the right.

    Args:
        settings: what the form begins with.
        service: what carries the runs.
        clock: monotonic seconds; frozen in snapshots.
        first: what the form holds at first; None for what the settings say.
    """

    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = list(keys.BINDINGS)
    AUTO_FOCUS = "#waterfall"
    # No ClassVar: Textual's own declaration has none that mypy could see.
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-narrow"),
        (100, "-wide"),
        (ROOMY[0], "-roomy"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-short"),
        (ROOMY[1], "-tall"),
    ]

    panel: var[str] = var("requests", init=False)
    """The panel that is shown; with room for two, requests stand above it."""

    def __init__(
        self,
        settings: Settings,
        service: ServiceHolder,
        clock: Callable[[], float] = monotonic,
        first: FormValues | None = None,
    ) -> None:
        super().__init__(service, clock, classes="-show-requests")
        self._settings = settings
        self._first = first

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
            yield SetupPanel(self._settings, self._codes, self._first, id="setup")
            with Vertical(id="work"):
                yield Tabs(PANELS, id="tabs-all")
                yield RequestsPanel(id="requests")
                yield Tabs(PANELS[1:], id="tabs-lower")
                yield ChartPanel(id="chart")
                yield RecordsPanel(id="records")
                yield ErrorsPanel(id="errors")
        yield StatusLine(id="status")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """What the form says now."""
        self.watch_panel(self.panel)
        self._form_changed()
        self.look_for_unfinished(self._settings.home)

    def watch_panel(self, panel: str) -> None:
        """CSS shows the panel that the screen's class names."""
        # All at once: each change of a screen's classes looks at every widget anew.
        self.update_classes({f"-show-{one}": one == panel for one in PANELS}, animate=False)
        for tabs in self.query(Tabs):
            tabs.mark("chart" if panel == "requests" and tabs.id == "tabs-lower" else panel)
        self.call_after_refresh(self.draw_job)

    def on_resize(self) -> None:
        """What had no room may have some now."""
        self.call_after_refresh(self.draw_job)

    # -- the form ------------------------------------------------------------------------

    @on(SetupPanel.Changed)
    def _form_changed(self) -> None:
        order, problems = self.query_one(SetupPanel).read()
        self._picture.show_form(order, problems, busy=self.busy)
        self.foresee(order)

    @on(SetupPanel.RunPressed)
    def _run_pressed(self) -> None:
        self.action_run()

    @on(SetupPanel.StopPressed)
    def _stop_pressed(self) -> None:
        self.action_stop()

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
        self.query_one(SetupPanel).wanted.pick()

    @on(SetupPanel.TokenPressed)
    def action_token(self) -> None:
        """A token, step by step."""
        from .dialogs.token import TokenDialog

        if self.busy:
            self.say("A token can be added when the run has ended; F8 stops it.", Mood.BAD)
        else:
            dialog = TokenDialog(self._service, self.query_one(SetupPanel).settings)
            self.app.push_screen(dialog, self._token_given)

    def _token_given(self, new: NewToken | None) -> None:
        if new is not None:
            self._service.use_token(new.token)
            self.query_one(SetupPanel).use_token(new.token)
            self.say(f"{new.words} F5 fetches from the real server.", Mood.GOOD)

    def _codes(self, stem: str, settings: Settings) -> Sequence[Code]:
        return self._service.get().codes(stem, settings)

    @property
    def form(self) -> FormValues:
        """What the form holds."""
        return self.query_one(SetupPanel).values()

    # -- a job ---------------------------------------------------------------------------

    def action_run(self) -> None:
        """Do what the form says."""
        if self.busy:
            self.say("A run goes on already; F8 stops it.", Mood.BAD)
            return
        setup = self.query_one(SetupPanel)
        order, problems = setup.read()
        if order is None:
            self.add_class("-drawer")
            setup.focus_on(problems[0])
            self.say(problems[0].sentence, Mood.BAD)
        else:
            self.start(order)

    def start(self, order: Order) -> None:
        """Begin a job where it can be seen, once the user has agreed where that is needed."""
        if order.kind == "compare" and order.live:
            question, yes = live_question(order), "Compare"
        elif order.hasty:
            question, yes = hasty_question(order), "Fetch"
        else:
            self._start(order)
            return

        def answered(agreed: bool | None) -> None:
            if agreed:
                self._start(order)
            else:
                self.say("Nothing was asked.")

        self.app.push_screen(Confirm(question, yes), answered)

    def _start(self, order: Order) -> None:
        self.begin(order)
        self.make_room(order)

    def make_room(self, order: Order) -> None:
        """Show the panels in which a job of this kind is seen."""
        self.remove_class("-drawer")
        # A fetch has no chart: where there is room for two panels, the other one is its records.
        roomy = self.has_class("-roomy") and self.has_class("-tall")
        self.panel = "records" if order.kind == "fetch" and roomy else "requests"
        self.query_one("#waterfall").focus()

    def action_resume(self) -> None:
        """Finish a fetch that was stopped or failed in part."""
        again = None if self.job is None else self.job.resumed()
        if again is None:
            self.say("Nothing to resume: no fetch was stopped or failed in part.", Mood.BAD)
        else:
            self.start(again)

    # -- keys ----------------------------------------------------------------------------

    @on(Tab.Chosen)
    def _tab_chosen(self, event: Tab.Chosen) -> None:
        self.action_panel(event.panel)

    def action_panel(self, panel: str) -> None:
        """Show a panel and give it the focus."""
        self.panel = panel
        self.remove_class("-drawer")
        target = {"requests": "#waterfall", "records": "#records-table"}.get(panel, f"#{panel}")
        self.call_after_refresh(self.query_one(target).focus)

    def show_chart(self, chart: str) -> None:
        """Show one of the charts."""
        self.query_one(ChartPanel).chart = chart
        self.action_panel("chart")

    def action_turn(self, step: int) -> None:
        """Show the next panel, or the previous one."""
        place = (PANELS.index(self.panel) + step) % len(PANELS)
        self.action_panel(PANELS[place])

    def action_export(self) -> None:
        """Ask where to, and write."""
        job = self.job
        run = None if job is None else job.model.run_to_show()
        if job is None or run is None:
            self.say("There is nothing to export yet: F5 first.", Mood.BAD)
        elif self.busy:
            self.say("Export waits until the run has ended; F8 stops it.", Mood.BAD)
        else:
            what = f"{text.plural(run.records, 'record')} of {whose(run)}"
            chart = self.query_one(ChartPanel)
            ending = chart.written_as if chart.has_focus else ".csv"
            demo = job.order.settings.source == "demo"
            name = default_name(job.order.label, demo=demo, ending=ending)
            figure = partial(chart.figure, self._clock())
            of = job.model.comparison
            self.app.push_screen(
                ExportDialog(self._service, run.run, what, name, figure, comparison=of)
            )

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
            self.say("There are no requests yet: F5 first.", Mood.BAD)
        else:
            self.app.push_screen(
                RequestsScreen(RequestRows(job.model, self._clock()), job.order.label)
            )

    def action_learn(self) -> None:
        """The primer."""
        from .primer.screen import PrimerScreen

        self.app.push_screen(PrimerScreen(lambda: self.busy, self._clock))

    def action_help(self) -> None:
        """Keys, panels, words."""
        in_setup = self.query_one(SetupPanel).has_focus_within
        self.app.push_screen(HelpScreen("setup" if in_setup else self.panel))
