"""What a server may send in place of a plain response, byte for byte, by each method.

Each answer comes for pages 2 and 4, at their first attempt. Whatever it is, the requests that
follow get their own bodies, and no connection is used again whose state is not certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import pytest
import requests

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import Scripted, http, number_of, page, pieces, scripted
from tui_app.fetch import (
    Attempt,
    CachedResponse,
    Event,
    Page,
    Plan,
    Response,
    Result,
    State,
    get_url_response,
    run,
)
from tui_app.fetch import engine as engine_module
from tui_app.fetch.network import MAX_FIELD_BYTES, MAX_FIELDS, MAX_INFORMATIONAL
from tui_app.redlist import Paging, Token, make_query
from tui_app.redlist.errors import RequestError

PAGES = 6
SPOILT = (2, 4)
NOT_HTTP = "the response is not valid HTTP"
TOO_LARGE = "the response headers are too large (at most 100 of 64 KB each are read)"

each_method = pytest.mark.parametrize("method", EVERY_METHOD)


def body_of(number: int) -> bytes:
    return page(number, PAGES).partition(b"\r\n\r\n")[2]


def response(body: bytes, *fields: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    head = [status, b"Content-Length: %d" % len(body), b"total-pages: %d" % PAGES, *fields]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def chunked(body: bytes, *chunks: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\ntotal-pages: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % PAGES
    return head + (b"".join(chunks) or b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))


def framed(body: bytes, *fields: bytes) -> bytes:
    """A response whose body's end its own fields tell."""
    head = [b"HTTP/1.1 200 OK", b"total-pages: %d" % PAGES, *fields]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def informational(*statuses: int, fields: bytes = b"") -> bytes:
    return b"".join(b"HTTP/1.1 %d X\r\n%s\r\n" % (status, fields) for status in statuses)


@dataclass(frozen=True)
class Raw:
    """A row of the table.

    Attributes:
        name: of the answer.
        make: makes it of the right body.
        says: what the user reads of it; empty where it is as good as a plain one.
        whole: whether it is one only if it comes at once: bytes that follow a response are not
            told from those of the next one where they come after the next request was sent.
    """

    name: str
    make: Callable[[bytes], bytes]
    says: str = ""
    whole: bool = False


