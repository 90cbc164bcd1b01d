"""The token goes to the servers that the user names, not to those that a file or a store names."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.raw_server import Scripted, http, number_of, page, scripted
from tests.support.secret import SECRET, leaks
from tui_app.fetch import Cancel, Event, State
from tui_app.redlist import Token, make_query
from tui_app.redlist.errors import TokenWithheld, UsageError
from tui_app.runs import Service
from tui_app.settings import Settings, load_settings, token_for, user_config_file
from tui_app.settings.servers import SERVERS_FILE, server_of

LIST = "countries/MG"
OTHER = "4n0th3r-t0k3n-4-tests"


def answer(path: str, nth: int) -> bytes:
    """Three pages of a list, a Red List's version, a code list: whatever a command asks for."""
    if path.endswith("version"):
        return http(b'{"red_list_version":"2026-1","api_version":"v4"}')
    return page(number_of(path), 3) if "page=" in path else http(b'{"threats":[]}')


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted(answer) as server:
        yield server


@pytest.fixture
def other() -> Iterator[Scripted]:
    with scripted(answer) as other:
        yield other


def write(text: str, path: Path = Path("config.ini")) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def names(base_url: str, token: str = "") -> str:
    """A configuration with a server, and a token if there is one."""
    return f"[API]\niucn = {token}\n[iucn-tui]\nbase_url = {base_url}\n"


def got(server: Scripted, token: str = SECRET) -> bool:
    """Whether a server was sent a token."""
    return any(token in head for head in server.heads)


COMMANDS = [
    ("fetch", LIST),
    ("compare", LIST, "--live", "--pages", "1", "--repeats", "1", "--warmup", "0"),
    ("plan", LIST),
    ("check",),
]
commands = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])


def assert_withheld(said, server: Scripted) -> None:
    """Nothing at all was sent, and the user knows what, why, and what to do."""
    assert said.code == 4, said
    assert server.asked == []
    words = " ".join((said.out + said.err).split())
    assert f"token is not sent to {server.base_url}" in words
    assert "has not received this token before" in words
    assert f"name it: --base-url {server.base_url}" in words
    assert "Traceback" not in words


@commands
@pytest.mark.parametrize("kept", ["environment", "own configuration"])
def test_a_folder_s_configuration_does_not_get_the_user_s_token(
    command: tuple[str, ...], kept: str, cli, server: Scripted, monkeypatch
) -> None:
    """Else who is given a folder with a config.ini in it sends the token to its author."""
    write(names(server.base_url))
    if kept == "environment":
        monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    else:
        write(f"[API]\niucn = {SECRET}\n", user_config_file())
    assert_withheld(cli(*command), server)


def test_nor_does_one_that_is_named_with_an_option(cli, server: Scripted, monkeypatch) -> None:
    """Who names a file has not read the address in it."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    write(names(server.base_url), Path("study.ini"))
    assert_withheld(cli("fetch", LIST, "--config", "study.ini"), server)
    shutil.move("study.ini", "IUCN_REDLIST_KEY")  # as the origin of the token is called
    assert_withheld(cli("fetch", LIST, "--config", "IUCN_REDLIST_KEY"), server)


def test_nor_the_token_of_the_keyring(cli, server: Scripted, monkeypatch) -> None:
    """Any file can say `keyring:`; that names no token of its own."""
    monkeypatch.setattr("tui_app.settings.loading.from_keyring", lambda: SECRET)
    write(names(server.base_url, "keyring:"))
    assert_withheld(cli("fetch", LIST), server)
    Path("config.ini").unlink()
    write(names(server.base_url, "keyring:"), user_config_file())
    assert cli("fetch", LIST).code == 0
    assert got(server)


def test_an_own_token_of_a_folder_s_configuration_goes_to_its_server(cli, server: Scripted) -> None:
    """Else a folder for a server of one's own can't be made."""
    write(names(server.base_url, SECRET))
    assert cli("fetch", LIST).code == 0
    assert got(server)


@pytest.mark.parametrize("command", [("fetch", LIST), ("check",)], ids=["fetch", "check"])
@pytest.mark.parametrize("by", ["option", "environment", "own configuration"])
def test_a_server_that_the_user_names_gets_it(
    command: tuple[str, ...], by: str, cli, server: Scripted, monkeypatch
) -> None:
    """Else a mirror, or a server to try things on, can't be used."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    more: tuple[str, ...] = ()
    if by == "option":
        more = ("--base-url", server.base_url)
    elif by == "environment":
        monkeypatch.setenv("IUCN_TUI_BASE_URL", f"{server.base_url}/")
    else:
        write(names(server.base_url), user_config_file())
    assert cli(*command, *more).code == 0
    assert got(server)


