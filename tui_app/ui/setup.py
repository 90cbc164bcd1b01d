"""Setup: the form, a column where there is room, a drawer where there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Checkbox, Input, RadioSet, Select, Static

from tui_app.methods import find_method, known_methods, usable_methods
from tui_app.redlist import Api, Token
from tui_app.settings import (
    COURTEOUS_RATE,
    COURTEOUS_WINDOW,
    Profile,
    Settings,
    Source,
    profile_in_words,
)

from . import keys
from .controller import Controller
from .fields import Choice, Field, LineButton, TextInput, Tick
from .footer import Severity
from .form import (
    DEFAULT_OPERATION,
    FormProblem,
    FormValues,
    Over,
    fetches_names,
    fresh_at_first,
    read_form,
    read_replay,
    with_source,
)
from .model import Kind
from .operationfield import OperationField, OperationInput
from .screenrequest import ScreenRequest
from .text import clean

if TYPE_CHECKING:
    from .dialogs.token import NewToken

Say = Callable[[str, Severity], None]
"""Writes a sentence on the status line."""

FORECAST_AFTER_S: Final = 0.4
"""After the form's last change: no forecast while the user types."""
_TOOLTIPS: Final = {
    "action": "What {run} does: compare the ticked methods, or fetch once.",
    "method": "How a fetch sends its requests.",
    "source": "The embedded demo server with synthetic data, or the live Red List API.",
    "add-token": "Add or replace the API token: it is checked, then saved ({token}).",
    "profile": "The demo server's delays and faults. It has no rate limit.",
    "api": "v4 is the current API. v3 is retired; the demo server still has it.",
    "operation": "The API's own path, or several: a + b. threats/5+ is a code with those below "
    "it. → completes it, {operation_pick} searches all operations and codes.",
    "pick": "Search all operations and codes ({pick}).",
    "several": "Union: assessments that any of the operations lists. Intersect: only those that "
    "all of them list.",
    "distinct": "One row per assessment, with the codes of all lists that have it.",
    "open-filters": "Latest, scope, year, possibly extinct, where the operations accept them.",
    "history": "One row per assessment of a name, newest first; otherwise one row per name.",
    "details": "Also fetch the full assessment of each row: one request per row.",
    "fresh": "Request everything again instead of using saved responses. Ticked for the demo.",
    "one-per-taxon": "Show and export one row per taxon: the latest Global assessment, else the "
    "latest, else the newest. All rows stay saved.",
    "over": "Compare the times over page counts, or over requests in flight at one page count.",
    "page_counts": "Page counts to compare: whole numbers, separated by commas. Over requests "
    "in flight, the largest one is used.",
    "pages": "Maximum number of pages to fetch, or all.",
    "repeats": "Timed runs per method and page count; the chart shows medians.",
    "concurrency": "Maximum number of requests in flight. Sequential has one.",
    "in_flight_counts": "Requests in flight to compare: whole numbers, separated by commas. "
    "Sequential has one.",
    "rate": "Requests started per second over the whole run, or off.",
    "window": "N/S: at most N requests started in any S seconds, other runs included; or off.",
    "retries": "Retries of a request, at most.",
    "timeout": "Timeout of one attempt, in seconds.",
}
"""What each field of the form is for."""
_TYPED: Final = {
    "page_counts": "Pages", "pages": "Pages", "repeats": "Repeats", "concurrency": "In flight",
    "in_flight_counts": "In flight",
    "rate": "Rate", "window": "", "retries": "Retries", "timeout": "Timeout s",
}  # fmt: skip
"""What is typed, with its label; the window stands beside the rate, a tick beside the pages."""
_FEW: Final = 3
"""More methods stand two in a line, so that the form fits into 24 lines."""
_BESIDE: Final = 12
"""The longest name that has room for another beside it."""


