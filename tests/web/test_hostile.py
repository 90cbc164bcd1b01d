"""What no browser of the user's sends: it gets an answer or is let go, and is told nowhere."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

pytest.importorskip("textual_serve")

import aiohttp
from aiohttp import WSCloseCode

from tests.support.web_pages import (
    DEAF,
    ECHO,
    PATIENCE_S,
    STUCK,
    Serving,
    closed,
    drawn,
    serve,
    use_application,
)
from tui_app.web import server as web_server

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="no pipes to hand on"),
    pytest.mark.xdist_group("web"),
]

HEADERS = (
    b"Cookie: %s=\xc3\xa9",
    b"Cookie: %s=\xff\xfe",
    b'Cookie: %s="\\303\\251"',
    b"Cookie: \xff=\xff",
    b"Origin: \xff",
    b"Origin: null",
    b"Upgrade: \xff",
    b"Upgrade: websocket",
    b"Connection: Upgrade\r\nUpgrade: h2c",
    b"Expect: 100-continue",
    b"Expect: \xff",
    b"Range: bytes=9-1",
    b"If-Modified-Since: \xff",
    b"Accept: \xff",
    b"Content-Length: 5",
    b"Content-Length: -1",
    b"Transfer-Encoding: chunked",
    b"Content-Encoding: br",
    b"X: " + b"a" * 9000,
    b" X: 1",
    b"X : 1",
    b"X\x00: 1",
)
TARGETS = (
    "/", "/ws", "/ws?width=%C2%B2&height=" + "9" * 5000, "/static/js/textual.js", "/static/%00",
    "/static/" + "a" * 5000, "/static/..%2f..%2fserver.py", "/page/%ff", "/download/x",
    "/download/%0d%0aX:1", "//", "/%00", "/nothing", "*", "/?%zz", "/?key=%ff", "/?key",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FOO", "get")
NO_REQUESTS = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"\0" * 100 + b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET " + b"/" * 100_000,
    b"SSH-2.0-OpenSSH\r\n",
)
HANDSHAKE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: %s\r\n"
    b"Sec-WebSocket-Key: %s\r\n%s"
)
HANDSHAKES = (
    (b"13", b"x", b""),
    (b"99", b"dGhlIHNhbXBsZSBub25jZQ==", b""),
    (b"13", b"\xff", b""),
    (b"\xff", b"dGhlIHNhbXBsZSBub25jZQ==", b""),
)


Quietly = Callable[[Callable[[Serving], Awaitable[None]]], None]


@pytest.fixture
def quietly(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Quietly:
    """Acts while a server runs; nothing of it is told where the server was started."""

    def go(act: Callable[[Serving], Awaitable[None]]) -> None:
        serving = serve(act)
        assert (serving.said, *capfd.readouterr()) == ([], "", "")
        assert [one.getMessage() for one in caplog.records if one.name != "asyncio"] == []

    return go


def status_of(head: bytes) -> int:
    return int(head.split()[1])


def test_odd_headers_and_targets_are_answered_without_a_fault(quietly: Quietly) -> None:
    """Else a cookie of another site is a 500 here, and a traceback in the user's terminal."""

    async def act(serving: Serving) -> None:
        cookie = await serving.enter()
        host = f"Host: {serving.host}\r\n".encode()
        ours = serving.server.gate.cookie.encode()
        requests = [
            b"GET /%s HTTP/1.1\r\n" % path
            + host
            + (b"" if b"%s" in header else cookie)
            + header.replace(b"%s", ours)
            + b"\r\n\r\n"
            for path in (b"", b"static/js/textual.js", b"nothing")
            for header in HEADERS
        ]
        requests += [
            f"{method} {target} HTTP/1.1\r\n".encode() + host + cookie + b"\r\n"
            for method in METHODS
            for target in TARGETS
        ]
        origin = f"Origin: {serving.root}\r\n".encode()
        requests += [
            b"GET /ws HTTP/1.1\r\n" + host + cookie + origin + HANDSHAKE % given + b"\r\n"
            for given in HANDSHAKES
        ]
        for request in (*requests, *NO_REQUESTS):
            head = await serving.answer(request)
            assert head.startswith(b"HTTP/1."), (request[:200], head)
            assert status_of(head) < 500, (request[:200], head)

    quietly(act)


