"""Servers for the tests of the demo, and a client that knows nothing but HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tui_app.demo import DemoServer


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers by lower-case name, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Client:
    """One connection to a server."""

    def __init__(self, base_url: str) -> None:
        host, _, port = base_url.removeprefix("http://").partition(":")
        self.http = http.client.HTTPConnection(host, int(port), timeout=30)

    def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """Ask for a path; header names are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self.http.request(method, path, headers=sent)
        reply = self.http.getresponse()
        body = reply.read()
        return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, body)

    def v4(self, path: str) -> Reply:
        """Ask for a path of v4."""
        return self.get(f"/api/v4/{path}")

    def pages(self, path: str) -> list[Reply]:
        """All pages of a list, until one is empty."""
        found: list[Reply] = []
        joint = "&" if "?" in path else "?"
        while True:
            page = self.v4(f"{path}{joint}page={len(found) + 1}")
            if not page.json["assessments"]:
                return found
            found.append(page)


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoServer]:
    """A fast server without a token."""
    with DemoServer("fast") as server:
        yield server


@pytest.fixture
def connect() -> Iterator[Callable[[DemoServer], Client]]:
    """Makes clients, and closes their connections afterwards."""
    made: list[Client] = []

    def make(server: DemoServer) -> Client:
        made.append(Client(server.base_url))
        return made[-1]

    yield make
    for client in made:
        client.http.close()


@pytest.fixture
def client(demo: DemoServer, connect: Callable[[DemoServer], Client]) -> Client:
    """A connection to the fast server."""
    return connect(demo)
