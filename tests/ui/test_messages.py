"""What helps against an error, in each face's words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tui_app.cli import messages as commands
from tui_app.redlist.errors import Advice, CutOff, MethodFailed, UsageError
from tui_app.ui import keys, messages


@pytest.fixture
def own_keys() -> Iterator[None]:
    keys.use({"resume": "ctrl+r"})
    yield
    keys.use({})


@pytest.mark.parametrize("advice", Advice)
def test_the_command_line_has_words_for_all_advice(advice: Advice) -> None:
    """Else an error there ends with nothing to do about it."""
    facts = {"run": "7", "base_url": "https://h", "what": "ids", "name": "x", "usual": "y"}
    said = UsageError("It failed.", advice, **facts).sentence(commands.WORDS)
    assert len(said) > len("It failed. ")
    assert "{" not in said


@pytest.mark.parametrize("advice", Advice)
def test_the_application_names_no_command_and_no_option(advice: Advice) -> None:
    """Else its user is sent to a shell for what a key does."""
    facts = {"run": "7", "base_url": "https://h", "what": "ids", "name": "x", "usual": "y"}
    said = messages.error_in_words(UsageError("It failed.", advice, **facts))
    assert not any(sign in said for sign in ("`", "--", "{", "iucn-tui"))


def test_a_remapped_key_is_the_one_that_is_named(own_keys: None) -> None:
    """Else the user presses F9, which does nothing any more."""
    error = CutOff("threats", "cut off")
    assert messages.error_in_words(error).endswith("^R repeats the failed requests.")
    assert messages.key_advice_on("cut-off").startswith("^R ")


def test_a_run_is_named_in_the_command_that_finishes_it() -> None:
    """Else `last` may be another one by the time it is read."""
    assert commands.advice_on_kind("cut-off", "7").startswith("`iucn-tui resume 7` ")
    assert "iucn-tui" not in MethodFailed("It failed.").sentence()


def test_what_a_user_typed_is_no_placeholder() -> None:
    """Else braces in a name end the program with a traceback."""
    error = UsageError("There is no {x}.", "Did you mean {y}?")
    assert error.sentence(commands.WORDS) == "There is no {x}. Did you mean {y}?"