ANSWERS = (
    # Informational responses
    Raw("103", lambda b: informational(103, fields=b"Link: </x>\r\n") + response(b)),
    Raw("102", lambda b: informational(102) + response(b)),
    Raw("150", lambda b: informational(150) + response(b)),
    Raw("several", lambda b: informational(100, 102, 103, 103, 199) + response(b)),
    Raw("as many as may be", lambda b: informational(*[103] * MAX_INFORMATIONAL) + response(b)),
    Raw("a flood of 103", lambda b: informational(*[103] * 5000) + response(b), NOT_HTTP),
    Raw("a flood of 100", lambda b: informational(*[100] * 5000) + response(b), NOT_HTTP),
    Raw("101", lambda b: informational(101, fields=b"Connection: upgrade\r\nUpgrade: h2c\r\n")
        + response(b), NOT_HTTP),
    Raw("103 with a length",
        lambda b: informational(103, fields=b"Content-Length: 5\r\n") + b"hello" + response(b),
        NOT_HTTP),
    Raw("103 with a length of none",
        lambda b: informational(103, fields=b"content-length: 0\r\n") + response(b), NOT_HTTP),
    Raw("103 with chunks",
        lambda b: informational(103, fields=b"Transfer-Encoding: chunked\r\n")
        + b"0\r\n\r\n" + response(b),
        NOT_HTTP),
    # Bytes that belong to no response
    Raw("bytes behind the body", lambda b: response(b) + b"garbage", NOT_HTTP, whole=True),
    Raw("bytes behind the last chunk", lambda b: chunked(b) + b"garbage", NOT_HTTP, whole=True),
    Raw("half a head behind the body", lambda b: response(b) + b"HTTP/1.1 200 OK\r\nContent-Le",
        NOT_HTTP, whole=True),
    Raw("another response", lambda b: response(b) + response(body_of(99)), NOT_HTTP, whole=True),
    Raw("103 behind the body", lambda b: response(b) + informational(103), NOT_HTTP, whole=True),
    Raw("a length too short", lambda b: response(b).replace(b"h: %d" % len(b), b"h: 9"), NOT_HTTP,
        whole=True),
    Raw("204 with a body", lambda b: http(b, 204), NOT_HTTP),
    Raw("204 with a body and no length", lambda b: b"HTTP/1.1 204 X\r\n\r\n" + b, NOT_HTTP,
        whole=True),
    Raw("204 with chunks", lambda b: chunked(b).replace(b"200", b"204"), NOT_HTTP, whole=True),
    Raw("304 with a body", lambda b: http(b, 304), NOT_HTTP, whole=True),
    Raw("an empty line behind the body", lambda b: response(b) + b"\r\n", whole=True),
    Raw("empty lines before the head", lambda b: b"\r\n\r\n" + response(b)),
    # Lengths
    Raw("a length and chunks",
        lambda b: chunked(b).replace(b"Tr", b"Content-Length: %d\r\nTr" % len(b)), NOT_HTTP),
    Raw("two lengths", lambda b: response(b, b"Content-Length: 9"), NOT_HTTP),
    Raw("a length twice", lambda b: response(b, b"Content-Length: %d" % len(b)), NOT_HTTP),
    Raw("a list of lengths", lambda b: framed(b, b"Content-Length: %d, %d" % (len(b), len(b))),
        NOT_HTTP),
    Raw("a length below 0", lambda b: framed(b, b"Content-Length: -%d" % len(b)), NOT_HTTP),
    Raw("a length with a sign", lambda b: framed(b, b"Content-Length: +%d" % len(b)), NOT_HTTP),
    Raw("a length with _",
        lambda b: framed(b, b"Content-Length: %d_%d" % divmod(len(b), 10)), NOT_HTTP),
    Raw("a length of 5,000 digits", lambda b: framed(b, b"Content-Length: " + b"9" * 5000),
        NOT_HTTP),
    Raw("another transfer coding", lambda b: framed(b, b"Transfer-Encoding: gzip"), NOT_HTTP),
    Raw("a coding that is none",
        lambda b: response(b, b"Transfer-Encoding: identity"), NOT_HTTP),
    # Chunks
    Raw("chunks", chunked),
    Raw("chunks with extensions and trailers",
        lambda b: chunked(b, b"%x;a=b\r\n" % len(b), b, b"\r\n0;c\r\nX-Sum: 1\r\n\r\n")),
    Raw("a chunk that ends with a line feed alone",
        lambda b: chunked(b, b"%x\r\n%s\n0\r\n\r\n" % (len(b), b))),
    Raw("a chunk size that ends with a line feed alone",
        lambda b: chunked(b, b"%x\n%s\r\n0\r\n\r\n" % (len(b), b)), NOT_HTTP),
    Raw("a chunk of -5", lambda b: chunked(b, b"-5\r\n", b, b"\r\n0\r\n\r\n"), NOT_HTTP),
    Raw("a chunk of -1", lambda b: chunked(b, b"-1\r\n", b, b"\r\n0\r\n\r\n"), NOT_HTTP),
    Raw("a second chunk of -5",
        lambda b: chunked(b, b"1\r\n{\r\n-5\r\n", b[1:], b"\r\n0\r\n\r\n"), NOT_HTTP),
    Raw("a chunk of 0x9", lambda b: chunked(b, b"0x%x\r\n" % len(b), b, b"\r\n0\r\n\r\n"),
        NOT_HTTP),
    Raw("a chunk with a sign", lambda b: chunked(b, b"+%x\r\n" % len(b), b, b"\r\n0\r\n\r\n"),
        NOT_HTTP),
    Raw("a chunk that is none", lambda b: chunked(b, b"none\r\n", b, b"\r\n0\r\n\r\n"), NOT_HTTP),
    Raw("a chunk without its end", lambda b: chunked(b, b"%x\r\n" % len(b), b, b"XX0\r\n\r\n"),
        NOT_HTTP),
    Raw("a flood of trailers",
        lambda b: chunked(b, b"%x\r\n%s\r\n0\r\n" % (len(b), b), b"X: y\r\n" * 1000, b"\r\n"),
        TOO_LARGE),
    # Status lines and headers
    Raw("HTTP/2.0", lambda b: response(b, status=b"HTTP/2.0 200 OK"), NOT_HTTP),
    Raw("HTTP/1.2", lambda b: response(b, status=b"HTTP/1.2 200 OK"), NOT_HTTP),
    Raw("HTTP/0.9", lambda b: response(b, status=b"HTTP/0.9 200 OK"), NOT_HTTP),
    Raw("a status with a sign", lambda b: response(b, status=b"HTTP/1.1 +200 OK"), NOT_HTTP),
    Raw("a status of two digits", lambda b: response(b, status=b"HTTP/1.1 20 OK"), NOT_HTTP),
    Raw("status 099", lambda b: response(b, status=b"HTTP/1.1 099 OK"), NOT_HTTP),
    Raw("no reason", lambda b: response(b, status=b"HTTP/1.1 200")),
    Raw("a long reason", lambda b: response(b, status=b"HTTP/1.1 200 " + b"x" * 20_000)),
    Raw("line feeds alone", lambda b: response(b).replace(b"\r\n", b"\n")),
    Raw("a folded header", lambda b: response(b, b"X-Note: a\r\n  b")),
    Raw("a header without a colon", lambda b: response(b, b"X-Note"), NOT_HTTP),
    Raw("a blank before the colon", lambda b: response(b, b"X-Note : a"), NOT_HTTP),
    Raw("NUL in a header", lambda b: response(b, b"ETag: \"a\0b\""), NOT_HTTP),
    Raw("CR in a header", lambda b: response(b, b"ETag: \"a\rb\""), NOT_HTTP),
    Raw("DEL and ESC in a header", lambda b: response(b, b"ETag: \"a\x7f\x1bb\"")),
)  # fmt: skip

