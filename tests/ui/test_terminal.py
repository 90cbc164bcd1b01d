"""Where the application refuses to open, it says what to use instead."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tui_app.ui.terminal import why_not_here


def test_a_terminal_is_fine() -> None:
    assert why_not_here(True, True, True, "xterm-256color") is None


@pytest.mark.parametrize(
    ("stdin", "stdout", "stderr", "term", "said"),
    [
        (False, True, True, "xterm", "stdin is not a terminal"),
        (True, False, True, "xterm", "stdout is not a terminal"),
        (True, True, False, "xterm", "stderr is not a terminal"),
        (True, False, False, "xterm", "stdout and stderr are not a terminal"),
        (True, True, True, "dumb", "TERM is 'dumb'"),
        (True, True, True, "unknown", "TERM is 'unknown'"),
    ],
)
def test_anything_else_gets_one_sentence(
    stdin: bool, stdout: bool, stderr: bool, term: str, said: str
) -> None:
    sentence = why_not_here(stdin, stdout, stderr, term)
    assert sentence is not None
    assert said in sentence
    assert "iucn-tui fetch" in sentence
    assert "\n" not in sentence


def test_asking_imports_no_screen() -> None:
    code = (
        "import sys, tui_app.ui.terminal, tui_app.ui;"
        "print([name for name in sys.modules if name.split('.')[0] == 'textual'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_model_needs_no_screen_engine_or_chart() -> None:
    code = (
        "import sys, tui_app.ui.model, tui_app.ui.requests.drawing,"
        " tui_app.ui.form, tui_app.ui.text, tui_app.ui.records.sheet;"
        "print([name for name in sys.modules if name.split('.')[0] in"
        " ('textual', 'aiohttp', 'requests', 'sqlite3')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_first_frame_needs_no_decoder_and_no_panels() -> None:
    """Else the terminal stays empty for longer: they take as long to import as all the rest."""
    code = (
        "import sys, tui_app.ui.app;"
        "print([name for name in ('msgspec', 'tui_app.redlist.decode', 'tui_app.ui.screen',"
        " 'textual.widgets._text_area') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
