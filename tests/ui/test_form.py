"""From what the form holds to what F5 does, or to a sentence that says what is wrong."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.on_screen import lines, said
from tests.support.screens import ScriptedService, play, scripted_app, until
from tui_app.redlist import Token, make_query
from tui_app.redlist.rate_limit import Window
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.picker import Picker
from tui_app.ui.dialogs.prompts import hasty_question, live_question
from tui_app.ui.fields import Choice, Dot
from tui_app.ui.form import FormValues, ScreenRequest, first_values, read_form
from tui_app.ui.header import draw_heading, heading
from tui_app.ui.operationfield import completed_operation, completions
from tui_app.ui.screenrequest import Replayed

DEMO = Settings()
LIVE = Settings(source="live", token=Token("secret"))


def order(values: FormValues, base: Settings = DEMO) -> ScreenRequest:
    read, problems = read_form(values, base)
    assert not problems
    assert read is not None
    return read


def test_the_defaults_compare_all_three_on_the_demo_at_once() -> None:
    read = order(first_values(DEMO))
    assert read.kind == "compare"
    assert read.methods == ("sequential", "threads", "asyncio")
    assert read.settings.page_counts == (1, 3, 5, 10)
    assert read.settings.repeats == 1
    assert read.settings.source == "demo"
    assert read.settings.demo_profile == "typical"
    assert (read.runs, read.requests_by_method) == (12, dict.fromkeys(read.methods, 19))
    # 57 timed, ten pages prepared, a warm-up of one page by each method.
    assert read.requests == 57 + 12 + 1
    assert (
        read.in_words() == "compares at 1, 3, 5 and 10 pages: 12 runs, 70 requests with preparation"
    )


def test_a_comparison_is_over_page_counts_or_requests_in_flight() -> None:
    values = replace(FormValues(), over="in flight", in_flight_counts="4,1,2", concurrency="x")
    read = order(values)
    assert read.settings.in_flight_counts == (1, 2, 4)
    assert (read.page_counts, read.in_flight) == ((10,), (1, 2, 4))
    assert read.runs == 1 + 2 * 3
    assert read.requests_by_method == {"sequential": 10, "threads": 30, "asyncio": 30}
    # 70 timed, a warm-up of each method, a look at all ten pages.
    assert read.requests == 70 + 30 + 10
    assert read.in_words() == (
        "compares at 10 pages and 1, 2 and 4 in flight: 7 runs, 110 requests with preparation"
    )
    assert order(replace(values, over="pages", concurrency="8")).settings.in_flight_counts == ()
    assert order(replace(values, action="fetch", concurrency="8")).in_flight == (8,)
    read_, problems = read_form(replace(values, in_flight_counts="1,x"), DEMO)
    assert (read_, problems[0].field) == (None, "in_flight_counts")
    assert "whole numbers from 1 to 256" in problems[0].sentence
    base = Settings(in_flight_counts=(2, 3))
    assert (first_values(base).over, first_values(base).in_flight_counts) == ("in flight", "2,3")


def test_the_users_settings_come_first() -> None:
    base = Settings(
        repeats=5, concurrency=4, rate=math.inf, window=Window(45, 60.0), pages=7,
        page_counts=(2,), methods=("threads",), retries=0, timeout_s=2.5, api="v3",
        demo_profile="flaky",
    )  # fmt: skip
    values = first_values(base)
    assert values == FormValues(
        profile="flaky", api="v3", operation="species/page", methods=("threads",),
        page_counts="2", pages="7", repeats="5", concurrency="4", rate="off", window="45/60",
        retries="0", timeout="2.5",
    )  # fmt: skip
    read = order(values, base)
    assert read.settings == base


def test_with_a_token_the_form_begins_with_a_fetch() -> None:
    assert first_values(LIVE).action == "fetch"
    own = Settings(source="live", base_url="http://127.0.0.1:8808")
    assert first_values(own).action == "compare"
    assert first_values(replace(own, token=Token("secret"))).action == "fetch"
    assert first_values(replace(LIVE, source="demo")).action == "compare"


def test_a_fetch_takes_its_own_method_and_pages() -> None:
    """It took the first of those that a comparison times: the slowest."""
    assert order(replace(FormValues(), action="fetch")).methods == ("asyncio",)
    values = replace(FormValues(), action="fetch", method="threads", methods=(), pages="4")
    read = order(values)
    assert read.methods == ("threads",)
    assert read.settings.pages == 4
    assert read.in_words() == "fetches 4 pages of red_list_categories/CR by threads"
    assert order(replace(values, pages="all")).settings.pages is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("page_counts", "0", "whole numbers from 1"),
        ("page_counts", "-1", "whole numbers from 1"),
        ("page_counts", "a", "whole numbers from 1"),
        ("page_counts", "5-1", "whole numbers from 1"),
        ("page_counts", "", "whole numbers from 1"),
        ("repeats", "0", "repeats"),
        ("concurrency", "0", "In flight"),
        ("concurrency", "many", "In flight"),
        ("rate", "-2", "rate"),
        ("rate", "1e-300", "a second from 0.0001 to 1000000, or off, not '1e-300'."),
        ("rate", "1e999", "a second from 0.0001 to 1000000, or off, not '1e999'."),
        ("window", "90", "N/S"),
        ("retries", "-1", "retries"),
        ("retries", "-0", "The number of retries is a whole number from 0 to 100, not '-0'."),
        ("repeats", "9" * 20, "The number of repeats is a whole number from 1 to 1000"),
        ("timeout", "0", "timeout"),
        ("timeout", "1e-9", "a number of seconds from 0.001 to 86400, not '1e-9'."),
        ("timeout", "nan", "a number of seconds from 0.001 to 86400, not 'nan'."),
        ("operation", "red_list_categorie/CR", "or red_list_categories/CR?"),
        ("operation", "", "No operation was given"),
        ("operation", "assessment/136250858", "no pages to compare"),
        ("operation", "countries/MG?token=x", "token"),
        ("methods", (), "Tick at least one method"),
    ],
)
def test_bad_input_is_named_with_its_field(field: str, value: object, said: str) -> None:
    read, problems = read_form(replace(FormValues(), **{field: value}), DEMO)  # type: ignore[arg-type]
    assert read is None
    assert [problem.field for problem in problems] == [field]
    assert said in problems[0].sentence


def test_a_list_of_malformed_names_has_no_pages_to_compare_at() -> None:
    """It has no requests either: 12 runs of 0 requests were offered."""
    values = replace(FormValues(), operation="species", names=("Canis 99",))
    read, problems = read_form(values, DEMO)
    assert read is None
    assert problems[0].sentence.startswith("A list of your own has no pages to compare.")


def test_bad_pages_matter_only_to_a_fetch() -> None:
    bad = replace(FormValues(), pages="-3")
    assert order(bad).kind == "compare"
    read, problems = read_form(replace(bad, action="fetch"), DEMO)
    assert read is None
    assert problems[0].field == "pages"


def test_all_problems_are_found_at_once() -> None:
    _, problems = read_form(replace(FormValues(), rate="x", retries="y", methods=()), DEMO)
    assert {problem.field for problem in problems} == {"rate", "retries", "methods"}


def test_live_without_a_token_says_how_to_set_one() -> None:
    _, problems = read_form(replace(FormValues(), source="live"), DEMO)
    assert problems[0].field == "source"
    assert "Add one with ^S" in problems[0].sentence


def test_a_server_of_ones_own_needs_no_token() -> None:
    base = replace(DEMO, source="live", base_url="http://127.0.0.1:8808")
    assert order(replace(FormValues(), source="live"), base).server == "127.0.0.1:8808"


def test_the_question_before_a_live_comparison_says_what_it_costs() -> None:
    read = order(replace(FormValues(), source="live"), LIVE)
    said = live_question(read)
    assert "61 requests to api.iucnredlist.org" in said
    assert "rate limit 2/s, 90/120 s" in said
    assert ": 30 s or more." in said
    assert "not to misuse the API" in said
    assert "secret" not in said
    many = order(replace(FormValues(), source="live", repeats="3"), LIVE)
    assert ": 2 min 42 s or more" in live_question(many), (
        "175 requests: 120 s for the first 90, 42 s for the rest"
    )


def test_the_form_says_when_a_comparison_meets_the_rate_limit() -> None:
    """Before it begins: its runs would wait, or be refused."""
    many = replace(FormValues(), repeats="3")
    assert order(FormValues()).rate_limit == ""
    assert order(many).rate_limit == (
        "Request 101 of 184 would meet the live API's rate limit (about 100 requests in 120 s)."
    )
    assert order(replace(many, window="90/120")).rate_limit == (
        "Request 91 of 184 waits for the rate limit (90 requests in 120 s)."
    )
    assert order(replace(many, rate="0.7")).rate_limit == "", "so slow that it is never met"
    assert order(replace(many, action="fetch")).rate_limit == ""


@pytest.mark.parametrize(
    ("rate", "window", "hasty"),
    [
        ("", "", False),
        ("2", "90/120", False),
        ("", "off", True),
        ("", "100/120", True),
        ("3", "", True),
    ],
)
def test_a_window_that_is_too_wide_for_a_real_host_is_asked_about(
    rate: str, window: str, hasty: bool
) -> None:
    values = replace(FormValues(), action="fetch", source="live", rate=rate, window=window)
    read = order(values, LIVE)
    assert read.hasty is hasty
    if hasty:
        assert "2 requests a second, 90 requests in 120 s that the API" in hasty_question(read)


# -- the header --------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 60, 78, 100, 118, 160])
def test_the_header_always_fits_and_always_says_whose_data(width: int) -> None:
    query = make_query(["taxa/class/" + "A" * 60])
    for settings, replay_of, words in (
        (DEMO, None, ("DEMO",)),
        (LIVE, None, ("LIVE",)),
        (DEMO, "12", ("REPLAY", "12", "DEMO")),
        (LIVE, "12", ("REPLAY", "12")),
    ):
        replays = None if replay_of is None else Replayed(replay_of)
        given = ScreenRequest("compare", query, settings, replays=replays)
        said = draw_heading(heading(given, None, 0.0), width).plain
        assert len(said) <= width
        assert all(word in said for word in words)
        assert ("LIVE" in said) is given.live


def test_the_header_with_room() -> None:
    given = ScreenRequest("compare", make_query(["countries/MG"]), LIVE)
    said = draw_heading(heading(given, None, 0.0), 118).plain
    assert said.startswith("iucn-tui · LIVE api.iucnredlist.org · countries/MG · rate limit 2/s")
    again = replace(given, settings=replace(DEMO, rate=math.inf), replays=Replayed("12"))
    said = draw_heading(heading(again, None, 0.0), 118).plain
    assert said.startswith(
        "iucn-tui · REPLAY of run 12, DEMO (synthetic data) · countries/MG · rate limit"
    )


# -- completing operations ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("red", "red_list_categories/CR"),
        ("RED_list_categories/e", "RED_list_categories/eN"),
        ("taxa/fam", "taxa/family/Felidae"),
        ("taxa/sci", "taxa/scientific_name"),
        ("taxa/scientific_name", "taxa/scientific_name?genus_name="),
        ("scop", "scopes"),
        ("xyz", None),
        ("red_list_categories/CR", None),
        ("countries/MG + red", "countries/MG + red_list_categories/CR"),
        ("countries/MG + ", None),
    ],
)
def test_operations_complete(typed: str, completed: str | None) -> None:
    assert completed_operation(typed, "v4") == completed


def test_each_version_completes_its_own() -> None:
    assert completed_operation("sp", "v3") == "species/page"
    assert completed_operation("sp", "v4") == "species"
    assert completed_operation("species/", "v4") is None
    assert "countries/" in completions("v4")


@pytest.mark.parametrize(
    ("base_url", "words"), [("http://127.0.0.1:8808", "rate off"), ("https://h", "2 a second")]
)
def test_the_field_names_the_pace_that_the_header_names(
    settings: Settings, base_url: str, words: str
) -> None:
    """A server on this machine is owed no pace: one of the two said so, and the other did not."""
    live = replace(settings, source="live", base_url=base_url, named=base_url)
    app = scripted_app(live, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.pause()
        assert app.main.query_one("#rate", Input).placeholder == words
        assert ("rate limit off" in lines(app, "#header")) == (words == "rate off")

    play(app, scenario, size=(160, 40))


def test_an_operation_on_the_command_line_is_in_the_form(settings: Settings) -> None:
    """``iucn-tui threats/5 --source demo``."""
    app = RedListApp(
        settings, make_service=lambda _: ScriptedService(), form={"operation": "threats/5"}
    )

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.pause()
        assert app.main.query_one("#operation", Input).value == "threats/5"
        assert "threats/5" in lines(app, "#header")

    play(app, scenario)


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("fast", "no delay, no faults"),
        ("typical", "0.3 s/page, no faults"),
        ("iucn", "0.98 s/page, as slow as the live API, no faults"),
        ("notebook", "0.48 s/page, one shared link, no faults"),
        ("flaky", "0.1 s/page, 30% of pages fail up to 3 times"),
    ],
)
def test_a_demo_profile_is_explained_where_it_is_chosen(
    settings: Settings, profile: str, words: str
) -> None:
    """By their names alone nobody knows which is slow or faulty."""
    app = scripted_app(replace(settings, demo_profile="typical"), ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f2")
        app.main.query_one("#profile").focus()
        await pilot.press("enter")
        await pilot.pause()
        shown = [line.text for line in app.screen._compositor.render_strips()]
        assert any(f"{profile:<9}{words} " in line for line in shown)
        await pilot.press("escape")
        await pilot.pause()
        assert "typical  0.3 s/page" in lines(app, "#profile")

    play(app, scenario, size=(80, 24))


def test_the_operation_field_shows_the_beginning_of_its_text(settings: Settings) -> None:
    """It showed the end: which list it is could not be seen."""
    long = "countries/MG + red_list_categories/CR + threats/5_3_5"
    app = RedListApp(settings, make_service=lambda _: ScriptedService(), form={"operation": long})

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f2")
        typed = app.main.query_one("#operation", Input)
        await pilot.press("end")
        await until(pilot, lambda: "threats/5_3_5" in lines(app, "#operation"))
        await pilot.press("tab")
        await until(pilot, lambda: lines(app, "#operation").startswith("countries/MG"))
        typed.value = "assessment_search?filter_on[]=needs_updating"
        await until(pilot, lambda: lines(app, "#operation").startswith("assessment_search"))
        pages = app.main.query_one("#page_counts", Input)
        pages.value = "1,2,3,4,5,6,7,8,9,10,11,12,13"
        await until(pilot, lambda: lines(app, "#page_counts").startswith("1,2,3"))

    play(app, scenario, size=(80, 24))


def test_what_is_picked_is_shown_from_its_beginning(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("f2", "down")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"Panthera", "space", *"leo")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main)
        await until(pilot, lambda: lines(app, "#operation").startswith("taxa/scientific_name"))

    play(app, scenario, size=(80, 24))


@pytest.mark.parametrize("size", [(80, 24), (104, 30)])
def test_the_button_that_begins_is_always_in_view(
    settings: Settings, size: tuple[int, int]
) -> None:
    """Names and several lists pushed it out of a small screen."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#action", Choice).choose("fetch")
        app.main.query_one("#operation", Input).value = "species + threats/5+"
        await pilot.pause()
        if size[0] < 100:
            await pilot.press("f2")
        await until(pilot, lambda: "Fetch F5" in lines(app, "#run"))
        app.main.query_one("#timeout").focus()
        await until(pilot, lambda: "60" in lines(app, "#timeout"))
        assert "Fetch F5" in lines(app, "#run")
        await pilot.click("#run")
        await until(pilot, lambda: "No names" in said(app))

    play(app, scenario, size=size)


def test_arrow_keys_choose_and_the_cursor_is_on_what_is_chosen(settings: Settings) -> None:
    """Else an arrow key seems to choose, and F5 does the other thing."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        over = app.main.query_one("#over", Choice)
        over.focus()
        await pilot.pause()
        assert [one.label.plain for one in over.query(".-selected").results(Dot)] == ["pages"]
        await pilot.press("right")
        assert over.value == "in flight"
        assert [one.label.plain for one in over.query(".-selected").results(Dot)] == ["in flight"]
        assert app.main.query_one("#in_flight_counts").display
        await pilot.press("left")
        assert over.value == "pages"

    play(app, scenario, (120, 40))
