"""A token that is kept leaves a configuration that can be read, and no older token in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tests.support.secret import SECRET
from tui_app.redlist import Token
from tui_app.redlist.errors import UsageError
from tui_app.settings import keep_token, load_settings, read_token, user_config_file
from tui_app.settings.loading import read_config, token_in

OLD = "0ld-t0k3n-of-nobody"
NEW = Token("n3w%(t)0ken+$")


def kept(text: str | bytes) -> Path:
    """The user's configuration, as it was before."""
    file = user_config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    file.chmod(0o644)
    return file


REPLACED = {
    "indented": "[API]\n  iucn = OLD\n  # mine\n[iucn-tui]\nretries = 3\n",
    "all indented": "  [API]\n    iucn = OLD\n  [iucn-tui]\n    retries = 3\n# mine\n",
    "on the next line": "[API]\niucn =\n  OLD\n# mine\n[iucn-tui]\nretries = 3\n",
    "in three lines": "[API]\niucn = OLD\n  OLD\n# mine\n\n  OLD\n[iucn-tui]\nretries = 3\n",
    "after a longer value": "[iucn-tui]\nretries =\n  3\n[API]\nx = 1\n   2\niucn : OLD\n# mine",
    "with a comment behind it": "[API]\niucn = OLD # the team's\n[iucn-tui]\nretries=3\n# mine",
    "in capitals": "[API]\nIUCN=OLD\n# mine\n[iucn-tui]\nretries = 3\n",
    "in a comment": "# OLD\n# mine\n[API]\n; is OLD\niucn = OLD\n  # OLD\n[iucn-tui]\nretries=3",
    "with a byte order mark": "\ufeff[API]\niucn = OLD\n[iucn-tui]\n# mine\nretries = 3\n",
    "none, an indented neighbour": "[API]\n# mine\n\n  x = 1\n[iucn-tui]\nretries = 3\n",
    "none, an indented section": "[API]\n# mine\n  [iucn-tui]\n  retries = 3\n",
    "none, and no section": "  # mine\n   [iucn-tui]\n   retries = 3",
    "the header has a comment": "[API] # [mine]\nx = OLD\n[iucn-tui]\nretries = 3\n",
    "empty": "# mine\n[API]\niucn =\n[iucn-tui]\nretries = 3\n",
    "a default": "[DEFAULT]\nretries = 3\n# mine\n[iucn-tui]\n[API]\niucn = OLD",
}


@pytest.mark.parametrize("lines", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("before", REPLACED)
def test_the_new_token_takes_the_old_one_s_place(before: str, lines: str) -> None:
    """Else no command can read the file any more, or the old token stays in it."""
    text = REPLACED[before].replace("\n", lines)
    # A header that says something else is no [API]: what stands below it is another's.
    old = "another" if "header" in before else OLD
    file = kept(text.replace("OLD", old))
    keep_token(NEW, file, keyring=False)
    found = load_settings({}, {}).settings
    assert found.token == NEW
    assert found.retries == 3
    content = file.read_bytes().decode()
    assert OLD not in content
    assert content.count("mine") == 1
    assert ("\r\n" in content) is (lines == "\r\n")
    assert content.replace("\r\n", "").count("\r") == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(file.parent) == ["config.ini"]
    keep_token(Token(SECRET), file, keyring=False)
    assert load_settings({}, {}).settings.token == Token(SECRET)
    assert NEW.reveal() not in file.read_text()


def test_a_default_of_all_sections_goes_as_well() -> None:
    """Else the old token stays where it is read from when the new one is taken out."""
    file = kept(f"[DEFAULT]\niucn = {OLD}\nx = 1\n[API]\n")
    keep_token(NEW, file, keyring=False)
    assert file.read_text() == f"[DEFAULT]\nx = 1\n[API]\niucn = {NEW.reveal()}\n"
    file = kept(f"[DEFAULT]\nx = 1\niucn =\n  {OLD}\n[API]\niucn = {OLD}2\n")
    keep_token(NEW, file, keyring=False)
    assert OLD not in file.read_text()


REFUSED = {
    "a second section": f"[API]\niucn = {OLD}\n[API]\n",
    "a second token": f"[API]\niucn = {OLD}\niucn = {OLD}\n",
    "no section": f"iucn = {OLD}\n",
    "a broken section": f"[API\niucn = {OLD}\n",
    "no sign": f"[API]\niucn {OLD}\n",
    "a misspelt setting": f"[API]\niucn = {OLD}\n[iucn-tui]\nretris = 3\n",
    "not UTF-8": f"[API]\niucn = {OLD}\n".encode() + b"# \xff\n",
    "UTF-16": f"[API]\niucn = {OLD}\n".encode("utf-16"),
    "NUL": f"[API]\niucn = {OLD}\n\0\n",
    "the token elsewhere": f"[API]\niucn = {OLD}\n[keys]\nrun = {OLD}\n",
    "the token in another section": f"[API]\niucn = {OLD}\n[api]\niucn = {OLD}\n",
}


@pytest.mark.parametrize("before", REFUSED)
def test_what_cannot_be_done_leaves_the_file_as_it_was(before: str, cli, monkeypatch) -> None:
    """Else a file that has one fault has two, and the token that was in it is gone."""
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda prompt: NEW.reveal())
    file = kept(REFUSED[before])
    content = file.read_bytes()
    said = cli("config", "set-token")
    assert said.code == 2
    assert str(file) in said.err
    assert OLD not in said.err
    assert NEW.reveal() not in said.err
    assert file.read_bytes() == content
    assert os.listdir(file.parent) == ["config.ini"]


