"""The token goes to the host that it belongs to, encrypted, and nowhere else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import Scripted, http, page, scripted
from tests.support.secret import SECRET, leaks
from tui_app.demo import DemoServer
from tui_app.fetch import Plan, run
from tui_app.redlist import Token, make_query
from tui_app.redlist.errors import UsageError
from tui_app.settings import (
    Settings,
    check_token_may_go,
    leads_here,
    load_settings,
    on_this_machine,
)
from tui_app.settings.servers import is_red_list

TOKEN = Token(SECRET)
QUERIES = {"v4": ("countries/MG", "v4"), "v3": ("species/page", "v3")}
each_method = pytest.mark.parametrize("method", EVERY_METHOD)
each_api = pytest.mark.parametrize("api", QUERIES)


def plan(base_url: str, method: str, api: str, **more: object) -> Plan:
    operation, version = QUERIES[api]
    query = make_query([operation], version)
    given = {"token": TOKEN, "retries": 0, "pages": 1, **more}
    return Plan(query, base_url, method=method, **given)


def told(server: Scripted) -> str:
    """All that a server was sent."""
    return "\n".join([*server.heads, *(path for _, path in server.asked)])


@each_method
@each_api
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_it_follows_no_redirect(method: str, api: str, status: int) -> None:
    """Else whoever can make a server answer with a redirect is handed it."""
    with scripted(lambda path, nth: page(1, 1)) as thief:

        def answer(path: str, nth: int) -> bytes:
            return http(b"", status, location=f"{thief.base_url}{path}")

        with scripted(answer) as server:
            result = run(plan(server.base_url, method, api))
            assert leaks(told(server))
            assert len(server.asked) == 1
        assert not thief.asked
    (failure,) = result.totals.failures
    assert failure.error.kind == "redirected"
    assert not leaks(repr(failure) + failure.error.sentence())


@each_method
@each_api
def test_a_proxy_is_not_told(method: str, api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it passes, readable, through whatever stands between."""
    with scripted(lambda path, nth: http(b"", 502)) as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url)
        result = run(plan("https://redlist.test", method, api))
        assert [path for _, path in proxy.asked] == ["redlist.test:443"]
        assert proxy.heads[0].startswith("CONNECT")
        assert not leaks(told(proxy))
        with scripted(lambda path, nth: page(1, 1)) as server:
            run(plan(server.base_url, method, api))
            assert leaks(told(server))
        assert len(proxy.asked) == 1
    assert not leaks(repr(result))


PLAIN = ("http://redlist.test", "http://10.0.0.1:8080", "HTTP://[2001:db8::1]", "http://0.0.0.0")