SIZES = ("20", "²", "٣", "1e9", "-1", "3", "100", "9" * 5000, "", "0x14", " 20")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size[:4])
def test_a_font_size_is_a_small_number_or_none(size: str) -> None:
    taken = "20" if size == "20" else "16"

    async def act(serving: Serving) -> None:
        async with (
            await serving.browser() as browser,
            browser.get(f"{serving.root}/", params={"fontsize": size}) as answer,
        ):
            assert answer.status == 200
            assert f'data-font-size="{taken}"' in await answer.text()

    serve(act)


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_only_opening_the_page_uses_the_key_up(method: str) -> None:
    """Else who looks whether the page is there locks its user out."""

    async def act(serving: Serving) -> None:
        async with aiohttp.ClientSession() as other:
            for _ in range(2):
                async with other.request(method, serving.address, allow_redirects=False) as answer:
                    assert answer.status in (303, 403)
                    assert "Set-Cookie" not in answer.headers
        await (await serving.browser()).close()

    serve(act)


def test_a_browser_that_a_page_sent_here_goes_on_from_a_page_of_ours() -> None:
    """Else it leaves the new cookie out when it follows the redirect, and is refused."""

    async def act(serving: Serving) -> None:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            asked = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
            async with browser.get(serving.address, headers=asked) as answer:
                assert (answer.status, answer.history) == (200, ())
                assert "SameSite=Strict" in answer.headers["Set-Cookie"]
                page = await answer.text()
            assert '<meta http-equiv="refresh" content="0; url=/" />' in page
            assert serving.server.gate.key not in page
            async with browser.get(serving.root) as answer:
                assert answer.status == 200
                assert "textual-terminal" in await answer.text()

    serve(act)


# -- pages ------------------------------------------------------------------------------------