def test_a_file_that_would_not_be_read_back_is_not_put_in_place(monkeypatch) -> None:
    """Else a fault of ours costs the user the token and the settings."""
    file = kept(f"[API]\niucn = {OLD}\n")
    monkeypatch.setattr("tui_app.settings.token._with_token", lambda *given: "[API]\niucn")
    with pytest.raises(UsageError, match="is unchanged"):
        keep_token(NEW, file, keyring=False)
    assert file.read_text() == f"[API]\niucn = {OLD}\n"
    assert os.listdir(file.parent) == ["config.ini"]


LINES = st.sampled_from(
    [
        *("[API]", "[API] ", "[api]", "[DEFAULT]", "[keys]", "[iucn-tui]", "\x0c[API]", "[API]]"),
        *(f"iucn = {OLD}", f"iucn: {OLD}", f"IUCN={OLD} # x", "iucn =", "iucn = keyring:"),
        *("run = f5", "retries = 3", "x = %(y)s", "=", OLD, f"; {OLD}", "# [API]", "", "   "),
        "\ufeff",
    ]
)
INDENTED = st.tuples(st.sampled_from(["", "", " ", "   ", "\t"]), LINES).map("".join)


@given(st.lists(INDENTED, max_size=9).map("\n".join))
def test_any_file_is_changed_well_or_not_at_all(text: str) -> None:
    """Else a file that nobody thought of is lost."""
    file = kept(text)
    try:
        before = read_config(file)
    except UsageError:
        before = None
    try:
        keep_token(NEW, file, keyring=False)
    except UsageError:
        assert file.read_text("utf-8") == text
        return
    after = read_config(file)
    assert before is not None
    assert after is not None
    assert token_in(after) == NEW.reveal()
    if OLD in token_in(before):
        assert OLD not in file.read_text("utf-8")
    for name, section in before.items():
        for option, value in section.items():
            assert option == "iucn" or after[name][option] == value


NO_TOKENS = (
    "keyring:",
    "Keyring:",
    "two words",
    "a\tb",
    "a\x00b",
    "a\x1bb",
    "a\x7fb",
    "ä",
    "a\nb",
    "",
)


@pytest.mark.parametrize("text", NO_TOKENS, ids=repr)
def test_what_is_no_token_is_refused_wherever_it_is_given(text: str) -> None:
    """Else `keyring:` is sent to the server, or half of what was pasted."""
    with pytest.raises(UsageError, match="This is not a token"):
        read_token(text)
    command = [sys.executable, "-m", "tui_app", "config", "set-token"]
    done = subprocess.run(command, input=text.encode(), capture_output=True)
    assert done.returncode == 2
    assert b"This is not a token" in done.stderr
    assert not user_config_file().exists()
    if text and "\0" not in text:
        with pytest.raises(UsageError, match="The token from IUCN_REDLIST_KEY"):
            load_settings({}, {"IUCN_REDLIST_KEY": text})


def test_the_mark_of_the_keyring_is_one_in_any_case(monkeypatch) -> None:
    """Else `Keyring:` is taken for a token, and sent."""
    monkeypatch.setattr("tui_app.settings.loading.from_keyring", lambda: SECRET)
    kept("[API]\niucn = Keyring:\n")
    assert load_settings({}, {}).settings.token == Token(SECRET)
    monkeypatch.setattr("tui_app.settings.loading.from_keyring", lambda: "keyring:")
    with pytest.raises(UsageError, match="refers to the keyring"):
        load_settings({}, {})
