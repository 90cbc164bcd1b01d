"""A locale without UTF-8: nothing breaks, and the user is told what would draw lines."""

from __future__ import annotations

import os

import pytest

from tui_app.ui.terminal import without_lines

PLAIN = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    "command",
    [
        "fetch red_list_categories/CR --pages 1 --plain",
        "compare red_list_categories/CR --pages 1,2 --repeats 1",
        "operations",
        "--help",
    ],
)
def test_no_command_ends_with_a_traceback(program, command: str) -> None:
    """Else an old server at a field station can't be used."""
    profile = {"IUCN_TUI_DEMO_PROFILE": "fast"}
    said = program(*command.split(), env={**os.environ, **PLAIN, **profile})
    assert said.code == 0
    assert "Traceback" not in said.err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "ANSI_X3.4-1968", "UTF8", "utf-8"])
def test_the_application_says_why_lines_are_question_marks(encoding: str) -> None:
    """Else a user thinks that it is broken."""
    said = without_lines(encoding)
    if encoding.lower().startswith("utf"):
        assert said is None
    else:
        assert said is not None
        assert "LC_ALL=C.UTF-8" in said