def test_a_resize_is_bounded_in_columns_and_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one message has an application draw 10,000,000,000 cells, or ends it."""
    use_application(monkeypatch, ECHO)

    async def act(serving: Serving) -> None:
        async with (
            await serving.browser() as browser,
            serving.page(browser, "?width=100&height=30") as page,
        ):
            await drawn(page, b"size 100 x 30")
            for width, height, given in (
                (120, 40, (120, 40)),
                (10**9, 50, (500, 50)),
                (60, 10**30, (60, 500)),
                (0, 20, (1, 20)),
                (70, -3, (70, 1)),
            ):
                await page.send_json(["resize", {"width": width, "height": height}])
                seen = await drawn(page, b"}")
                assert json.loads(seen[1:]) == {
                    "type": "resize", "width": given[0], "height": given[1]
                }  # fmt: skip
            for odd in ("9", None, [], {}, 1.5, True):
                await page.send_json(["resize", {"width": odd, "height": 20}])
                await page.send_json(["resize", {"width": 80, "height": odd}])
            await page.send_json(["stdin", "still here"])
            assert b"resize" not in await drawn(page, b"still here")

    serve(act)


@pytest.mark.parametrize("query", ["?width=²&height=٣", "?width=0&height=-1", "?width=1e9", ""])
def test_a_page_of_no_sensible_size_has_the_usual_one(
    monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    use_application(monkeypatch, ECHO)

    async def act(serving: Serving) -> None:
        async with await serving.browser() as browser, serving.page(browser, query) as page:
            await drawn(page, b"size 80 x 24")

    serve(act)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '["ping", ' + "[" * 200_000,
        '{"a":' * 100_000,
        "9" * 5000,
        "{}",
        "[]",
        "[1]",
        "null",
        "no JSON",
        '["stdin"]',
        '["stdin", 1]',
        '["resize", 1]',
    ],
    ids=lambda text: text[:16],
)
def test_a_message_that_no_page_sends_ends_that_page_alone(
    monkeypatch: pytest.MonkeyPatch, quietly: Quietly, text: str
) -> None:
    use_application(monkeypatch, ECHO)

    async def act(serving: Serving) -> None:
        async with (
            await serving.browser() as browser,
            serving.page(browser) as other,
            serving.page(browser) as page,
        ):
            await drawn(page, b"size")
            await page.send_str(text)
            assert await closed(page) == WSCloseCode.POLICY_VIOLATION
            await other.send_json(["stdin", "here"])
            await drawn(other, b"Dhere")

    quietly(act)


def test_what_is_none_of_its_messages_means_nothing_to_a_page(
    monkeypatch: pytest.MonkeyPatch, quietly: Quietly
) -> None:
    """Binary frames, kinds of a later version, half a character."""
    use_application(monkeypatch, ECHO)

    async def act(serving: Serving) -> None:
        async with await serving.browser() as browser, serving.page(browser) as page:
            await page.send_bytes(b"\xff" * 1000)
            await page.send_json(["later", {"than": "this"}])
            await page.send_str('["stdin", "\\ud800 half"]')
            assert b"D? half" in await drawn(page, b"half")

    quietly(act)


def test_a_message_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    use_application(monkeypatch, ECHO)

    async def act(serving: Serving) -> None:
        async with await serving.browser() as browser, serving.page(browser) as page:
            await page.send_json(["stdin", "x" * (web_server.LARGEST_MESSAGE - 100)])
            await drawn(page, b"x" * 100)
            with suppress(ConnectionError):  # it closes while this comes
                await page.send_json(["stdin", "y" * web_server.LARGEST_MESSAGE])
            assert await closed(page) == WSCloseCode.MESSAGE_TOO_BIG

    serve(act)


@pytest.mark.parametrize(
    ("script", "message"),
    [(DEAF, "x" * 65_536), (STUCK, "x" * 1_000)],
    ids=["reads nothing", "does nothing"],
)
def test_input_that_an_application_does_not_take_waits_in_the_browser_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    """Else a page fills the server's memory, or its application's."""
    use_application(monkeypatch, script)
    monkeypatch.setattr(web_server, "STALLED_S", 0.5)
    monkeypatch.setattr("tui_app.web.server.PATIENCE_S", 0.3)

    async def act(serving: Serving) -> None:
        async with await serving.browser() as browser, serving.page(browser) as page:
            first = await page.receive()  # it has begun
            assert first.type is aiohttp.WSMsgType.BINARY
            sent = 0

            async def flood() -> None:
                nonlocal sent
                while True:
                    await page.send_json(["stdin", message])
                    sent += 1

            flooding = asyncio.create_task(flood())
            assert await closed(page) == WSCloseCode.POLICY_VIOLATION
            with pytest.raises(ConnectionError):
                await flooding
            assert sent < 64_000_000 / len(message)

    serve(act)


def test_pages_are_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    use_application(monkeypatch, ECHO)
    monkeypatch.setattr(web_server, "MOST_PAGES", 2)

    async def act(serving: Serving) -> None:
        async with await serving.browser() as browser:
            async with serving.page(browser) as first, serving.page(browser) as second:
                await drawn(second, b"size")
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await serving.page(browser)
                assert refused.value.status == 503
                await first.close()
                while len(serving.server._pages) == 2:
                    await asyncio.sleep(0)
            async with serving.page(browser) as third:
                await drawn(third, b"size")

    serve(act)


# -- connections ------------------------------------------------------------------------------


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\r\n\r\n"])
def test_a_connection_that_brings_no_request_is_closed(
    monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    """Else each that is left half open stays, until there are no more."""
    monkeypatch.setattr(web_server, "HEADERS_S", 0.2)

    async def act(serving: Serving) -> None:
        reader, writer = await serving.connect()
        writer.write(begun)
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
        writer.close()

    serve(act)


def test_a_connection_whose_next_request_stays_half_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(web_server, "HEADERS_S", 0.2)

    async def act(serving: Serving) -> None:
        cookie = await serving.enter()
        reader, writer = await serving.connect()
        whole = f"GET /nothing HTTP/1.1\r\nHost: {serving.host}\r\n".encode() + cookie
        writer.write(whole + b"\r\n" + whole)
        said = await asyncio.wait_for(reader.read(), PATIENCE_S)
        assert said.count(b"HTTP/1.1") == 1
        writer.close()

    serve(act)


@pytest.mark.parametrize("reads", [True, False])
def test_a_page_that_says_nothing_any_more_is_let_go_with_its_application(
    monkeypatch: pytest.MonkeyPatch, quietly: Quietly, reads: bool
) -> None:
    """A laptop that was closed, a cable that was cut: its application does not stay."""
    use_application(monkeypatch, ECHO)
    monkeypatch.setattr(web_server, "HEARTBEAT_S", 0.2)

    async def act(serving: Serving) -> None:
        cookie = await serving.enter()
        reader, writer = await serving.connect()
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: {serving.host}\r\nOrigin: {serving.root}\r\n".encode()
            + cookie
            + HANDSHAKE % (b"13", b"dGhlIHNhbXBsZSBub25jZQ==", b"\r\n")
        )
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        if reads:  # but answers no ping
            await asyncio.wait_for(reader.read(), PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            while serving.server._pages:
                await asyncio.sleep(0.01)
        writer.close()

    quietly(act)


# -- applications -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("raise SystemExit('iucn-tui: The store is locked.')", "failed: The store is locked."),
        ("1 / 0", "failed: ZeroDivisionError: division by zero"),
        ("import os; os._exit(3)", "failed: no reason is known."),
        ("print('no such thing')\nraise SystemExit(1)", "failed: no reason is known."),
        ("print('x' * 1_000_000)", "failed: no reason is known."),
    ],
    ids=["a sentence", "a traceback", "nothing", "no application", "no end"],
)
def test_an_application_that_fails_is_a_sentence_and_its_page_closes(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    script: str,
    says: str,
) -> None:
    """Else the page waits for ever, and its traceback fills the user's terminal."""
    use_application(monkeypatch, script)
    monkeypatch.setattr("tui_app.web.server.PATIENCE_S", 1)

    async def act(serving: Serving) -> None:
        async with await serving.browser() as browser, serving.page(browser) as page:
            await closed(page)
        async with asyncio.timeout(PATIENCE_S):
            while serving.server._pages:
                await asyncio.sleep(0.01)

    serving = serve(act)
    assert capfd.readouterr() == ("", "")
    assert serving.said == [f"iucn-tui: A page's application {says}"]


