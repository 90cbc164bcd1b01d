"""The server for browsers: who may come in, and what the page may load. No browser needed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

pytest.importorskip("textual_serve")

import aiohttp
from aiohttp.test_utils import TestServer

from tui_app.web.server import WebServer


def visit(act: Callable[[aiohttp.ClientSession, str, WebServer], Awaitable[None]]) -> None:
    """Act against a server, as a browser without cookies."""

    async def go() -> None:
        server = WebServer("127.0.0.1", 0, print)
        async with TestServer(server.make_app()) as running:
            assert running.port is not None
            server.gate.port = running.port
            jar = aiohttp.CookieJar(unsafe=True)  # else none for an address without a name
            root = f"http://127.0.0.1:{running.port}"
            async with aiohttp.ClientSession(cookie_jar=jar) as session:
                await act(session, root, server)

    asyncio.run(go())


PATHS = ("/", "/ws", "/static/js/textual.js", "/page/page.js", "/download/x", "/nothing")


@pytest.mark.parametrize("path", PATHS)
def test_without_the_key_nothing_is_answered(path: str) -> None:
    """Else whoever else uses this machine drives the application as its user."""

    async def act(session: aiohttp.ClientSession, root: str, server: WebServer) -> None:
        for query in ("", "?key=", "?key=wrong", f"?key={server.gate.key[:-1]}"):
            async with session.get(root + path + query) as answer:
                assert answer.status == 403
                assert "`iucn-tui web` printed" in await answer.text()

    visit(act)


def test_the_key_lets_in_once_and_the_cookie_from_then_on() -> None:
    """Else a key that is found in a history still opens."""

    async def act(session: aiohttp.ClientSession, root: str, server: WebServer) -> None:
        first = f"{root}/?key={server.gate.key}"
        async with session.get(first, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")
            cookie = answer.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
            assert server.gate.key not in cookie
        async with session.get(root) as answer:
            assert answer.status == 200
            page = await answer.text()
        assert server.gate.key not in page
        async with session.get(first) as answer:  # the same browser, from its history
            assert (answer.status, answer.url.path, answer.url.query_string) == (200, "/", "")
        async with aiohttp.ClientSession() as stranger, stranger.get(first) as answer:
            assert answer.status == 403
            assert "has been used" in await answer.text()

    visit(act)


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"Host": "evil.example"}, "This server is not evil.example"),
        ({"Host": "127.0.0.1:1"}, "This server is not 127.0.0.1:1"),
        ({"Origin": "http://evil.example"}, "This address can't be opened from another page"),
        ({"Origin": "null"}, "This address can't be opened from another page"),
        (
            {"Upgrade": "websocket", "Connection": "Upgrade"},
            "This address can't be opened from another page",
        ),
    ],
)
def test_other_names_and_other_pages_are_refused_even_with_the_cookie(
    headers: dict[str, str], says: str
) -> None:
    """Else a page elsewhere has its name point here, or opens the websocket itself."""

    async def act(session: aiohttp.ClientSession, root: str, server: WebServer) -> None:
        async with session.get(f"{root}/?key={server.gate.key}") as answer:
            assert answer.status == 200
        async with session.get(f"{root}/ws", headers=headers) as answer:
            assert answer.status == 403
            assert says in await answer.text()

    visit(act)


def test_the_page_may_load_nothing_from_elsewhere() -> None:
    """Else it needs a network, and tells others that it is open."""

    async def act(session: aiohttp.ClientSession, root: str, server: WebServer) -> None:
        async with session.get(f"{root}/?key={server.gate.key}") as answer:
            policy, page = answer.headers["Content-Security-Policy"], await answer.text()
            assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert "https://" not in page
        assert "<script>" not in page
        assert page.count("ws://127.0.0.1:") == 1
        for path in ("/static/css/xterm.css", "/page/page.css", "/page/page.js"):
            async with session.get(root + path) as answer:
                assert answer.status == 200
                assert "https://" not in (await answer.text()).replace("https://github.com", "")
        async with session.get(f"{root}/?fontsize=%3Cscript%3E") as answer:
            assert 'data-font-size="16"' in await answer.text()

    visit(act)