def test_a_server_that_had_the_token_gets_it_again_and_no_other(
    cli, server: Scripted, other: Scripted, monkeypatch
) -> None:
    """Else a run can't be resumed as it began; or one server's trust is another's."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    assert cli("fetch", LIST, "--base-url", server.base_url).code == 0
    server.heads.clear()
    write(names(server.base_url))
    assert cli("check").code == 0
    assert got(server)
    write(names(other.base_url))  # the same address but for the port
    assert_withheld(cli("check"), other)
    write(names(server.base_url))
    monkeypatch.setenv("IUCN_REDLIST_KEY", OTHER)
    server.asked.clear()
    assert_withheld(cli("check"), server)


def test_what_is_remembered_is_a_fingerprint_beside_the_configuration(
    cli, server: Scripted, other: Scripted, monkeypatch, tmp_path: Path
) -> None:
    """Else it is a copy of the token, or goes along with a store that is handed on."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    for base_url in (server.base_url, other.base_url, server.base_url):
        assert cli("check", "--base-url", base_url).code == 0
    file = user_config_file().with_name(SERVERS_FILE)
    assert file.stat().st_mode & 0o777 == 0o600
    lines = [line.split() for line in file.read_text().splitlines() if line[0] != "#"]
    assert [line[0] for line in lines] == [server.base_url, other.base_url]
    assert len({salt for _, salt, _ in lines}) == len({found for _, _, found in lines}) == 2
    assert not leaks(file.read_bytes())
    assert not list((tmp_path / "runs").glob(f"**/*{SERVERS_FILE}*"))
    for damaged in (b"\xff\xfe\n", file.read_bytes()[:-2], f"{server.base_url} a\n".encode()):
        file.write_bytes(damaged)
        write(names(other.base_url))
        other.asked.clear()
        assert_withheld(cli("check"), other)


def test_a_configuration_folder_that_is_closed_keeps_nobody_from_a_named_server(
    cli, server: Scripted, monkeypatch
) -> None:
    """Else who has no home can't fetch at all."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    write("", user_config_file().parent)
    assert cli("fetch", LIST, "--base-url", server.base_url).code == 0
    assert got(server)
    write(names(server.base_url))
    server.asked.clear()
    assert_withheld(cli("fetch", LIST), server)


@pytest.fixture
def stopped(cli, server: Scripted, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Leaves run 1 in part, fetched with the token; its server has not been asked since."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    broken = server._answer
    server._answer = lambda path, nth: http(b"", 400) if "page=2" in path else broken(path, nth)
    assert cli("fetch", LIST, "--base-url", server.base_url).code == 3
    server._answer = broken
    server.asked.clear()
    server.heads.clear()
    return server


def test_a_run_is_resumed_with_the_token_that_it_began_with(cli, stopped: Scripted) -> None:
    """Else `resume last` needs more words than it did."""
    assert cli("resume", "last").code == 0
    assert got(stopped)


def test_another_token_wants_the_run_s_server_named_once(
    cli, stopped: Scripted, other: Scripted, monkeypatch
) -> None:
    """Else a run of a server that is tried out gets the token for the real one later."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", OTHER)
    assert_withheld(cli("resume", "last"), stopped)
    said = cli("resume", "last", "--base-url", other.base_url)
    assert (said.code, stopped.asked, other.asked) == (2, [], [])
    assert f"Run 1 is from {stopped.base_url}, and can only be resumed there" in said.err
    stopped._answer = lambda path, nth: http(b"", 503)
    options = ("--retries", "0")
    assert cli("resume", "last", "--base-url", stopped.base_url, *options).code == 3
    assert got(stopped, OTHER)
    stopped._answer = answer
    assert cli("resume", "last").code == 0  # it has had this one, too


def test_a_store_that_somebody_else_made_gets_no_token(cli, stopped: Scripted, monkeypatch) -> None:
    """Else `resume last` in a store that was handed on sends the token to who made it."""
    user_config_file().with_name(SERVERS_FILE).unlink()
    assert_withheld(cli("resume", "last"), stopped)
    monkeypatch.delenv("IUCN_REDLIST_KEY")
    assert cli("resume", "last").code == 0  # to ask without one is no harm


@pytest.mark.parametrize("base_url", ["http://[::1", "http://a b", f"http://me:{SECRET}@h.test"])
def test_a_run_of_no_server_is_told(base_url: str, cli, stopped: Scripted, tmp_path: Path) -> None:
    """Else a store that somebody made has the program end with a traceback."""
    with closing(sqlite3.connect(tmp_path / "runs" / "runs.sqlite3")) as sql, sql:
        sql.execute("UPDATE runs SET base_url = ?", (base_url,))
    said = cli("resume", "1")
    with closing(sqlite3.connect(tmp_path / "runs" / "runs.sqlite3")) as sql, sql:
        sql.execute("UPDATE runs SET base_url = ''")  # no test may leave the token in a file
    assert said.code == 2
    assert "base URL" in said.err