class SetupPanel(Vertical):
    """The form.

    Args:
        settings: for what it doesn't hold.
        controller: forecasts what the form means; its service asks a server for codes.
        first: what it holds at first.
    """

    BORDER_TITLE = "Setup"
    HINTS = keys.FORM_HINTS

    class Changed(Message):
        """The form holds something else now."""

    @dataclass
    class Forecast(Message):
        """What the form's request would take is known now."""

        request: ScreenRequest
        words: str

    def __init__(
        self, settings: Settings, controller: Controller, first: FormValues, *, id: str
    ) -> None:
        super().__init__(id=id)
        self._controller = controller
        self._service = controller.service
        self._forecast_timer: Timer | None = None
        self._busy = False
        self._base = settings
        self._first = first
        # One that was asked for by name has a tick although it can't be used: F5 says why.
        usable = usable_methods()
        self._methods = [
            name
            for name in known_methods()
            if name in usable or name in (*self._first.methods, self._first.method)
        ]
        self._whole = False

    def compose(self) -> ComposeResult:
        """A line a field; below them, always in view, what F5 does."""
        run, stop = keys.name_of(keys.RUN), keys.name_of(keys.STOP)
        with VerticalScroll(id="fields", can_focus=False):
            yield from self._fields(run)
        with Horizontal(id="buttons"):
            for name, label in (("run", f"Compare {run}"), ("stop", f"Stop {stop}")):
                yield Button(Content(label), id=name, compact=True, action=f"screen.{name}")
        yield Static("", id="note", markup=False)

    def _fields(self, run: str) -> ComposeResult:
        first = self._first
        yield Field("action", run, Choice(("compare", "fetch"), first.action, id="action"))
        yield Field("source", "Source", Choice(("demo", "live"), first.source, id="source"))
        yield Field("token", "Token", LineButton("", id="add-token", action="screen.token"))
        profiles = Select[str](
            [(f"{name:<9}{profile_in_words(name)}", name) for name in get_args(Profile)],
            value=first.profile,
            allow_blank=False,
            compact=True,
            id="profile",
        )
        yield Field("profile", "Profile", profiles)
        yield Field("api", "API", Choice(("v4", "v3"), first.api, id="api"))
        yield OperationField(first, lambda: self.api, self._service, self._settings_now)
        history = Tick("all assessments", first.history, id="history", compact=True)
        yield Field("history", "History", history)
        details = Tick("details", first.details, id="details", compact=True)
        fresh = Tick("fresh", first.fresh, id="fresh", compact=True)
        yield Field("take", "Options", Horizontal(details, fresh))
        with Vertical(id="methods", classes="-many" * (len(self._methods) > _FEW)):
            for number, method in enumerate(self._methods):
                tick = Tick(method, method in first.methods, id=f"method-{method}", compact=True)
                if package := find_method(method).package:
                    tick.tooltip = Content(f"{method}, of {package}.")
                field = Field(f"method-{method}", "" if number else "Methods", tick)
                yield field.set_class(len(method) > _BESIDE, "-long")
        of_fetch = Choice(tuple(self._methods), first.method, id="method")
        many = len(self._methods) > _FEW
        yield Field("method", "" if many else "Method", of_fetch).set_class(many, "-many")
        typed = {name: TextInput(getattr(first, name), id=name, compact=True) for name in _TYPED}
        yield Field("over", "Over", Choice(get_args(Over), first.over, id="over"))
        rows = Tick("one per taxon", first.one_per_taxon, id="one-per-taxon", compact=True)
        beside = {"rate": typed.pop("window"), "pages": rows}
        for name, one in typed.items():
            both = Horizontal(one, beside[name]) if name in beside else one
            yield Field(name, _TYPED[name], both)

    def on_mount(self) -> None:
        """Explain the fields."""
        for name, words in _TOOLTIPS.items():
            self.query_one(f"#{name}").tooltip = words.format(**keys.key_names())
        self.query_one("#run", Button).variant = "primary"
        self._whole = True
        self._adapt()

    # -- read ----------------------------------------------------------------------------

    @property
    def api(self) -> Api:
        """The version that is chosen."""
        # Asked for while the form is still being put together, by the input that completes.
        found = self.query("#api").results(Choice)
        return cast("Api", next((one.value for one in found), self._first.api))

    def values(self) -> FormValues:
        """What the form holds."""
        typed: dict[str, Any] = {name: self.query_one(f"#{name}", Input).value for name in _TYPED}
        field = self.query_one(OperationField)
        return FormValues(
            action=cast("Kind", self.query_one("#action", Choice).value),
            source=cast("Source", self.query_one("#source", Choice).value),
            profile=cast("Profile", self.query_one("#profile", Select).value),
            api=self.api,
            operation=field.line,
            filters=field.filters,
            names=field.lists["names"],
            ids=field.lists["ids"],
            history=self.query_one("#history", Tick).value,
            intersect=field.intersect,
            distinct=field.distinct,
            details=self.query_one("#details", Tick).value,
            fresh=self.query_one("#fresh", Tick).value,
            one_per_taxon=self.query_one("#one-per-taxon", Tick).value,
            methods=tuple(
                name for name in self._methods if self.query_one(f"#method-{name}", Tick).value
            ),
            method=self.query_one("#method", Choice).value,
            over=cast("Over", self.query_one("#over", Choice).value),
            **typed,
        )

    @property
    def settings(self) -> Settings:
        """Those that the form began with, with its server."""
        return with_source(self.values(), self._base)

    def use_demo(self) -> None:
        """Choose the demo server."""
        self.query_one("#source", Choice).choose("demo")

    def use_token(self, token: Token) -> None:
        """Send this one from now on, and ask the server that it is for."""
        self._base = replace(self._base, token=token)
        self.query_one("#source", Choice).choose("live")
        self.query_one("#action", Choice).choose("fetch")  # benchmarks don't belong there
        self._adapt()
        self.post_message(self.Changed())

    def read(self) -> tuple[ScreenRequest | None, list[FormProblem]]:
        """The request, or what is wrong; wrong fields get marked."""
        request, problems = read_form(self.values(), self._base)
        if request is not None:
            request = self._controller.with_lists(request)
        wrong = {self._place(one.field) for one in problems}
        for field in self.query(Field):
            field.mark(field.field in wrong)
        note = self.query_one("#note", Static)
        note.set_class(bool(problems), "-wrong")
        note.update(problems[0].sentence if problems or request is None else _note(request))
        return request, problems

    def read_replay(self) -> tuple[Settings | None, list[FormProblem]]:
        """How a saved run is compared on, or what is wrong with that."""
        return read_replay(self.values(), self._base)

    def switch_mode(self) -> Kind:
        """From compare to fetch, or back; gives the new one."""
        action = self.query_one("#action", Choice)
        kind: Kind = "fetch" if action.value == "compare" else "compare"
        action.choose(kind)
        return kind

    def focus_on(self, problem: FormProblem) -> None:
        """Give the focus to the field that is wrong."""
        if problem.field == "window":  # the second in its line
            self.query_one("#window", Input).focus()
        else:
            self.query_one(f"#field-{self._place(problem.field)}", Field).focus_inner()

    def set_busy(self, busy: bool) -> None:
        """Whether something runs that can be stopped."""
        self._busy = busy
        self.query_one("#run", Button).disabled = busy
        self.query_one("#stop", Button).disabled = not busy

    def _place(self, field: str) -> str:
        """The line that shows a field."""
        places = {"methods": f"method-{self._methods[0]}", "window": "rate"}
        return places.get(field, field)

    # -- the estimate, and a token -----------------------------------------------------------

    def forecast_soon(self) -> None:
        """Say what the form's request would take, a moment from now."""
        self.forget_forecast()
        request = self._controller.planned
        # While a run is measured nothing else is done here.
        if request is not None and not self._controller.busy:
            begin = partial(self._forecast, request)
            self._forecast_timer = self.set_timer(FORECAST_AFTER_S, begin)

    def forget_forecast(self) -> None:
        """Stop forecasting."""
        self._controller.forget_forecast()
        if self._forecast_timer is not None:
            self._forecast_timer.stop()
            self._forecast_timer = None

    @work(group="forecast", exit_on_error=False)
    async def _forecast(self, request: ScreenRequest) -> None:
        found = await self._controller.forecast(request)
        if found is not None:
            known, words = found
            self.query_one("#note", Static).update(f"{_note(known)} {clean(words)}".strip())
            self.post_message(self.Forecast(known, words))

    def open_plan(self, say: Say) -> None:
        """Show what the request would take, by each method; or say what is wrong."""
        from .dialogs.plan import PlanDialog

        request, problems = self.read()
        if request is None:
            say(problems[0].sentence, Severity.BAD)
        else:
            self.forget_forecast()
            dialog = PlanDialog(self._service, request)
            self.app.push_screen(dialog, lambda _: self.forecast_soon())

    def ask_token(self, say: Say) -> None:
        """Ask for a token, step by step."""
        from .dialogs.token import TokenDialog

        def given(new: NewToken | None) -> None:
            if new is not None:
                self._service.use_token(new.token)
                self.use_token(new.token)
                run = keys.name_of(keys.RUN)
                words = f"{new.words} {run} fetches from the live API."
                # After what the changed form takes back.
                self.call_after_refresh(say, words, Severity.GOOD)

        self.app.push_screen(TokenDialog(self._service, self.settings), given)

    # -- heard ---------------------------------------------------------------------------

    @on(RadioSet.Changed)
    @on(Checkbox.Changed)
    @on(Input.Changed)
    @on(Select.Changed)
    @on(OperationField.Changed)
    def _changed(self, event: Message) -> None:
        event.stop()
        if isinstance(event, OperationField.Changed) and event.fetch_only:
            self.query_one("#action", Choice).choose("fetch")
        if self._whole:
            self._adapt()
            self.post_message(self.Changed())

    @on(RadioSet.Changed, "#api")
    def _other_api(self) -> None:
        # The versions share no operation: what still is the other's default becomes this one's.
        operation = self.query_one(OperationInput)
        if operation.value.strip() in DEFAULT_OPERATION.values():
            operation.put(DEFAULT_OPERATION[self.api])

    @on(RadioSet.Changed, "#source")
    def _other_source(self) -> None:
        source = cast("Source", self.query_one("#source", Choice).value)
        self.query_one("#fresh", Tick).value = fresh_at_first(source, self._base)

    def _settings_now(self) -> Settings | None:
        """The chosen server's; None while a run may be timed, and nothing else is to be done."""
        return None if self._busy else self.settings

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        await self.screen.run_action("run")

    def _adapt(self) -> None:
        """Show the fields that matter for what is chosen."""
        values = self.values()
        compare, live = values.action == "compare", values.source == "live"
        swept = compare and values.over == "in flight"
        self.query_one(OperationField).adapt(fetch=not compare)
        for name, shown in {
            "field-history": not compare and fetches_names(values.operation, values.api),
            "field-take": not compare,
            "details": values.api == "v4",
            "one-per-taxon": values.api == "v4",
            "field-over": compare,
            "field-page_counts": compare,
            "field-concurrency": not swept,
            "field-in_flight_counts": swept,
            "field-repeats": compare,
            "field-pages": not compare,
            "field-profile": not live,
        }.items():
            self.query_one(f"#{name}").display = shown
        self.query_one("#methods").display = compare
        self.query_one("#field-method").display = not compare
        label = Content(f"{values.action.capitalize()} {keys.name_of(keys.RUN)}")
        self.query_one("#run", Button).label = label
        token = "none · add one" if self._base.token is None else "set · replace"
        self.query_one("#add-token", LineButton).say(token)
        rate, window = self.query_one("#rate", Input), self.query_one("#window", Input)
        paced = replace(self._base, source=values.source, api=values.api).pace_is_owed
        rate.placeholder = f"{COURTEOUS_RATE:g} a second" if paced else "rate off"
        window.placeholder = f"{COURTEOUS_WINDOW} s" if paced else "window off"


def _note(request: ScreenRequest) -> str:
    run = keys.name_of(keys.RUN)
    return f"{run} {request.in_words()}, from {request.server}. {request.rate_limit}".strip()