EACH_WAY = [(raw, split) for raw in ANSWERS for split in (False, True) if not (split and raw.whole)]


QUICK: Final = {"backoff_s": 0.001}


def fetch(server: Scripted, method: str, **more: object) -> tuple[Result, list[Event]]:
    events: list[Event] = []
    given: dict[str, object] = {"concurrency": 1, "retries": 2, "timeout_s": 20.0, **QUICK, **more}
    plan = Plan(make_query(["countries/MG"]), server.base_url, method=method, **given)  # type: ignore[arg-type]
    return run(plan, events.append), events


def spoils(make: Callable[[bytes], bytes], *, split: bool = False) -> Callable[[str, int], object]:
    def answer(path: str, nth: int) -> object:
        number = number_of(path)
        right = body_of(number)
        if number not in SPOILT or nth > 1:
            return response(right)
        data = make(right)
        # Where its bytes are cut must not matter; a flood is cut less often.
        size = 1 if len(data) < 2000 else 999
        step = size if split else len(data)
        return pieces(*(data[at : at + step] for at in range(0, len(data), step)))

    return answer


def reasons(events: list[Event]) -> list[str]:
    return [event.reason for event in events if event.state in (State.RETRIED, State.FAILED)]


def everyone_has_their_own(result: Result) -> None:
    assert result.complete, result.totals.failures
    assert [one.number for one in result.pages] == list(range(1, PAGES + 1))
    assert [one.body for one in result.pages] == [body_of(n) for n in range(1, PAGES + 1)]


@each_method
@pytest.mark.parametrize(
    ("raw", "split"),
    EACH_WAY,
    ids=[f"{raw.name}{', in pieces' * split}" for raw, split in EACH_WAY],
)
def test_each_request_gets_its_own_body(raw: Raw, split: bool, method: str) -> None:
    """All methods say the same of it, and leave a connection that is not certain."""
    with scripted(spoils(raw.make, split=split)) as server:
        result, events = fetch(server, method)
    everyone_has_their_own(result)
    assert reasons(events) == [raw.says] * (2 if raw.says else 0)
    assert result.totals.requests == len(server.asked)
    if raw.says:
        for place, (_, path) in enumerate(server.asked):
            if number_of(path) in SPOILT and path not in [one for _, one in server.asked[:place]]:
                assert server.over[place] not in server.over[place + 1 :]


@each_method
def test_many_in_flight_get_their_own_bodies(method: str) -> None:
    """Workers share the pool: what one leaves there, another would find."""
    for raw in (ANSWERS[0], *(one for one in ANSWERS if one.whole and one.says)):
        with scripted(spoils(raw.make)) as server:
            result, _ = fetch(server, method, concurrency=3)
        everyone_has_their_own(result)


@each_method
def test_connections_are_used_again_after_informational_responses(method: str) -> None:
    """Else a server that sends 103 costs a connection a request."""
    with scripted(spoils(lambda b: informational(103) + response(b))) as server:
        fetch(server, method)
    assert set(server.over) == {0}


