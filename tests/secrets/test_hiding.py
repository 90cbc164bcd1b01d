"""The token is in nothing that is said of a request: messages, logs, crash reports, pictures."""

from __future__ import annotations

import asyncio
import faulthandler
import html
import io
import itertools
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from tests.support.crash_reports import reports, v3
from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, page, scripted
from tests.support.secret import SECRET, leaks
from tests.support.servers import RunningServers
from tui_app.fetch import Plan, get_url_response, run, stream
from tui_app.fetch.library_logs import hidden_in_errors, hide_in_logs
from tui_app.redlist import Token, make_query, redact, redact_bytes
from tui_app.redlist.errors import UsageError

TOKEN = Token(SECRET)
QUOTED = quote(SECRET, safe="")


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        QUOTED,
        f"/x?token={quote(QUOTED, safe='')}",
        QUOTED.replace("%2B", "%2b"),
        SECRET.replace("+", "%2B"),
        f"HTTPConnectionPool(host='h'): /api/v3/x?token={QUOTED} (Caused by …)",
        f"https://elsewhere.test/login?back=https%3A%2F%2Fh%2Fx%3Ftoken%3D{QUOTED}%26page%3D1",
        f"send: b'GET / HTTP/1.1\\r\\nAuthorization: {SECRET}\\r\\nAccept: x\\r\\n'",
        f"<CIMultiDict('Authorization': '{SECRET}')>",
        f"{{'Authorization': 'Bearer {SECRET}', 'Accept': 'x'}}",
        f"[('Authorization', '{SECRET}')]",
    ],
    ids=str.__len__,
)
def test_a_token_is_redacted_however_it_is_written(text: str) -> None:
    """Else one way of quoting it is enough to leak it."""
    assert not leaks(redact(text, TOKEN))
    if "oken=" in text or "Auth" in text:
        assert not leaks(redact(text))
    for rest in ("HTTPConnectionPool", "Caused by", "Accept", "page%3D1"):
        assert (rest in text) == (rest in redact(text))


def _json(text: str, form: str = "\\u{:04x}") -> str:
    return "".join(form.format(ord(char)) for char in text)


def _mixed(text: str) -> str:
    """Each character in another way than the one before it."""
    ways = ("{}", "%{:02x}", "\\u{:04X}", "&#{:d};", "{}", "%25{:02X}", "&amp;#x{:X};", "\\x{:02x}")
    return "".join(
        way.format(char if way == "{}" else ord(char))
        for char, way in zip(text, itertools.cycle(ways), strict=False)
    )


ESCAPED = {
    "json": _json(SECRET),
    "json in capitals": _json(SECRET, "\\u{:04X}"),
    "json in json": _json(SECRET, "\\\\u{:04x}"),
    "some of it in json": SECRET[:9] + _json(SECRET[9:12]) + SECRET[12:],
    "only its last character": SECRET[:-1] + _json(SECRET[-1:]),
    "python": _json(SECRET, "\\x{:02x}"),
    "html": html.escape(SECRET).replace("+", "&plus;").replace("$", "&dollar;"),
    "html by number": _json(SECRET, "&#{:d};"),
    "html by number in hex": _json(SECRET, "&#x{:X};"),
    "html by number with zeros": _json(SECRET, "&#{:05d};"),
    "html in html": _json(SECRET, "&amp;#{:d};"),
    "html in json": _json(SECRET, "\\u0026#{:d};"),
    "url": _json(SECRET, "%{:02x}"),
    "url in url": _json(SECRET, "%25{:02X}"),
    "mixed": _mixed(SECRET),
}


@pytest.mark.parametrize("written", ESCAPED)
def test_a_token_is_redacted_however_it_is_escaped(written: str) -> None:
    """Else a server that repeats it in JSON's own escapes has it kept and published."""
    escaped = ESCAPED[written]
    assert redact(f"no {escaped}, sorry", TOKEN) == "no ••••, sorry"
    body = f'{{"error":"no {escaped}, sorry"}}'
    assert redact_bytes(body.encode(), TOKEN).decode() == '{"error":"no ••••, sorry"}'


def test_characters_that_json_escapes_are_found_as_well() -> None:
    """Base64 has slashes, and PHP writes them as \\/."""
    token = Token('ab/cd"ef\\gh/')
    for written in (json.dumps(token.reveal())[1:-1], 'ab\\/cd\\"ef\\\\gh\\/', token.reveal()):
        assert redact_bytes(written.encode(), token).decode() == "••••"


