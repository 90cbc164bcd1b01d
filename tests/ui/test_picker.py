"""The picker: by keyboard alone, by mouse, one operation or several."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tests.support.on_screen import choose_fetch, lines, lines_of
from tests.support.screens import ScriptedService, play, scripted_app, until, until_done
from tui_app.redlist.codes import Code
from tui_app.redlist.errors import RedListError
from tui_app.redlist.operations import not_given
from tui_app.settings import Settings
from tui_app.store import FILE_NAME
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.lists import ListDialog
from tui_app.ui.dialogs.operationrows import FoundRows
from tui_app.ui.dialogs.picker import Picker
from tui_app.ui.fields import Choice, Tick
from tui_app.ui.model import JobStatus

# One worker: a screen each, and one of them a demo server.
pytestmark = pytest.mark.xdist_group("screen")

SMALL = (80, 24)


def operation(app: RedListApp) -> str:
    return app.main.query_one("#operation", Input).value


def about(app: RedListApp, which: str = "state") -> str:
    return str(app.screen.query_one(f"#picker-{which}", Static).render())


def highlighted(app: RedListApp) -> str | None:
    row = app.screen.query_one(FoundRows).row
    return None if row is None else row.text


async def open_picker(pilot: Pilot[Any], app: RedListApp, key: str = "ctrl+l") -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, Picker) and highlighted(app))


async def type_and_wait(pilot: Pilot[Any], app: RedListApp, words: str, row: str) -> None:
    await pilot.press(*("space" if one == " " else one for one in words))
    await until(pilot, lambda: highlighted(app) == row)


async def closed(pilot: Pilot[Any], app: RedListApp) -> None:
    await until(pilot, lambda: app.screen is app.main)
    await pilot.pause()


def test_an_operation_and_its_code_by_keyboard(settings: Settings) -> None:
    service = ScriptedService()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        await pilot.press("escape")
        await closed(pilot, app)
        await open_picker(pilot, app, "o")
        await type_and_wait(pilot, app, "countr", "countries/{code}")
        await pilot.press("enter")
        await until(pilot, lambda: "server's list of 251" in about(app))
        await type_and_wait(pilot, app, "madagas", "MG")
        assert "Madagascar" in about(app, "about")
        await pilot.press("enter")
        await closed(pilot, app)
        assert operation(app) == "countries/MG"
        assert "countries/MG" in lines(app, "#header")
        assert service.asked_codes[0][0] == "countries"
        assert service.asked_codes[0][1].source == "demo"

    play(app, scenario, SMALL)


def test_a_meaning_finds_its_code_at_once(settings: Settings) -> None:
    """One had to choose the list of countries before "Madagascar" was found."""
    service = ScriptedService()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        for typed, row in (
            ("madagas", "countries/MG"),
            ("crocodyl", "taxa/order/CROCODYLIA"),
            ("critically", "red_list_categories/CR"),
        ):
            await open_picker(pilot, app)
            await type_and_wait(pilot, app, typed, row)
            await pilot.press("enter")
            await closed(pilot, app)
            assert operation(app) == row
        assert service.asked_codes == []

    play(app, scenario, SMALL)


def test_without_a_match_it_says_what_to_try(settings: Settings) -> None:
    class Families(ScriptedService):
        def codes(self, stem: str, settings: Settings) -> tuple[Code, ...]:
            return (Code("QQQQIDAE", ""),)

    app = scripted_app(settings, Families())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        search = app.screen.query_one("#picker-search", Input)
        for typed in ("!!!", "qqqq"):
            search.value = typed
            await until(pilot, lambda: about(app).startswith("No matches. Try"))
            shown = " ".join(lines_of(app, "#picker-state").replace("│", " ").split())
            assert shown == about(app)  # all of it, on a small terminal
        # The server's list may have it: the search goes on there.
        await until(pilot, lambda: highlighted(app) == "taxa/family/{family_name}")
        await pilot.press("enter")
        await until(pilot, lambda: highlighted(app) == "QQQQIDAE")
        await pilot.press("escape")
        search.value = "madgascar"
        await until(pilot, lambda: highlighted(app) == "countries/MG")
        assert "Similar" in lines_of(app, "#picker-rows")

    play(app, scenario, SMALL)


def test_saved_names_of_taxa_are_found(settings: Settings) -> None:
    """The server has more names than are built in; none is requested for a search."""

    class Saved(ScriptedService):
        def saved_codes(self, stem: str, settings: Settings) -> tuple[Code, ...]:
            return (Code("QQQIDAE", ""),) if stem == "taxa/family" else ()

    service = Saved()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        settings.home.mkdir(parents=True, exist_ok=True)
        (settings.home / FILE_NAME).touch()
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "qqqi", "taxa/family/QQQIDAE")
        assert service.asked_codes == []

    play(app, scenario, SMALL)


def test_arrows_move_and_escape_goes_back_a_step(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        before = operation(app)
        await open_picker(pilot, app)
        first = highlighted(app)
        await pilot.press("down", "down", "up", "pagedown")
        await until(pilot, lambda: highlighted(app) != first)
        await type_and_wait(pilot, app, "threat", "threats/{code}")
        await pilot.press("enter")
        await until(pilot, lambda: highlighted(app) == "1")
        await pilot.press("escape")
        await until(pilot, lambda: highlighted(app) == "threats/{code}")
        # What was typed is selected: typing begins anew.
        await type_and_wait(pilot, app, "statist", "statistics/count")
        await pilot.press("escape")
        await closed(pilot, app)
        assert operation(app) == before

    play(app, scenario, SMALL)


def test_several_are_collected_and_taken_away(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "countr", "countries/{code}")
        await pilot.press("enter")
        await until(pilot, lambda: highlighted(app) == "AD")
        await type_and_wait(pilot, app, "madagas", "MG")
        await pilot.press("plus")
        chosen = app.screen.query_one("#picker-chosen", OptionList)
        await until(pilot, lambda: chosen.option_count == 1 and chosen.display)
        await pilot.press("ctrl+u")
        await type_and_wait(pilot, app, "kenya", "KE")
        await pilot.press("enter")  # adds, now that several are collected
        await until(pilot, lambda: chosen.option_count == 2)
        await pilot.press("enter")  # and takes away
        await until(pilot, lambda: chosen.option_count == 1)
        await pilot.press("escape")
        await until(pilot, lambda: highlighted(app) == "countries/{code}")
        await type_and_wait(pilot, app, "red list cat", "red_list_categories/{code}")
        await pilot.press("enter")
        await until(pilot, lambda: "red_list" in str(app.screen.query_one("#picker").border_title))
        await type_and_wait(pilot, app, "critic", "CR")
        await pilot.press("f3")
        await until(pilot, lambda: chosen.option_count == 2)
        app.screen.query_one("#picker-set", Choice).choose("intersect")
        await pilot.pause()
        await pilot.press("ctrl+s")
        await closed(pilot, app)
        assert operation(app) == "countries/MG + red_list_categories/CR"
        app.main.query_one("#action", Choice).choose("fetch")
        await pilot.pause()
        values = app.main.query_one("#setup").values()  # type: ignore[attr-defined]
        assert values.intersect
        assert app.main.query_one("#field-several").display
        # It is gone on with, and the collection itself takes away, too.
        await open_picker(pilot, app)
        chosen = app.screen.query_one("#picker-chosen", OptionList)
        assert chosen.option_count == 2
        chosen.focus()
        await pilot.press("delete")
        await until(pilot, lambda: chosen.option_count == 1)
        await pilot.press("ctrl+s")
        await closed(pilot, app)
        assert operation(app) == "red_list_categories/CR"
        assert not app.main.query_one("#field-several").display

    play(app, scenario, SMALL)


def test_nothing_collected_is_said(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        app.screen.query_one("#picker-several", Tick).value = True
        await pilot.pause()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Nothing is collected" in about(app))
        assert isinstance(app.screen, Picker)

    play(app, scenario, SMALL)


def test_by_mouse(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.click("#pick")
        await until(pilot, lambda: isinstance(app.screen, Picker) and highlighted(app))
        await type_and_wait(pilot, app, "trend", "population_trends/{code}")
        await pilot.click("#picker-rows", offset=(4, 0))
        await until(pilot, lambda: highlighted(app) == "0")
        await pilot.click("#picker-several")
        await pilot.click("#picker-rows", offset=(4, 1))
        await pilot.click("#picker-rows", offset=(4, 0))
        chosen = app.screen.query_one("#picker-chosen", OptionList)
        await until(pilot, lambda: chosen.option_count == 2)
        await pilot.click("#picker-chosen", offset=(1, 0))
        await until(pilot, lambda: chosen.option_count == 1)
        await pilot.click("#picker-use")
        await closed(pilot, app)
        assert operation(app) == "population_trends/0"

    play(app, scenario)


def test_a_name_is_asked_for_by_its_parts(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "scientific", "taxa/scientific_name")
        await pilot.press("enter")
        await until(pilot, lambda: app.focused is not None and app.focused.id == "value-0")
        await pilot.press(*"Canis", "enter")
        await until(pilot, lambda: "needs species_name" in about(app))
        await pilot.press("tab", *"lupus", "enter")
        await closed(pilot, app)
        assert operation(app) == "taxa/scientific_name?genus_name=Canis&species_name=lupus"
        # It has no pages to compare: F5 fetches now.
        assert app.main.query_one("#action", Choice).value == "fetch"

    play(app, scenario, SMALL)


def test_a_number_is_checked(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "taxa/sis", "taxa/sis/{sis_id}")
        await pilot.press("enter")
        await until(pilot, lambda: app.focused is not None and app.focused.id == "value-0")
        await pilot.press("enter")
        await until(pilot, lambda: "needs its sis_id" in about(app))
        await pilot.press("x", "enter")
        await until(pilot, lambda: "takes a number" in about(app))
        await pilot.press("backspace", *"3746", "enter")
        await closed(pilot, app)
        assert operation(app) == "taxa/sis/3746"

    play(app, scenario, SMALL)


def test_a_search_offers_its_filters_with_what_they_mean(settings: Settings) -> None:
    """Else a user has to know a parameter that no list of codes has."""
    service = ScriptedService()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "assessment_search", "assessment_search")
        await pilot.press("enter")
        await until(pilot, lambda: "7 rows" in about(app))
        await type_and_wait(pilot, app, "wild", "cr_pew")
        assert "Critically Endangered" in about(app, "about")
        await pilot.press("enter")
        await closed(pilot, app)
        assert operation(app) == "assessment_search?filter_on[]=cr_pew"
        assert service.asked_codes == []

    play(app, scenario, SMALL)


def test_what_the_api_does_not_have_is_said(settings: Settings) -> None:
    """Else it is searched for in every list of codes."""
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        search = app.screen.query_one("#picker-search", Input)
        for typed, row in (("cites", None), ("GBIF key", None), ("stress", "stresses/{code}")):
            search.value = typed
            await until(pilot, lambda typed=typed: about(app) == not_given(typed))
            assert highlighted(app) == row
            shown = " ".join(lines_of(app, "#picker-state").replace("│", " ").split())
            assert shown == not_given(typed)  # all of it, on a small terminal
        search.value = "famil"
        await until(pilot, lambda: about(app) == "2 rows")

    play(app, scenario, SMALL)


def test_what_no_list_has_can_be_typed(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "family", "taxa/family/{family_name}")
        await pilot.press("enter")
        await until(pilot, lambda: "server's list" in about(app))
        await type_and_wait(pilot, app, "Qqqqq", "Qqqqq")
        await pilot.press("enter")
        await closed(pilot, app)
        assert operation(app) == "taxa/family/Qqqqq"

    play(app, scenario, SMALL)


def test_a_server_that_fails_leaves_the_built_in_list(settings: Settings) -> None:
    service = ScriptedService()
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        for failure in (RedListError("The server is down."), ZeroDivisionError("[oops]")):
            service.codes_failure = failure
            await open_picker(pilot, app)
            await type_and_wait(pilot, app, "categ", "red_list_categories/{code}")
            await pilot.press("enter")
            await until(pilot, lambda: "unavailable" in about(app))
            assert str(failure) in about(app)
            assert "built-in list" in about(app)
            await type_and_wait(pilot, app, "critic", "CR")
            await pilot.press("enter")
            await closed(pilot, app)
            assert operation(app) == "red_list_categories/CR"

    play(app, scenario, SMALL)


def test_the_built_in_list_is_there_before_the_server_answers(settings: Settings) -> None:
    answer = threading.Event()

    class Slow(ScriptedService):
        def codes(self, stem: str, settings: Settings) -> tuple[Code, ...]:
            answer.wait(30)
            return super().codes(stem, settings)

    app = scripted_app(settings, Slow())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "categ", "red_list_categories/{code}")
        await pilot.press("enter")
        await until(pilot, lambda: "requesting the server" in about(app))
        await type_and_wait(pilot, app, "critic", "CR")
        answer.set()
        await until(pilot, lambda: "the server's list" in about(app))
        assert highlighted(app) == "CR"

    try:
        play(app, scenario, SMALL)
    finally:
        answer.set()


def test_a_late_list_does_not_replace_another_operations(settings: Settings) -> None:
    answer = threading.Event()

    class Slow(ScriptedService):
        def codes(self, stem: str, settings: Settings) -> tuple[Code, ...]:
            if stem == "threats":
                answer.wait(30)
                return (Code("LATE", "late"),)
            return super().codes(stem, settings)

    app = scripted_app(settings, Slow())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "threat", "threats/{code}")
        await pilot.press("enter")
        await until(pilot, lambda: "requesting the server" in about(app))
        await pilot.press("escape")
        await until(pilot, lambda: highlighted(app) == "threats/{code}")
        await type_and_wait(pilot, app, "scopes", "scopes/{code}")
        await pilot.press("enter")
        await until(pilot, lambda: "the server's list of 15" in about(app))
        answer.set()
        await pilot.pause(0.05)
        assert "the server's list of 15" in about(app)
        assert "LATE" not in str(app.screen.query_one(FoundRows).options)

    try:
        play(app, scenario, SMALL)
    finally:
        answer.set()


def test_no_server_is_asked_while_a_run_may_be_timed(settings: Settings) -> None:
    service = ScriptedService(hold=True)
    app = scripted_app(settings, service)

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#action", Choice).choose("fetch")
        await pilot.pause()
        await pilot.press("f5")
        await until(pilot, lambda: app.main.busy)
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "threat", "threats/{code}")
        await pilot.press("enter")
        await until(pilot, lambda: "no requests during a run" in about(app))
        assert service.asked_codes == []
        await pilot.press("escape", "escape", "f8")
        await until(pilot, lambda: not app.main.busy)

    play(app, scenario)


def test_a_list_of_ones_own_opens_its_dialog(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "list of names", "species")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ListDialog))
        assert operation(app) == "species"

    play(app, scenario, SMALL)


def test_v3_has_its_own_operations(settings: Settings) -> None:
    app = scripted_app(settings, ScriptedService())

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#api", Choice).choose("v3")
        await pilot.pause()
        await open_picker(pilot, app)
        assert "2 operations" in about(app)
        await type_and_wait(pilot, app, "page", "species/page")
        await pilot.press("enter")
        await closed(pilot, app)
        assert operation(app) == "species/page"

    play(app, scenario)


def test_foreign_codes_are_shown_and_not_obeyed(settings: Settings) -> None:
    class Foreign(ScriptedService):
        def codes(self, stem: str, settings: Settings) -> tuple[Code, ...]:
            return (Code("[red]x[/red]", "\x1b[2Jboo\x00"), Code("y" * 5000, "z" * 100_000))

    app = scripted_app(settings, Foreign())

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "threat", "threats/{code}")
        await pilot.press("enter")
        await until(pilot, lambda: "the server's list of 2" in about(app))
        strips = app.screen._compositor.render_strips()
        shown = "\n".join(strip.text for strip in strips)
        assert "[red]x[/red]" in shown
        assert "\x1b" not in shown

    play(app, scenario)


def test_the_demo_servers_codes_and_an_intersection_of_two_lists(settings: Settings) -> None:
    app = RedListApp(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await open_picker(pilot, app)
        await type_and_wait(pilot, app, "family", "taxa/family/{family_name}")
        await pilot.press("enter")
        await until(pilot, lambda: "the server's list" in about(app))
        await pilot.press(*"felidae")
        await until(pilot, lambda: highlighted(app) == "FELIDAE")
        await pilot.press("plus", "ctrl+u")
        await pilot.press("escape")
        await until(pilot, lambda: highlighted(app) == "taxa/family/{family_name}")
        await type_and_wait(pilot, app, "red list cat", "red_list_categories/{code}")
        await pilot.press("enter")
        await until(pilot, lambda: "the server's list" in about(app))
        await type_and_wait(pilot, app, "vu", "VU")
        await pilot.press("enter")
        app.screen.query_one("#picker-set", Choice).choose("intersect")
        await pilot.pause()
        await pilot.press("ctrl+s")
        await closed(pilot, app)
        await choose_fetch(pilot, app, pages="all")
        await pilot.press("f5")
        await until_done(pilot, app)
        assert app.main.job is not None
        assert app.main.job.model.status is JobStatus.DONE
        assert app.main.job.request.query.intersect

    play(app, scenario, SMALL)