@each_method
@pytest.mark.parametrize(
    "unasked",
    [response(body_of(99)), response(body_of(99))[:20], b"HTTP/1.1 408 X\r\n\r\n", b"\r\n"],
    ids=["a response", "half of one", "408", "an empty line"],
)
def test_what_comes_while_a_connection_is_idle_is_nobodys_answer(
    method: str, unasked: bytes
) -> None:
    """The bytes are in the socket before the next request is sent, and perhaps not read yet."""
    with scripted(spoils(response)) as server:

        def observe(event: Event) -> None:
            if event.state is State.DECODED and event.request == 1:
                server.say(unasked)  # the worker waits here, with page 3 to send next

        plan = Plan(
            make_query(["countries/MG"]), server.base_url, method=method, concurrency=1, **QUICK
        )
        result = run(plan, observe)
    everyone_has_their_own(result)
    assert result.totals.retries == 0
    assert server.over == [0, 0, 1, 1, 1, 1]


@each_method
def test_a_server_that_speaks_first_is_not_listened_to(method: str) -> None:
    """An answer that came before its request is another one's."""

    def greeting(connection: int) -> bytes:
        return b"" if connection else response(body_of(99))

    with scripted(spoils(response), greeting=greeting) as server:
        connected = 0

        def observe(event: Event) -> None:
            nonlocal connected
            if event.state is State.CONNECTED:
                connected += 1
                server.wait_for_greetings(connected)

        plan = Plan(
            make_query(["countries/MG"]), server.base_url, method=method, concurrency=1, **QUICK
        )
        result = run(plan, observe)
    everyone_has_their_own(result)
    assert result.totals.retries == 1


# -- limits ------------------------------------------------------------------------------


@each_method
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ([b"X-Long: " + b"y" * (MAX_FIELD_BYTES - 6)], ""),
        ([b"X-Long: " + b"y" * (MAX_FIELD_BYTES - 5)], TOO_LARGE),
        ([b"X" * 9000 + b": y"], ""),
        ([b"X-%d: y" % n for n in range(MAX_FIELDS - 2)], ""),  # two are there already
        ([b"X-%d: y" % n for n in range(MAX_FIELDS - 1)], TOO_LARGE),
        ([b"X-%d: y" % n for n in range(10_000)], TOO_LARGE),
    ],
    ids=["64 KB", "a byte more", "a long name", "100", "101", "10,000"],
)
def test_all_methods_take_the_same_headers(method: str, fields: list[bytes], says: str) -> None:
    with scripted(spoils(lambda b: response(b, *fields))) as server:
        result, events = fetch(server, method)
    everyone_has_their_own(result)
    assert reasons(events) == [says] * (2 if says else 0)
    kinds = {event.kind for event in events if event.state is State.RETRIED}
    assert kinds == ({"malformed"} if says else set())


# -- what libraries raise ----------------------------------------------------------------

RAISED = (
    ValueError,
    LookupError,
    UnicodeError,
    ArithmeticError,
    RecursionError,
    RuntimeError,
    TypeError,
    AttributeError,
    AssertionError,
)


def raises(kind: type[Exception], module: str) -> Callable[..., object]:
    """A function that raises, as if it stood in a library's module."""
    inside: dict[str, object] = {"__name__": module, "kind": kind}
    exec("def fail(*args, **more):\n    raise kind('of the library')", inside)
    fail: Callable[..., object] = inside["fail"]  # type: ignore[assignment]
    return fail


LIBRARY = {
    "sequential": ("urllib3.response.HTTPResponse.read", "urllib3.response"),
    "threads": ("urllib3.response.HTTPResponse.read", "urllib3.response"),
    "asyncio": ("aiohttp.ClientResponse.read", "aiohttp.client_reqrep"),
    "uvloop": ("aiohttp.ClientResponse.read", "aiohttp.client_reqrep"),
}


