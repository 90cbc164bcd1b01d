"""``iucn-tui OPERATION… --options``: the application with its form filled in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from tests.support.programs import Said
from tests.support.screens import ScriptedService, play
from tui_app import ui
from tui_app.ui import terminal
from tui_app.ui.app import RedListApp
from tui_app.ui.form import FormValues
from tui_app.ui.remembered import Remembered

Opened = Callable[..., tuple[FormValues, str]]
LEFT = {"api": "v4", "operation": "threats/5", "details": True, "method": "threads"}


@pytest.fixture
def opened(cli: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Opens the application; gives what its form holds, and the words on its list's button."""

    def run(*words: str, left: dict[str, Any] | None = None) -> tuple[FormValues, str]:
        began: dict[str, Any] = {}

        def run_app(settings: Any, notices: Any, given: Any, keys: Any, **more: Any) -> int:
            began.update(settings=settings, given=given, form=more["form"])
            return 0

        monkeypatch.setattr(terminal, "why_not_here", lambda *_: None)
        monkeypatch.setattr(ui, "run_app", run_app)
        said = cli(*words)
        assert said.code == 0, said.err
        app = RedListApp(
            began["settings"],
            make_service=lambda _: ScriptedService(),
            remembered=Remembered("", left or {}),
            given=began["given"],
            form=began["form"],
        )
        held: list[tuple[FormValues, str]] = []

        async def scenario(pilot: Pilot[None]) -> None:
            await pilot.pause()
            held.append((app.main.form, str(app.main.query_one("#open-list", Button).label)))

        play(app, scenario)
        return held[0]

    return run


def test_an_operation_and_its_filters_fill_in_the_form(opened: Opened) -> None:
    for words in (
        ("countries/MG", "--latest", "--scope", "1"),
        ("--latest", "--scope", "1", "countries/MG"),
    ):
        form, _ = opened(*words, left=LEFT)
        assert form.operation == "countries/MG"
        assert form.filters == (("latest", "true"), ("scope_code", "1"))
        assert (form.source, form.action, form.details) == ("demo", "compare", False)
        assert form.method == "threads", "as it was last"


def test_what_is_given_comes_before_what_was_left(opened: Opened) -> None:
    left = {**LEFT, "api": "v3", "operation": "species/page"}
    form, _ = opened("countries/MG", left=left)
    assert (form.api, form.operation) == ("v4", "countries/MG")
    form, _ = opened("species/page", "--api", "v3", left=LEFT)
    assert (form.api, form.operation) == ("v3", "species/page")
    form, _ = opened("--method", "sequential", "--concurrency", "3", left=LEFT)
    assert (form.operation, form.method, form.concurrency) == ("threats/5", "sequential", "3")


def test_several_operations_are_fetched_together(opened: Opened) -> None:
    form, _ = opened("countries/MG", "red_list_categories/CR", "--intersect", "--pages", "2")
    assert form.operation == "countries/MG + red_list_categories/CR"
    assert (form.intersect, form.pages, form.action) == (True, "2", "fetch")


def test_what_has_no_pages_is_fetched(opened: Opened) -> None:
    """F5 said that it can't be compared."""
    for words in (("threats",), ("assessment/136250858",), ("countries/MG", "--details")):
        assert opened(*words)[0].action == "fetch"


def test_files_of_names_and_ids_are_in_the_form(opened: Opened, tmp_path: Path) -> None:
    names, ids = tmp_path / "names.txt", tmp_path / "ids.txt"
    names.write_text("Canis lupus\nPanthera leo\n")
    ids.write_text("136250858\n")
    for words in (("species", "--names", names), ("--names", names)):
        form, button = opened(*words, "--history")
        assert (form.operation, form.names) == ("species", ("Canis lupus", "Panthera leo"))
        assert (form.action, form.history) == ("fetch", True)
        assert button == "2 names"
    form, button = opened("assessments", "--ids", ids)
    assert (form.operation, form.ids, button) == ("assessments", ("136250858",), "1 id")
    form, button = opened("species")
    assert (form.operation, form.names, button) == ("species", (), "none yet")


def test_with_a_token_it_is_a_live_fetch_unless_the_source_says_otherwise(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_token(*words: str) -> FormValues:
        monkeypatch.setenv("IUCN_REDLIST_KEY", "secret-token")  # the application removes it
        return opened(*words, left=LEFT)[0]

    form = with_token("countries/MG")
    assert (form.source, form.action, form.operation) == ("live", "fetch", "countries/MG")
    assert with_token() == replace(form, operation="threats/5")
    form = with_token("countries/MG", "--source", "demo")
    assert (form.source, form.action) == ("demo", "compare")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--names", "none.txt"), "There is no file none.txt."),
        (("--names", "-"), "can't read names from standard input"),
        (("--latest",), "No operation is given for the filters."),
        (("--details",), "No operation is given for --details."),
        (("countries/MG", "--column", "name"), "or use `iucn-tui fetch`"),
        (("threats", "--latest"), "threats doesn't take the filter latest"),
        (("nonsense/MG",), "There is no operation 'nonsense/MG'"),
        (("countries/MG", "--pages", "x"), "The number of pages"),
        (("--nothing",), "No such option '--nothing'"),
    ],
)
def test_what_can_not_be_filled_in_is_said(
    cli: Callable[..., Said], words: tuple[str, ...], said: str
) -> None:
    ended = cli(*words)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err
