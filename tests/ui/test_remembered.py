"""Theme and form outlive a session; what is set elsewhere comes first; nothing secret is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.on_screen import lines
from tests.support.screens import ScriptedService, play, until
from tests.support.secret import SECRET
from tui_app.redlist import Token
from tui_app.settings import APPLICATION_FILE, Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.fields import Choice
from tui_app.ui.form import FormValues, first_values
from tui_app.ui.remembered import Remembered, recall, remember, renewed


def application(settings: Settings, given: tuple[str, ...] = ()) -> RedListApp:
    """As the program starts it."""
    left = recall(settings.home)
    return RedListApp(
        settings, make_service=lambda _: ScriptedService(), remembered=left, given=given
    )


def leave_with_changes(settings: Settings) -> None:
    app = application(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        app.theme = "iucn-light"
        app.main.query_one("#page_counts", Input).value = "2,4"
        app.main.query_one("#concurrency", Input).value = "3"
        app.main.query_one("#method-threads").toggle()
        await pilot.pause()
        await pilot.press("ctrl+q")

    play(app, scenario)


def test_theme_and_form_are_as_they_were_left(settings: Settings) -> None:
    """Else everybody sets them anew each morning."""
    leave_with_changes(settings)
    app = application(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        assert app.theme == "iucn-light"
        form = app.main.form
        assert (form.page_counts, form.concurrency) == ("2,4", "3")
        assert form.methods == ("sequential", "asyncio")

    play(app, scenario)


def test_what_the_user_has_set_elsewhere_comes_first(settings: Settings) -> None:
    """Else an option does nothing."""
    leave_with_changes(settings)
    app = application(replace(settings, concurrency=5), given=("concurrency",))

    async def scenario(pilot: Pilot[None]) -> None:
        assert (app.main.form.concurrency, app.main.form.page_counts) == ("5", "2,4")

    play(app, scenario)


def test_a_live_session_leaves_neither_token_nor_server_nor_its_pace(tmp_path: Path) -> None:
    """Else the next start asks a real server, or a secret stands in a file."""
    base = Settings(
        source="live", base_url="https://example.org", token=Token(SECRET), rate=0.5, home=tmp_path
    )
    form = replace(first_values(base), names=("Panthera leo",))
    remember(tmp_path, "iucn", form)
    text = (tmp_path / APPLICATION_FILE).read_text()
    for word in (SECRET, "example.org", "Panthera", "live", "0.5"):
        assert word not in text
    again = renewed(first_values(Settings()), recall(tmp_path).form, ())
    assert (again.source, again.rate) == ("demo", "")


def test_a_live_start_takes_the_last_operation_and_no_pace_from_the_demo() -> None:
    """Else who has a token types the same operation each morning."""
    left = {
        "rate": "50",
        "operation": "countries/MG + red_list_categories/CR",
        "intersect": True,
        "details": True,
        "action": "compare",
        "profile": "fast",
        "retries": "2",
    }
    first = first_values(Settings(source="live", token=Token("any")))
    again = renewed(first, left, ())
    same = {"operation": left["operation"], "intersect": True, "retries": "2"}
    assert again == replace(first, **same)  # type: ignore[arg-type]
    v3 = {"api": "v3", "operation": "species/page"}
    assert renewed(first, v3, ()) == first


def test_with_a_token_the_application_opens_with_a_fetch_of_the_last_operation(
    settings: Settings,
) -> None:
    """Before, it forgot the operation wherever there was a token."""
    remember(settings.home, "iucn", FormValues(operation="countries/MG"))
    app = application(replace(settings, source="live", token=Token("any")))

    async def scenario(pilot: Pilot[None]) -> None:
        form = app.main.form
        assert (form.action, form.source, form.operation) == ("fetch", "live", "countries/MG")
        assert "LIVE" in lines(app, "#header")

    play(app, scenario)


@pytest.mark.parametrize("line", ["species", "countries/MG + assessments"])
def test_an_operation_without_its_list_is_not_taken_over(tmp_path: Path, line: str) -> None:
    """The lists are forgotten: the next start would begin with "no names"."""
    remember(tmp_path, "iucn", FormValues(operation=line, names=("Canis lupus",)))
    first = FormValues()
    assert renewed(first, recall(tmp_path).form, ()).operation == first.operation


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"theme": "x"}', '{"theme": 1, "form": 7}', "\xff\xfe", "[" * 9999],
)
def test_a_broken_file_is_told_and_left_aside(tmp_path: Path, text: str) -> None:
    """Else a full disk of yesterday keeps the application shut today."""
    (tmp_path / APPLICATION_FILE).write_bytes(text.encode("latin-1"))
    left = recall(tmp_path)
    assert str(tmp_path / APPLICATION_FILE) in left.notice
    assert (left.theme, left.form) == ("", {})


def test_values_that_are_no_good_are_left_aside() -> None:
    """Else a hand-made or older file opens a form that can't be read."""
    bad = {
        "action": "delete",
        "profile": "slow",
        "api": 4,
        "operation": "x" * 10_000,
        "methods": ["magic"],
        "details": "yes",
        "pages": ["all"],
        "nothing": "known",
        "timeout": "7",
    }
    assert renewed(FormValues(), bad, ()) == replace(FormValues(), timeout="7")


def test_a_method_that_is_gone_leaves_the_others_ticked() -> None:
    left = {"methods": ["asyncio", "magic", 7, "threads"]}
    assert renewed(FormValues(), left, ()).methods == ("threads", "asyncio")


def test_an_unknown_theme_is_the_usual_one(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    (settings.home / APPLICATION_FILE).write_text(json.dumps({"theme": "gone", "form": {}}))
    assert application(settings).theme == "iucn"
    assert recall(settings.home) == Remembered("gone", {})


def test_the_other_versions_operation_is_not_taken_over() -> None:
    first = first_values(Settings(api="v3"))
    left = {"api": "v4", "operation": "countries/MG"}
    assert renewed(first, left, ("api",)).operation == "species/page"


def test_a_full_disk_keeps_nobody_from_leaving(settings: Settings) -> None:
    settings.home.parent.mkdir(parents=True, exist_ok=True)
    settings.home.write_text("a file where the folder should be")
    remember(settings.home, "iucn", FormValues())
    assert settings.home.read_text().startswith("a file")


def test_the_broken_file_is_told_on_the_screen(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    (settings.home / APPLICATION_FILE).write_text("{")
    app = application(settings)

    async def scenario(pilot: Pilot[None]) -> None:
        await until(
            pilot, lambda: any(APPLICATION_FILE in one.message for one in app._notifications)
        )
        assert app.main.query_one("#action", Choice).value == "compare"

    play(app, scenario)
