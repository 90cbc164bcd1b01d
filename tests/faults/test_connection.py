"""The connection itself: refused, unresolved, untrusted, too slow; by each method.

Each row: what the user reads, and that it is tried again as often as --retries says.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.faults import answer
from tests.support.faulty_server import right_body
from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import Send, number_of, pieces, scripted
from tui_app.fetch import Plan, run
from tui_app.redlist import Token, make_query

each_method = pytest.mark.parametrize("method", EVERY_METHOD)
RETRIES = 2
LABEL = "countries/MG page 1"
SECRET = "F4ulty-T0k3n"


def plan(base_url: str, method: str, **more: float) -> Plan:
    made = Plan(
        make_query(["countries/MG"]),
        base_url,
        method=method,
        token=Token(SECRET),
        retries=RETRIES,
        backoff_s=0.001,
        concurrency=3,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def fails(plan: Plan, kind: str, says: str) -> None:
    """Tried again each time, given up in the end, in these words."""
    result = run(plan)
    (failure,) = result.totals.failures
    assert (failure.error.kind, str(failure.error)) == (kind, f"{LABEL}: {says}")
    assert result.totals.requests == 1 + RETRIES
    assert not result.pages
    assert SECRET not in f"{failure}{result}"


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port


@each_method
def test_refused(method: str) -> None:
    fails(
        plan(f"http://127.0.0.1:{free_port()}", method),
        "connection",
        "connection refused",
    )


@each_method
def test_no_such_host(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    fails(
        plan("https://no-such-host.example", method),
        "connection",
        "the host's name can't be resolved",
    )


@each_method
def test_a_name_that_is_looked_up_for_too_long(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def hang(*args: object) -> list[object]:
        over.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        fails(
            plan("https://slow-host.example", method, connect_timeout_s=0.1),
            "timeout",
            "no connection within 0.1 s",
        )
    finally:
        over.set()


@contextmanager
def full() -> Iterator[str]:
    """A server whose queue of connections is full: the next is never answered."""
    with ExitStack() as stack:
        listener = stack.enter_context(closing(socket.socket()))
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            sock = stack.enter_context(closing(socket.socket()))
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@each_method
def test_connecting_takes_too_long(method: str) -> None:
    with full() as base_url:
        fails(
            plan(base_url, method, connect_timeout_s=0.1),
            "timeout",
            "no connection within 0.1 s",
        )


# -- TLS -------------------------------------------------------------------------------------


def tls_server(name: str, authority: trustme.CA, extra: bytes = b"") -> Any:
    """A server with a certificate for a name; ``extra`` follows each second response."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)

    def serve(path: str, nth: int) -> Send:
        good = answer(right_body(number_of(path)), total_pages="4")
        return pieces(good + (extra if nth == 1 and number_of(path) % 2 == 0 else b""))

    return scripted(serve, tls=context)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that is trusted only where a test says so."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return made


@each_method
def test_a_certificate_that_nobody_vouches_for(method: str, authority: trustme.CA) -> None:
    with tls_server("127.0.0.1", authority) as server:
        fails(
            plan(server.base_url, method),
            "connection",
            "TLS: the server's certificate is refused (unable to get local issuer certificate)",
        )
    assert not server.heads  # the token comes after the handshake


@each_method
def test_a_certificate_of_another_host(
    method: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with tls_server("elsewhere.example", authority) as server:
        fails(
            plan(server.base_url, method),
            "connection",
            "TLS: the server's certificate is refused (IP address mismatch, certificate is not "
            "valid for '127.0.0.1')",
        )
    assert not server.heads


@each_method
def test_a_server_without_tls(method: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as listener:

        def talk() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                with suppress(OSError), sock:
                    sock.recv(65536)
                    sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        talker = threading.Thread(target=talk)
        talker.start()
        try:
            fails(
                plan(f"https://127.0.0.1:{listener.getsockname()[1]}", method),
                "connection",
                "TLS: the secure connection failed",
            )
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            talker.join()


@each_method
def test_a_certificate_that_is_trusted(
    method: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with tls_server("127.0.0.1", authority) as server:
        result = run(plan(server.base_url, method))
    assert result.complete
    assert len(result.pages) == 4
    assert SECRET in server.heads[0]
    connections = {"sequential": 1}.get(method, 3)
    assert len(set(server.over)) <= connections


@each_method
def test_bytes_behind_a_response_are_seen_over_tls(
    method: str, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may be unpacked already, where no socket tells of them."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    extra = answer(right_body(99), total_pages="4")
    with tls_server("127.0.0.1", authority, extra) as server:
        result = run(plan(server.base_url, method, concurrency=1))
    assert result.complete
    assert [one.body for one in result.pages] == [right_body(n) for n in (1, 2, 3, 4)]
    assert result.totals.retries == 2
    assert sorted(number_of(path) for _, path in server.asked) == [1, 2, 2, 3, 4, 4]
    assert len(set(server.over)) == 3