def test_an_application_that_can_not_be_started_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui_app.web.server.COMMAND", ("/no/such/python",))

    async def act(serving: Serving) -> None:
        async with await serving.browser() as browser, serving.page(browser) as page:
            await closed(page)

    (said,) = serve(act).said
    assert said.startswith("iucn-tui: The application could not be started: FileNotFoundError")


def test_a_download_has_one_taker_and_any_name() -> None:
    """Else a second click, or a name with a line's end, is a 500."""
    chunks: list[bytes] = [b"a,b\n", b"1,2\n", b""]

    class Application:
        app_service_id = "x"

        async def send_meta(self, asked: dict[str, object]) -> bool:
            await manager.chunk_received(str(asked["key"]), chunks.pop(0))
            return True

    async def act(serving: Serving) -> None:
        nonlocal manager
        manager = serving.server.download_manager
        await manager.create_download(
            app_service=Application(),  # type: ignore[arg-type]
            delivery_key="k", file_name='né\r\n"x".csv', open_method="download",
            mime_type="application/octet-stream", encoding="",
        )  # fmt: skip
        async with await serving.browser() as browser:
            async with browser.head(f"{serving.root}/download/k") as answer:
                assert answer.status == 404
            async with browser.get(f"{serving.root}/download/k") as answer:
                assert answer.status == 200
                said = answer.headers["Content-Disposition"]
                assert said == "attachment; filename*=UTF-8''n%C3%A9%0D%0A%22x%22.csv"
                assert await answer.read() == b"a,b\n1,2\n"
            async with browser.get(f"{serving.root}/download/k") as answer:
                assert answer.status == 404
                assert "has expired" in await answer.text()

    manager = None  # type: ignore[var-annotated]
    serve(act)


def test_a_browser_that_leaves_at_once_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, quietly: Quietly
) -> None:
    """Resets at any moment of a request or a page, and the page again after it."""
    use_application(monkeypatch, ECHO)

    async def act(serving: Serving) -> None:
        cookie = await serving.enter()
        start = f"GET /ws HTTP/1.1\r\nHost: {serving.host}\r\nOrigin: {serving.root}\r\n".encode()
        request = start + cookie + HANDSHAKE % (b"13", b"dGhlIHNhbXBsZSBub25jZQ==", b"\r\n")
        for cut in (1, 20, len(start), len(request) - 1, len(request)):
            reader, writer = await serving.connect()
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
            )
            writer.write(request[:cut])
            if cut == len(request):
                await reader.readuntil(b"\r\n\r\n")
            writer.transport.abort()
        async with asyncio.timeout(PATIENCE_S):
            while serving.server._pages:
                await asyncio.sleep(0.01)
        let_in = {"Origin": serving.root, "Cookie": cookie.decode().split()[1]}
        async with (
            aiohttp.ClientSession() as browser,
            browser.ws_connect(f"{serving.root}/ws", headers=let_in) as page,
        ):
            await drawn(page, b"size")

    quietly(act)