def test_a_demo_run_has_no_server_to_name(cli, server: Scripted) -> None:
    """Else a token is tried at whatever was named for a run of the demo."""
    fetch = ("fetch", LIST, "--demo-profile", "fast", "--pages", "1", "-q")
    assert cli(*fetch).code == 0
    said = cli("resume", "last", "--base-url", server.base_url)
    assert said.code == 2
    assert "Run 1 is from the demo server" in said.err
    assert server.asked == []


class StopAtOnce:
    """An observer that cancels its run with the first page."""

    def __init__(self) -> None:
        self.cancel = Cancel()

    def __call__(self, event: Event) -> None:
        if event.state is State.KEPT:
            self.cancel.set()


def test_a_service_is_no_way_around(server: Scripted, other: Scripted, tmp_path: Path) -> None:
    """Else a program of one's own, or the next face, sends what the command line keeps back."""
    query = make_query([LIST])
    made = Settings(
        source="live", base_url=server.base_url, token=Token(SECRET), home=tmp_path / "runs",
        concurrency=1, rate=20.0,
    )  # fmt: skip
    service, stop = Service(made), StopAtOnce()
    try:
        service.fetch(query, made, observer=stop, cancel=stop.cancel)
        assert got(server)
        elsewhere = replace(made, base_url=other.base_url)
        for ask in (
            lambda: service.fetch(query, elsewhere),
            lambda: service.compare(query, elsewhere),
            lambda: service.forecast(query, elsewhere),
            lambda: service.versions(elsewhere),
            lambda: service.codes("threats", elsewhere),
            lambda: service.open(elsewhere),
        ):
            with pytest.raises(TokenWithheld):
                ask()
        assert other.asked == []
    finally:
        service.close()
    user_config_file().with_name(SERVERS_FILE).unlink()
    later = Service(replace(made, base_url=None, named=None))
    server.asked.clear()
    try:
        with pytest.raises(TokenWithheld):
            later.resume("last")
        later.use_token(Token(OTHER))
        with pytest.raises(TokenWithheld):
            later.resume("last")
    finally:
        later.close()
    assert server.asked == []


def test_the_red_list_s_own_hosts_get_it_encrypted() -> None:
    """Else the usual case needs a word more; or http to a real host does not."""
    write("[iucn-tui]\nbase_url = https://apiv3.iucnredlist.org\napi = v3\n")
    environ = {"IUCN_REDLIST_KEY": SECRET}
    assert token_for(load_settings({}, environ, Path()).settings) == Token(SECRET)
    assert not user_config_file().with_name(SERVERS_FILE).exists()
    write("[iucn-tui]\nbase_url = http://api.iucnredlist.org\n")
    with pytest.raises(UsageError, match="over plain http"):
        load_settings({}, environ, Path())


@pytest.mark.parametrize(
    ("one", "another", "same"),
    [
        ("https://h.test", "https://H.test:443/mirror", True),
        ("http://[::1]:80/", "http://[0:0::1]", True),
        ("https://h.test", "http://h.test", False),
        ("https://h.test", "https://h.test:8443", False),
        ("http://localhost:1", "http://127.0.0.1:1", False),
    ],
)
def test_a_server_is_scheme_host_and_port(one: str, another: str, same: bool) -> None:
    assert (server_of(one) == server_of(another)) is same


@pytest.mark.parametrize("name", ["home", "proxy", "https_proxy", "token", "iucn"])
def test_a_folder_s_configuration_has_no_other_way_to_lead_it_astray(name: str) -> None:
    """A store, a proxy or a token is named by the environment and the user's own files alone."""
    write(f"[iucn-tui]\n{name} = http://127.0.0.1:1\n")
    with pytest.raises(UsageError, match=f"no setting '{name}'"):
        load_settings({}, {}, Path())


def test_commands_that_send_nothing_work_in_such_a_folder(cli, server: Scripted, monkeypatch):
    """Else nobody can look at what is in it."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    write(names(server.base_url))
    for command in (("runs",), ("config",), ("operations",)):
        assert cli(*command).code == 0
    assert cli("fetch", LIST, "--source", "demo", "--demo-profile", "fast", "-q").code == 0
    assert server.asked == []


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_the_user_s_own_file_is_theirs_by_any_name(cli, server: Scripted, monkeypatch) -> None:
    """Else naming it with --config makes it a stranger's."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    own = write(names(server.base_url), user_config_file())
    Path("link.ini").symlink_to(own)
    for named in (own, "link.ini"):
        assert cli("fetch", LIST, "--config", named).code == 0
    assert got(server)