@each_method
@pytest.mark.parametrize("kind", RAISED)
def test_whatever_a_library_raises_is_that_requests_error(
    method: str, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the run's end, nor a traceback."""
    where, module = LIBRARY[method]
    monkeypatch.setattr(where, raises(kind, module))
    with scripted(spoils(response)) as server:
        result, events = fetch(server, method, retries=1)
        assert len(server.asked) == 2
    (failure,) = result.totals.failures
    assert failure.error.kind == "malformed"
    assert reasons(events) == [f"the response can't be read ({kind.__name__})"] * 2


@each_method
def test_what_reading_a_body_raises_is_that_requests_error(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the server sends, the run goes on."""

    class Broken(engine_module.Validator):
        def validate(self, attempt: Attempt, response: Response) -> Page | RequestError:
            if attempt.request.page == 2:
                raise RecursionError
            return super().validate(attempt, response)

    monkeypatch.setattr(engine_module, "Validator", Broken)
    with scripted(spoils(response)) as server:
        result, _ = fetch(server, method, retries=0)
    (failure,) = result.totals.failures
    assert str(failure.error) == (
        "countries/MG page 2: the response can't be read (RecursionError)"
    )
    assert len(result.pages) == PAGES - 1


@each_method
@pytest.mark.parametrize(
    ("etag", "sent"),
    [
        ('W/"0123"', True),
        ('"a b"', True),
        ("unquoted", True),
        ('"\x7f"', False),
        ('"\x1b[31m"', False),
        ('"a\r\nX-Other: b"', False),
        ('"a\0b"', False),
        ('"é"', False),
        ('"\u2028"', False),
        (f'"{"x" * 5000}"', False),
    ],
)
def test_a_cached_etag_is_sent_where_it_can_be(method: str, etag: str, sent: bool) -> None:
    """Else a page whose server once sent an odd one can never be asked for again."""

    class Cached:
        def find(self, paths: Sequence[str]) -> Iterator[tuple[str, CachedResponse, bytes]]:
            for path in paths:
                paging, read = Paging(1, 2, 2), partial(body_of, 1)
                yield path, CachedResponse(2, etag, False, paging, "2026-01-01", 1, read), read()

    with scripted(lambda path, nth: page(1, 1)) as server:
        plan = Plan(make_query(["countries/MG"]), server.base_url, method=method, retries=0)
        result = run(plan, cache=Cached())
    assert result.complete, result.totals.failures
    assert (f"If-None-Match: {etag}\r\n" in f"{server.heads[0]}\r\n") is sent
    assert ("if-none-match" in server.heads[0].lower()) is sent


# -- everything else that sends requests -------------------------------------------------


def test_one_url_is_answered_behind_informational_responses() -> None:
    """The function that the project began with."""
    good = informational(103, fields=b"Link: </x>\r\n") + informational(102) + response(b"{}")
    with scripted(lambda path, nth: pieces(good)) as server:
        assert get_url_response(f"{server.base_url}/x").json() == {}
    for size in (b"-5", b"-1"):
        bad = chunked(b"{}", size + b"\r\n{}\r\n0\r\n\r\n")
        with (
            scripted(lambda path, nth, bad=bad: pieces(bad)) as server,
            pytest.raises(requests.exceptions.RequestException, match=NOT_HTTP),
        ):
            get_url_response(f"{server.base_url}/x")


# -- what is sent ------------------------------------------------------------------------

OPERATIONS = (
    "countries/M%2FG?latest=true",
    "countries/m%c3%a9g",
    "taxa/family/O'Brien",
    "taxa/family/A+B",
    "taxa/family/A [1]",
    "taxa/family/a%zz",
    "taxa/family/\U0001f600\u200b",
    'taxa/family/a"<>^`{|}\\',
    "comprehensive_groups/a~b!$&()*,;=:@",
    "assessment_search?filter_on[]=amazing&filter_on[]=cr_pe",
    "taxa/scientific_name?genus_name=Été+b&species_name=c%2Bd;e=f'g&x[]=%2f",
)
ROOTS = (
    "http://127.0.0.1:{port}",
    "HTTP://LOCALHOST:{port}/",
    "http://127.0.0.1:{port}/pre/",
    "http://127.0.0.1:{port}/p%c3%a9/%7Eme",
    "http://127.0.0.1:{port}/a'b+c;d=e,f!$&()*~:g",
    "http://127.0.0.1:{port}/a//b",
)


@pytest.mark.parametrize(
    ("operation", "root"),
    [*((one, ROOTS[0]) for one in OPERATIONS), *(("countries/MG", one) for one in ROOTS)],
)
def test_all_methods_send_the_same_bytes(operation: str, root: str) -> None:
    """A server that tells the methods apart could answer them differently."""
    sent: dict[str, set[str]] = {}
    for method in EVERY_METHOD:
        with scripted(lambda path, nth: page(1, 1)) as server:
            port = server.base_url.rpartition(":")[2]
            query = make_query([operation])
            token = Token("F4ulty-T0k3n")
            run(Plan(query, root.format(port=port), method=method, token=token, retries=0))
            assert len(server.heads) == 1
            sent[method] = {head.replace(port, "PORT") for head in server.heads}
    assert all(heads == sent["sequential"] for heads in sent.values()), sent
