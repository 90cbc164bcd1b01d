"""``threats/5+`` in the application: picked, fetched, each assessment once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.support.code_lists import LISTS, listed
from tests.support.on_screen import choose_fetch, said
from tests.support.raw_server import scripted
from tests.support.screens import play, until, until_done
from tui_app.redlist.codes import built_in
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.dialogs.operationrows import FoundRows
from tui_app.ui.dialogs.operationsearch import OperationIndex, find_codes
from tui_app.ui.dialogs.picker import Picker
from tui_app.ui.fields import Tick
from tui_app.ui.form import FormValues, can_repeat, filters_for, read_form
from tui_app.ui.model import JobStatus

pytestmark = pytest.mark.xdist_group("screen")


@pytest.fixture
def live(settings: Settings) -> Iterator[Settings]:
    """Settings for a server that has a few lists."""
    with scripted(lambda path, nth: listed(path, LISTS)) as host:
        yield replace(settings, source="live", base_url=host.base_url)


def test_the_picker_offers_a_code_with_all_below_it(live: Settings) -> None:
    """Else who doesn't know the plus gets a list without the codes below."""
    app = RedListApp(live)

    def row() -> str:
        found = app.screen.query_one(FoundRows).row
        return found.text if found else ""

    async def scenario(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, Picker) and row())
        await pilot.press(*"stresses")
        await until(pilot, lambda: row() == "stresses/{code}")
        await pilot.press("enter")
        await until(pilot, lambda: row() == "1")
        await pilot.press("down")
        await until(pilot, lambda: row() == "1+")
        about = str(app.screen.query_one("#picker-about", Static).render())
        assert about == "1+  Ecosystem stresses, with all 3 codes below it"
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main)
        assert app.main.query_one("#operation", Input).value == "stresses/1+"
        await choose_fetch(pilot, app, pages="all")
        assert app.main.query_one("#field-distinct").display
        for once, records in ((False, 6), (True, 4)):
            app.main.query_one("#distinct", Tick).value = once
            await pilot.pause()
            await pilot.press("f5")
            await until_done(pilot, app)
            assert app.main.job is not None
            assert app.main.job.model.status is JobStatus.DONE
            assert said(app).startswith(f"{records} records in 4 pages")
            assert "below" not in said(app)

    play(app, scenario)


def test_a_parent_code_says_that_it_leaves_out_those_below_it(live: Settings) -> None:
    """Else its list is taken for all of that stress."""
    app = RedListApp(live)

    async def scenario(pilot: Pilot[None]) -> None:
        app.main.query_one("#operation", Input).value = "stresses/1"
        await choose_fetch(pilot, app, pages="all")
        assert not app.main.query_one("#field-distinct").display
        await pilot.press("f5")
        await until_done(pilot, app)
        sentence = "1 has 3 codes below it that this list doesn't include; use stresses/1+."
        assert said(app).endswith(sentence)

    play(app, scenario)


def test_the_form_takes_a_plus() -> None:
    """Else an operation that the command line takes is an error here."""
    values = FormValues(action="fetch", operation="threats/5+ + countries/MG", distinct=True)
    request, problems = read_form(values, Settings())
    assert not problems
    assert request is not None
    assert request.query.label == "threats/5+, countries/MG"
    assert len(request.query.targets) == 25
    assert request.query.distinct
    assert "latest" in filters_for("threats/5+", "v4")
    single, _ = read_form(replace(values, operation="countries/MG"), Settings())
    assert single is not None
    assert not single.query.distinct  # what isn't shown has no effect
    assert not can_repeat("countries/MG")
    _, problems = read_form(replace(values, operation="threats + scopes"), Settings())
    assert [one.field for one in problems] == ["distinct"]


def test_a_plus_that_is_typed_is_found() -> None:
    """Else the picker makes another operation of it."""
    found = OperationIndex("v4").find("threats/5+")
    assert found.rows[found.best or 0].text == "threats/5+"
    codes = find_codes("5_1+", built_in("threats"))
    assert codes.best is not None
    assert codes.rows[codes.best].text == "5_1+"
    assert codes.rows[codes.best].words == "with all 4 codes below it"