@pytest.mark.parametrize("base_url", PLAIN)
def test_it_is_not_sent_in_clear(base_url: str, cli, monkeypatch) -> None:
    """Else everyone between here and there can read it."""
    with pytest.raises(UsageError, match="over plain http") as caught:
        check_token_may_go(base_url, TOKEN)
    assert not leaks(caught.value.sentence())
    check_token_may_go(base_url, None)
    with pytest.raises(UsageError, match="over plain http"):
        load_settings({"base_url": base_url}, {"IUCN_REDLIST_KEY": SECRET})
    assert load_settings({"base_url": base_url}, {}).settings.server
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    for command in (("fetch", "threats"), ("check",), ("compare", "--live")):
        said = cli(*command, "--base-url", base_url)
        assert said.code == 2
        assert "Use https://" in said.err
    assert cli("fetch", "systems", "--source", "demo", "--demo-profile", "fast", "-q").code == 0


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Says where names lead: ``name_server("a.localhost", "10.0.0.1")``."""
    known: dict[str, tuple[str, ...]] = {}
    really = socket.getaddrinfo

    def getaddrinfo(host: str, port: int | None, *args: Any, **more: Any) -> list[Any]:
        if host not in known:
            return really(host, port, *args, **more)
        if not known[host]:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        kinds = (socket.AF_INET6 if ":" in one else socket.AF_INET for one in known[host])
        return [
            (kind, socket.SOCK_STREAM, 6, "", (address, port or 0))
            for kind, address in zip(kinds, known[host], strict=True)
        ]

    def lead(host: str, *addresses: str) -> None:
        known[host] = addresses

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield lead
    leads_here.cache_clear()


@pytest.mark.parametrize(
    ("addresses", "here"),
    [
        (("127.0.0.1",), True),
        (("::1", "127.0.0.1"), True),
        (("10.0.0.1",), False),
        (("127.0.0.1", "10.0.0.1"), False),
        ((), False),
    ],
)
def test_a_name_below_localhost_is_here_where_it_leads_here(
    addresses: tuple[str, ...], here: bool, name_server, cli, monkeypatch
) -> None:
    """Else who answers for names sends the token, in clear, where they like."""
    name_server("redlist.localhost", *addresses)
    base_url = "http://redlist.localhost:1"
    assert on_this_machine(base_url) is here
    assert Settings(source="live", base_url=base_url).effective_rate() == (None if here else 2.0)
    query = make_query(["threats"])
    assert Plan(query, base_url)
    if here:
        assert Plan(query, base_url, token=TOKEN)
        return
    with pytest.raises(UsageError, match="over plain http"):
        Plan(query, base_url, token=TOKEN)
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    said = cli("fetch", "threats", "--base-url", base_url)
    assert said.code == 2
    assert "Use https://" in said.err


@each_method
def test_such_a_name_that_leads_elsewhere_later_is_not_followed(method: str, name_server) -> None:
    """Else the answer is another one when the connection is made than when it was checked."""
    with scripted(lambda path, nth: page(1, 1)) as server:
        port = server.base_url.rpartition(":")[2]
        name_server("redlist.localhost", "127.0.0.1")
        found = plan(f"http://redlist.localhost:{port}", method, "v4")
        assert run(found).complete
        assert leaks(told(server))
        name_server("redlist.localhost", "192.0.2.1")
        (failure,) = run(found).totals.failures
        assert failure.error.detail == "the host's name can't be resolved"


@pytest.mark.parametrize("by", ["option", "environment", "file"])
@pytest.mark.parametrize(
    "base_url",
    [
        f"http://me:{SECRET}@redlist.test",
        f"http://{SECRET}@redlist.test",
        f"http://me:{SECRET} x@redlist.test",
        f"http://me:{SECRET}",
        f"http://me:{SECRET}%40redlist.test",
        f"http://redlist.test/?{SECRET}",
        f"http://redlist.test/\n {SECRET}",
        f"http://redlist.test/%zz{SECRET}",
        f"http://redlist.test/ü{SECRET}",
        "http://redlist.test:",
        "http://red list.test",
    ],
    ids=str.__len__,
)
def test_a_base_url_with_a_password_or_a_fault_is_refused_alike(
    base_url: str, by: str, cli, monkeypatch
) -> None:
    """Else a password stands on the screen or in a log, or one method reads it as another host."""
    options: tuple[str, ...] = ()
    if by == "option":
        options = ("--base-url", base_url)
    elif by == "environment":
        monkeypatch.setenv("IUCN_TUI_BASE_URL", base_url)
    else:
        Path("config.ini").write_text(f"[iucn-tui]\nbase_url = {base_url}\n", "utf-8")
    for command in (("fetch", "threats"), ("check",)):
        said = cli(*command, *options)
        assert said.code == 2
        assert "base URL" in said.err
        assert ("(from" in said.err) is (by != "option")


@pytest.mark.parametrize(
    "base_url",
    ["https://redlist.test", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"],
)
def test_it_is_sent_encrypted_or_on_this_machine(base_url: str) -> None:
    """Else a server of one's own can't be tried."""
    check_token_may_go(base_url, TOKEN)
    assert load_settings({"base_url": base_url}, {"IUCN_REDLIST_KEY": SECRET}).settings.token


@pytest.mark.parametrize(
    ("base_url", "its_own"),
    [
        ("https://api.iucnredlist.org", True),
        ("https://apiv3.iucnredlist.org.", True),
        ("https://iucnredlist.org", True),
        ("https://iucnredlist.org.evil.test", False),
        ("https://noiucnredlist.org", False),
    ],
)
def test_a_server_that_is_not_the_red_list_s_is_named(base_url: str, its_own: bool) -> None:
    """Else a misspelt host gets the token, and nobody notices."""
    assert is_red_list(base_url) is its_own
    notices = load_settings({"base_url": base_url}, {"IUCN_REDLIST_KEY": SECRET}).notices
    assert [f"is sent to {base_url}" in one for one in notices] == [True] * (not its_own)
    assert load_settings({"base_url": base_url}, {}).notices == ()
    for other in ({"base_url": "http://127.0.0.1:1"}, {"source": "demo"}):
        assert load_settings(other, {"IUCN_REDLIST_KEY": SECRET}).notices == ()


def test_the_demo_server_is_not_given_the_user_s_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else everyone who may read its environment reads the token, for no purpose."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    with DemoServer("fast") as server:
        for file in ("environ", "cmdline"):
            content = Path(f"/proc/{server.pid}/{file}")
            if not content.exists():
                pytest.skip("no /proc here")
            assert not leaks(content.read_bytes())


def test_the_process_list_does_not_show_it() -> None:
    """Else every user of the machine reads it while a run goes on."""
    with scripted(lambda path, nth: None) as server:
        environ = {**os.environ, "IUCN_REDLIST_KEY": SECRET}
        command = (sys.executable, "-m", "tui_app", "fetch", "threats", "-q")
        process = subprocess.Popen([*command, "--base-url", server.base_url], env=environ)
        server.wait_for(1)
        shown = subprocess.run(
            ["ps", "-ww", "-o", "args=", "-p", str(process.pid)],
            capture_output=True,
            text=True,
        )
        process.terminate()
        assert process.wait(20) == 130
    assert "tui_app fetch threats" in shown.stdout
