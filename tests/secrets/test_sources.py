"""Where the token comes from, and how it is put there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.secret import SECRET, leaks
from tui_app.redlist.errors import UsageError
from tui_app.settings import load_settings, user_config_file

HERE = Path()


def write(mode: int, text: str = f"[API]\niucn = {SECRET}\n", path: Path = HERE) -> None:
    file = path / "config.ini"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


@pytest.mark.parametrize(
    ("mode", "told"),
    [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o644, True), (0o610, True)],
)
def test_a_token_that_others_can_read_is_told(mode: int, told: bool) -> None:
    """Else on a machine that many use, all of them have it."""
    write(mode)
    loaded = load_settings({}, {}, HERE)
    assert loaded.settings.token
    assert bool(loaded.notices) is told
    for notice in loaded.notices:
        assert (
            notice
            == "Other users can read config.ini, which has a token. Run: chmod 600 config.ini"
        )


def test_each_such_file_is_told_also_where_another_one_counts() -> None:
    """Else a token that is not used now stays readable."""
    folder = Path("my files")
    write(0o644, path=folder)
    write(0o644, path=user_config_file().parent)
    loaded = load_settings({}, {"IUCN_REDLIST_KEY": "another-token"}, folder)
    assert len(loaded.notices) == 2
    assert "chmod 600 'my files/config.ini'" in loaded.notices[0]
    write(0o644, "[iucn-tui]\nretries = 3\n", folder)
    write(0o644, "[API]\niucn =\n", user_config_file().parent)
    assert load_settings({}, {}, folder).notices == ()


def set_token(stdin: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tui_app", "config", "set-token", *options]
    return subprocess.run(command, input=stdin, capture_output=True, text=True)


@pytest.mark.parametrize("end", ["", "\r\n"])
def test_a_token_is_read_from_a_pipe(end: str) -> None:
    """Else a script has to put it on a command line, which everybody can read."""
    done = set_token(SECRET + end)
    assert (done.returncode, done.stdout) == (0, "")
    assert load_settings({}, {}).settings.token.reveal() == SECRET


def test_what_is_no_token_is_refused_and_not_repeated() -> None:
    """Else a mistaken paste stands on the screen."""
    for stdin in ("\n", f"{SECRET} {SECRET}", "x" * 100_000):
        done = set_token(stdin)
        assert done.returncode == 2
        assert "This is not a token" in done.stderr
    assert not user_config_file().exists()


def test_a_file_that_others_could_read_is_made_anew_and_a_link_stays_one() -> None:
    """Else who has the old file open reads the new token."""
    real = Path("dotfiles") / "config.ini"
    write(0o644, "[iucn-tui]\nretries = 3\n", real.parent)
    before = real.open()
    user_config_file().parent.mkdir(parents=True)
    user_config_file().symlink_to(real.absolute())
    assert set_token(SECRET).returncode == 0
    assert real.stat().st_mode & 0o777 == 0o600
    assert user_config_file().is_symlink()
    with before:
        assert not leaks(before.read())
    assert os.listdir("dotfiles") == ["config.ini"]
    assert load_settings({}, {}).settings.retries == 3


BACKEND = """
import json, pathlib
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked
FILE = pathlib.Path(__file__).with_name("config.ini")  # where a token may stand
class Keyring(KeyringBackend):
    priority = 9
    def get_password(self, service, username):
        if pathlib.Path("locked").exists():
            raise KeyringLocked("no")
        kept = json.loads(FILE.read_text()) if FILE.exists() else {}
        return kept.get(f"{service}/{username}")
    def set_password(self, service, username, password):
        FILE.write_text(json.dumps({f"{service}/{username}": password}))
    def delete_password(self, service, username):
        FILE.unlink()
"""


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A keyring that is a file, in processes that the test starts."""
    pytest.importorskip("keyring")
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "file_backend.py").write_text(BACKEND)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "file_backend.Keyring")
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    return folder


def test_the_keyring_has_it_where_the_configuration_says_so(program, keyring: Path) -> None:
    """Else a user of a keyring has to keep a copy in a file."""
    write(0o644, "[iucn-tui]\nretries = 3\n", user_config_file().parent)
    done = set_token(SECRET, "--keyring")
    assert done.returncode == 0
    assert "in the keyring" in done.stderr
    text = user_config_file().read_text()
    assert "iucn = keyring:" in text
    assert not leaks(text)
    said = program("config")
    assert said.code == 0
    assert f"the keyring, as {user_config_file()} says" in said.out
    assert said.err == ""
    Path("locked").touch()
    said = program("config")
    assert said.code == 2
    assert "The keyring can't be used (KeyringLocked). Unlock it" in said.err
    said = program("config", env={**os.environ, "IUCN_REDLIST_KEY": "the-environment-s"})
    assert said.code == 0  # it is not asked where another token comes first


def test_a_keyring_without_it_or_none_at_all_is_told(program, keyring: Path) -> None:
    """Else the demo answers, or a traceback does."""
    write(0o600, "[API]\niucn = keyring:\n")
    assert "The keyring has no token. `iucn-tui config set-token" in program("config").err
    environ = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    assert "no usable keyring" in program("config", env=environ).err


def test_the_package_is_asked_for_only_where_it_is_needed(monkeypatch) -> None:
    """Else everybody waits for it, and may be asked for a password."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    write(0o600)
    assert load_settings({}, {}, HERE).settings.token
    write(0o600, "[API]\niucn = keyring:\n")
    with pytest.raises(UsageError, match="not installed") as caught:
        load_settings({}, {}, HERE)
    assert "pip install 'iucn-tui[keyring]'" in caught.value.sentence()