PIECES = ("%41", "\\", "\\u0026", "&amp;", "&#000000", "%25", SECRET[:9] + "%")


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_a_body_of_escapes_takes_no_more_than_one_look(piece: str) -> None:
    """Else a hostile page of 3 MB stops the program: twice the length may take twice the steps.

    No clock is asked: a pattern that looks again and again would not end within the test's limit.
    """
    body = (piece * (3_000_000 // len(piece)) + "\\u").encode()
    assert redact_bytes(body, TOKEN) is body


def test_other_words_are_left_alone() -> None:
    """Else messages can't be read any more."""
    for text in ("the token is refused", "a key species", "http://h/x?page=1&latest=true"):
        assert redact(text, TOKEN) == redact(text) == text
    assert redact("http://me:pw@host/x") == "http://••••@host/x"


@pytest.mark.parametrize("token", ["a", "abc", "s", "n", "4", "x-y", "ab+c"])
def test_a_short_token_is_redacted_only_where_it_stands_alone(token: str) -> None:
    """Else a token "a" makes dots of every "a", and no message can be read."""
    secret = Token(token)
    for text in (
        "banana Cabcassan is unavailable: HTTP 404 after 4.5 seconds, 14 of 40 pages",
        r"b'GET /api\r\n' can't be sent, it's refused: names-and.nabcs, axx-yb, dab+cd",
        "https://example.org/api/v4/taxa/scientific_name?genus_name=Canis&page=14",
    ):
        assert redact(text, secret) == text
    for form in (
        "the token {} is refused", "{}", "'{}'", '{{"token":"{}"}}', "/x?q={}&r=1", "key: {}, {}.",
        "(Caused by [{}])", "Bearer {}\n",
    ):  # fmt: skip
        assert redact(form.format(token, token), secret) == form.format("••••", "••••")
    for written in (quote(token, safe=""), f"token={token}", f"Authorization: {token}"):
        assert redact(f"said {written}", secret).endswith("••••")
    assert redact(_json(token), secret) == "••••"


def test_data_are_changed_only_where_they_repeat_the_token() -> None:
    """Else a short token, or chance, changes what is kept of species."""
    for said in (SECRET, QUOTED, QUOTED.replace("%2B", "%2b")):
        assert redact_bytes(f'{{"url":"/x?a={said}"}}'.encode(), TOKEN) == (
            '{"url":"/x?a=••••"}'.encode()
        )
    for same, token in ((b"abc", Token("b")), (b"\xff" + SECRET.encode(), None), (b"50%", TOKEN)):
        assert redact_bytes(same, token) is same


@pytest.fixture
def debug_log() -> Iterator[io.StringIO]:
    """All that anybody logs, at DEBUG, as a user's `basicConfig` would write it."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield log
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_no_library_logs_it(
    method: str, debug_log: io.StringIO, monkeypatch, running_servers: RunningServers
) -> None:
    """urllib3 logs every URL at DEBUG, and asyncio what its callbacks were given."""
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    server = running_servers.take(token=SECRET)
    assert run(v3(server.base_url, method)).complete
    get_url_response(f"{server.base_url}/api/v3/version?token={QUOTED}")
    assert not leaks(debug_log.getvalue())
    assert "/api/v3/version?token=••••" in debug_log.getvalue()


def test_a_log_keeps_the_rest(debug_log: io.StringIO) -> None:
    """Else nobody can find a fault by the log."""
    hide_in_logs()
    logger = logging.getLogger("urllib3.connectionpool")
    logger.warning("Retrying after %s: %r", 3, f"/x?a=1&token={QUOTED}")
    try:
        raise ValueError(f"no /x?token={QUOTED}")
    except ValueError:
        logger.exception("It broke")
    said = debug_log.getvalue()
    assert "Retrying after 3: '/x?a=1&token=••••'" in said
    assert "It broke\nTraceback" in said
    assert "ValueError: no /x?token=••••" in said
    assert not leaks(said)


@pytest.mark.parametrize("fails", ["refused", "500", "not-a-url", "cut-off"])
def test_an_error_of_get_url_response_has_no_url_with_it(fails: str) -> None:
    """requests' own errors carry the request, and urllib3's the URL."""
    answers = {"500": http(b"", 500), "cut-off": http(b"abc", length=99)}
    with scripted(lambda path, nth: answers.get(fails, b"")) as server:
        base = {"refused": "http://127.0.0.1:9", "not-a-url": "http://[bad"}.get(fails)
        with pytest.raises(requests.exceptions.RequestException) as caught:
            get_url_response(f"{base or server.base_url}/x?token={QUOTED}")
    # The first frame is this test's own, with the URL that it made.
    caught.value.__traceback__ = caught.value.__traceback__.tb_next
    assert not leaks(reports(caught.value))


class Careless(Exception):
    """What a library raises: the request hangs on it."""

    def __init__(self, url: str) -> None:
        super().__init__(f"bad {url}", url, 3)
        self.request = {"Authorization": SECRET, "url": url}
        self.url = url


def careless(token: str) -> None:
    headers = {"Authorization": token}
    try:
        raise KeyError(token, headers["Authorization"].encode())
    except KeyError as error:
        raise Careless(f"https://h/x?token={quote(token)}&page=3") from error


def test_a_fault_leaves_without_the_token() -> None:
    """Else a fault of ours, or of a library, shows it in a crash report."""
    for raising in (careless, _grouped):
        with pytest.raises((Careless, ExceptionGroup)) as caught, hidden_in_errors(TOKEN):
            raising(TOKEN.reveal())
        said = reports(caught.value)
        assert not leaks(said)
        assert "in careless" in said
        assert "page=3" in said


def _grouped(token: str) -> None:
    async def both() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asyncio.to_thread(careless, token))

    asyncio.run(both())


def test_our_own_errors_stay_as_they_are() -> None:
    """Else what they know beyond their message is lost."""
    with pytest.raises(UsageError) as caught, hidden_in_errors(TOKEN):
        raise UsageError("No such thing.", "Take another.")
    assert caught.value.sentence() == "No such thing. Take another."


def test_a_dump_of_all_threads_has_no_token() -> None:
    """faulthandler writes where each thread is, and would be the last that anybody reads."""
    with Path("dump").open("w+") as dump, scripted(lambda path, nth: page(1, 1)) as server:
        plan = Plan(make_query(["countries/MG"]), server.base_url, token=TOKEN)
        for _ in stream(plan):
            faulthandler.dump_traceback(dump, all_threads=True)
        dump.seek(0)
        said = dump.read()
    assert "test_a_dump_of_all_threads" in said
    assert not leaks(said)
