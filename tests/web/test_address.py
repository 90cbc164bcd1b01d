"""Where the server listens: what is printed opens, and what can't be had is a sentence."""

from __future__ import annotations

import socket

import pytest

pytest.importorskip("textual_serve")

from tests.support.web_pages import Serving, serve
from tui_app.redlist.errors import UsageError
from tui_app.web.access import listen


def _has(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as one:
            one.bind((address, 0))
    except OSError:
        return False
    return True


IPV6 = pytest.mark.skipif(not _has("::1"), reason="no IPv6 here")


@pytest.mark.parametrize(
    ("host", "printed"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("127.0.0.2", "127.0.0.2"),
        ("localhost", "localhost"),
        ("LocalHost", "localhost"),
        ("0", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        pytest.param("[::1]", "[::1]", marks=IPV6),
        pytest.param("::1", "[::1]", marks=IPV6),
        pytest.param("0:0:0:0:0:0:0:1", "[::1]", marks=IPV6),
        pytest.param("::", "[::1]", marks=IPV6),
        pytest.param("[::]", "[::1]", marks=IPV6),
    ],
)
def test_the_printed_address_opens(host: str, printed: str) -> None:
    async def act(serving: Serving) -> None:
        assert serving.root == f"http://{printed}:{serving.listening.port}"
        async with await serving.browser() as browser, browser.get(serving.root) as answer:
            assert answer.status == 200
            assert f"ws://{serving.host}/ws" in await answer.text()

    serving = serve(act, host)
    # Only this machine can connect, unless every address of it leads here.
    assert serving.listening.local == (host not in ("0", "0.0.0.0", "::", "[::]"))


@pytest.mark.parametrize(
    ("host", "asked", "let_in"),
    [
        ("127.0.0.1", "localhost", True),
        ("localhost", "127.0.0.1", True),
        ("localhost", "LOCALHOST", True),
        ("127.0.0.2", "127.0.0.2", True),
        ("127.0.0.1", "evil.example", False),
        ("localhost", "localhost.evil.example", False),
        ("0.0.0.0", "any.example", True),  # every name may lead here: the cookie decides
    ],
)
def test_a_name_that_is_not_the_servers_is_refused(host: str, asked: str, let_in: bool) -> None:
    """Else a page elsewhere has its own name point here."""

    async def act(serving: Serving) -> None:
        cookie = await serving.enter()
        for port in (f":{serving.listening.port}", ":1", ""):
            head = f"GET / HTTP/1.1\r\nHost: {asked}{port}\r\n".encode() + cookie + b"\r\n"
            right = let_in and (port not in (":1", "") or host == "0.0.0.0")
            assert (b" 200 " in await serving.answer(head)) == right

    serve(act, host)


def test_a_server_at_port_80_is_called_by_its_name_alone() -> None:
    """Browsers leave that port out."""

    async def act(serving: Serving) -> None:
        cookie = await serving.enter()
        cookie = cookie.replace(str(serving.listening.port).encode(), b"80")
        serving.server.gate.port = 80
        for asked, code in (("127.0.0.1", b" 200 "), ("evil.example", b" 403 ")):
            head = f"GET / HTTP/1.1\r\nHost: {asked}\r\n".encode() + cookie + b"\r\n"
            assert code in await serving.answer(head)

    serve(act)


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("a" * 70, "can't be resolved"),
        ("..", "can't be resolved"),
        ("a\0b", "can't be resolved"),
        ("[::1", "can't be resolved"),
        ("http://127.0.0.1", "can't be resolved"),
        ("\udcff", "can't be resolved"),
        ("192.0.2.1", "can't be served"),
    ],
)
def test_a_host_that_can_not_be_had_is_a_sentence(host: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        listen(host, 0).close()
    assert "port" not in refused.value.advice


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(UsageError, match="can't be served: Address already in use") as refused,
    ):
        listen("127.0.0.1", taken.getsockname()[1])
    assert "Choose another --port" in refused.value.advice


def resolve_to(patch: pytest.MonkeyPatch, name: str, *addresses: str) -> None:
    """Give a name some IPv4 addresses."""
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *given: int, **more: int) -> list[tuple[object, ...]]:
        if host != name:
            return real(host, port, *given, **more)  # type: ignore[arg-type,return-value]
        if more["flags"] & socket.AI_NUMERICHOST:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    patch.setattr(socket, "getaddrinfo", resolve)


def test_all_addresses_of_a_name_have_one_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a browser that tries the other first finds nothing, or another program."""
    resolve_to(monkeypatch, "here.example", "127.0.0.1", "127.0.0.2", "127.0.0.1")
    listening = listen("here.example", 0)
    listening.close()
    assert len(listening.sockets) == 2
    resolve_to(monkeypatch, "here.example", "127.0.0.1", "127.0.0.2")

    async def act(serving: Serving) -> None:
        for address in ("127.0.0.1", "127.0.0.2"):
            socket.create_connection((address, serving.listening.port)).close()

    serve(act, "here.example")


def test_a_name_with_an_address_that_this_machine_lacks_is_served_at_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file of hosts often gives `localhost` an IPv6 address that is not there."""
    resolve_to(monkeypatch, "here.example", "192.0.2.1", "127.0.0.1")
    listening = listen("here.example", 0)
    listening.close()
    assert listening.name == "here.example"
    assert listening.names is not None
    assert {"here.example", "127.0.0.1", "localhost"} <= listening.names


def test_an_odd_host_of_the_command_is_wrong_usage(program) -> None:
    said = program("web", "--host", "no/such/host")
    assert said.code == 2
    assert "The host 'no/such/host' can't be resolved" in said.err
    assert "Traceback" not in said.err
