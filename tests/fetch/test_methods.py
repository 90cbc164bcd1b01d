"""Each method over real sockets: the same work, the same decisions, the same results."""

from __future__ import annotations

import gzip
import json
import threading
from collections import Counter
from email.parser import Parser
from itertools import pairwise
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, number_of, page, scripted
from tests.support.secret import SECRET
from tests.support.servers import RunningServers
from tui_app.demo import DemoServer
from tui_app.fetch import Event, Plan, Result, State, run, stream
from tui_app.redlist import Token, make_query

each_method = pytest.mark.parametrize("method", EVERY_METHOD)


def carry(
    base_url: str, method: str, operation: str = "countries/MG", **more: object
) -> tuple[Result, list[Event]]:
    events: list[Event] = []
    # Retries at once: when they come is the policy's test, that they come is this one's.
    more = {"backoff_s": 0.001, **more}
    plan = Plan(make_query([operation]), base_url, method=method, **more)  # type: ignore[arg-type]
    return run(plan, events.append), events


@each_method
def test_a_list_comes_whole_and_in_order(demo: DemoServer, method: str) -> None:
    """Every method must fetch every record, and none twice."""
    result, _ = carry(demo.base_url, method, "taxa/family/Felidae")
    assert result.complete
    assert [one.number for one in result.pages] == list(range(1, (result.pages_total or 0) + 1))
    ids = [record["assessment_id"] for one in result.pages for record in one.records()]
    assert len(ids) == len(set(ids)) == int(result.pages[0].headers["total-count"])
    assert result.totals.requests == len(result.pages)


def test_methods_bring_the_same_bytes(demo: DemoServer) -> None:
    """A comparison is worth something only if the work is the same."""
    bodies = [
        [one.body for one in carry(demo.base_url, method, "countries/VA")[0].pages]
        for method in EVERY_METHOD
    ]
    assert all(one == bodies[0] for one in bodies)
    assert bodies[0]


def test_methods_send_the_same_requests() -> None:
    """The server must not be able to tell the methods apart."""
    seen: dict[str, set[str]] = {}
    for method in EVERY_METHOD:
        with scripted(lambda path, nth: page(number_of(path), 3)) as server:
            operation = "taxa/scientific_name?genus_name=Été&species_name=a b/c&x[]=%2F"
            carry(server.base_url, method, "countries/M%2FG?latest=true", token=Token(SECRET))
            carry(server.base_url, method, operation, token=Token(SECRET))
            heads = {
                "\n".join(
                    line if number == 0 else line.lower()
                    for number, line in enumerate(sorted(head.splitlines()[1:]))
                    if not line.lower().startswith(("host:", "connection:"))
                )
                + head.splitlines()[0]
                for head in server.heads
            }
            seen[method] = heads
    assert all(heads == seen["sequential"] for heads in seen.values())
    assert all("iucn-tui/" in head and SECRET.lower() in head.lower() for head in seen["asyncio"])


@each_method
def test_connections_are_kept_alive(demo: DemoServer, method: str) -> None:
    """A new connection a request would cost a round trip or two each."""
    _, events = carry(demo.base_url, method, "red_list_categories/CR", pages=30, concurrency=4)
    made = sum(event.state is State.CONNECTED for event in events)
    assert 1 <= made <= (1 if method == "sequential" else 4)


@each_method
def test_never_more_in_flight_than_set(method: str) -> None:
    """In flight is what the user set; one for the sequential method."""
    wanted = 1 if method == "sequential" else 3
    together = threading.Barrier(wanted)

    def answer(path: str, nth: int) -> bytes:
        if 2 <= number_of(path) < 2 + wanted:  # page 1 is alone: it tells how many there are
            together.wait(20)
        return page(number_of(path), 20)

    with scripted(answer) as server:
        _, events = carry(server.base_url, method, concurrency=3)
    flying = most = 0
    for event in events:
        flying += (event.state is State.STARTED) - (event.state is State.BODY)
        most = max(most, flying)
    assert most == wanted


ANSWERS = {
    "refused connection": b"",
    "html 500": http(b"<html>sorry</html>", 500, content_type="text/html"),
    "502": http(b"<html>Bad Gateway</html>", 502),
    "503": http(b"", 503, retry_after="0"),
    "504": http(b"", 504),
    "429": http(b'{"error":"Too Many Requests"}', 429, retry_after="0"),
    "cut-off body": http(b'{"assessments":[', length=5000),
    "empty body": http(b""),
    "html with 200": http(b"<!DOCTYPE html><html>maintenance</html>"),
    "half JSON": http(b'{"assessments":[{"assess'),
    "wrong shape": http(b'{"assessments":"none"}'),
    "row without id": http(b'{"assessments":[{"id":1}]}'),
    "invalid UTF-8": http(b'{"assessments":[{"assessment_id":1,"x":"\xff"}]}'),
    "not a number": http(b'{"assessments":[{"assessment_id":1,"x":NaN}]}'),
    "not gzip": http(b"plain", content_encoding="gzip"),
    "cut-off gzip": http(gzip.compress(b'{"assessments":[]}')[:-9], content_encoding="gzip"),
    "not HTTP": b"SSH-2.0-OpenSSH\r\nContent-Length: 0\r\n\r\n",
}


@each_method
@pytest.mark.parametrize("fault", ANSWERS)
def test_a_fault_that_passes_costs_nothing_but_a_retry(method: str, fault: str) -> None:
    """One bad answer must not cost a page, whatever was bad about it."""

    def answer(path: str, nth: int) -> bytes:
        number = number_of(path)
        return ANSWERS[fault] if number == 2 and nth == 1 else page(number, 3)

    with scripted(answer) as server:
        result, events = carry(server.base_url, method, concurrency=2)
    assert result.complete
    assert [one.number for one in result.pages] == [1, 2, 3]
    # aiohttp and urllib3 may repeat by themselves what a dropped keep-alive connection lost.
    assert result.totals.retries <= 1
    if fault != "refused connection":
        retried = [event for event in events if event.state is State.RETRIED]
        assert len(retried) == 1
        assert retried[0].reason
        assert retried[0].request == 1


@each_method
@pytest.mark.parametrize("fault", ["502", "half JSON", "cut-off body"])
def test_a_fault_that_stays_is_given_up_and_named(method: str, fault: str) -> None:
    """What can't be had is named; the rest arrives."""

    def answer(path: str, nth: int) -> bytes:
        return ANSWERS[fault] if number_of(path) == 2 else page(number_of(path), 3)

    with scripted(answer) as server:
        result, events = carry(server.base_url, method, retries=2)
        asked = Counter(path for _, path in server.asked)
    assert [one.number for one in result.pages] == [1, 3]
    assert not result.complete
    (failure,) = result.totals.failures
    assert failure.error.label == "countries/MG page 2"
    assert failure.attempt == asked["/api/v4/countries/MG?page=2"] == 3
    assert sum(event.state is State.FAILED for event in events) == 1


@each_method
@pytest.mark.parametrize(
    ("status", "kind"), [(404, "not-found"), (400, "rejected"), (302, "redirected")]
)
def test_what_a_repeat_cannot_mend_is_asked_once(method: str, status: int, kind: str) -> None:
    """Asking again for what isn't there is bad manners."""
    reply = http(b'{"error":"No such code"}', status, location="http://127.0.0.1:1/elsewhere")
    with scripted(lambda path, nth: reply) as server:
        result, _ = carry(server.base_url, method)
        assert len(server.asked) == 1
    (failure,) = result.totals.failures
    assert failure.error.kind == kind
    assert "No such code" in str(failure.error)


@each_method
def test_a_token_never_follows_a_redirect(method: str) -> None:
    """A redirect to another host would hand it the token."""
    with (
        scripted(lambda path, nth: page(1, 1)) as thief,
        scripted(lambda path, nth: http(b"", 301, location=thief.base_url + path)) as server,
    ):
        result, _ = carry(server.base_url, method, token=Token(SECRET))
        assert not thief.asked
    assert not result.complete


@each_method
def test_a_link_header_is_not_followed(method: str) -> None:
    """Pages are asked for by number: a link may name another host."""
    with (
        scripted(lambda path, nth: page(1, 1)) as thief,
        scripted(
            lambda path, nth: page(number_of(path), 3).replace(
                b"\r\n\r\n", f"\r\nLink: <{thief.base_url}/x>; rel=next\r\n\r\n".encode(), 1
            )
        ) as server,
    ):
        result, _ = carry(server.base_url, method, token=Token(SECRET))
        assert not thief.asked
    assert len(result.pages) == 3


@each_method
def test_a_refused_token_stops_at_once(method: str) -> None:
    """One 401 says it for all: no further request."""

    def answer(path: str, nth: int) -> bytes:
        number = number_of(path)
        return page(1, 500) if number == 1 else http(b'{"error":"Unauthorized"}', 401)

    with scripted(answer) as server:
        result, _ = carry(server.base_url, method, concurrency=4, token=Token(SECRET))
        assert len(server.asked) <= 1 + 2 * 4
    assert result.totals.stopped is not None
    assert result.totals.stopped.kind == "token"  # type: ignore[attr-defined]
    assert [one.number for one in result.pages] == [1]


@each_method
def test_retry_after_is_obeyed_by_all(method: str) -> None:
    """After a 429 with Retry-After nobody may ask until it has passed."""

    def answer(path: str, nth: int) -> bytes:
        if number_of(path) == 2 and nth == 1:
            return http(b"", 429, retry_after="1")
        return page(number_of(path), 20)

    with scripted(answer) as server:  # the rate, which a 429 lowers, is no limit all the same
        result, events = carry(server.base_url, method, concurrency=4, rate=10_000)
    assert result.complete
    told = next(event.at for event in events if event.state is State.RETRIED)
    soon = [path for at, path in server.asked if told < at < told + 0.95]
    assert len(soon) <= 3  # those that were on their way when it was told
    assert not any(number_of(path) == 2 for path in soon)


@each_method
def test_too_large_a_body_is_not_read_to_its_end(method: str) -> None:
    """A server must not be able to fill the memory."""
    big = http(b"x" * 300_000)
    with scripted(lambda path, nth: big) as server:
        result, _ = carry(server.base_url, method, max_body_bytes=100_000)
    (failure,) = result.totals.failures
    assert failure.error.kind == "too-large"
    assert failure.attempt == 1


@each_method
def test_packed_answers_are_unpacked(method: str) -> None:
    """The real API packs its pages."""
    body = json.dumps({"assessments": [{"assessment_id": 7}]}).encode()
    reply = http(gzip.compress(body), content_encoding="gzip", total_pages="1")
    with scripted(lambda path, nth: reply) as server:
        result, _ = carry(server.base_url, method)
    assert result.pages[0].records() == [{"assessment_id": 7}]
    assert result.totals.size_bytes == len(gzip.compress(body))


@each_method
def test_events_tell_the_story_in_order(method: str) -> None:
    """The waterfall, the timings and the percentiles stand on these."""

    def answer(path: str, nth: int) -> bytes:
        if number_of(path) == 2 and nth == 1:
            return http(b"", 500)
        return page(number_of(path), 2).replace(b"\r\n", b"\r\nX-Runtime: 0.25\r\n", 1)

    with scripted(answer) as server:
        _, events = carry(server.base_url, method, run="7")
    assert {event.run for event in events} == {"7"}
    assert [events[0].state, events[-1].state] == [State.BEGUN, State.ENDED]
    assert max(event.total or 0 for event in events if event.state is State.PLANNED) == 2
    for number in (0, 1):
        mine = [event for event in events if event.request == number]
        assert all(a.at <= b.at for a, b in pairwise(mine))
        assert mine[0].state is State.QUEUED
        assert mine[-1].state is State.KEPT
        first = [event.state for event in mine if event.attempt == 1]
        wanted = [State.STARTED, State.SENT, State.HEADERS, State.BODY]
        assert [state for state in first if state in wanted] == wanted
    first_page = [event for event in events if event.request == 0]
    assert next(e.server_s for e in first_page if e.state is State.HEADERS) == 0.25
    retried = next(event for event in events if event.state is State.RETRIED)
    assert (retried.request, retried.attempt, retried.status) == (1, 1, 500)
    assert retried.wait_s is not None


@each_method
def test_v3_pages_with_the_token_in_the_query_only(
    running_servers: RunningServers, method: str
) -> None:
    """v3 wants its token in the URL, from where it must not leak."""
    events: list[Event] = []
    server = running_servers.take(token=SECRET)
    query = make_query(["species/page"], "v3")
    plan = Plan(query, server.base_url, method=method, token=Token(SECRET), pages=2)
    result = run(plan, events.append)
    refused = run(Plan(query, server.base_url, method=method, token=Token("wr0ng")))
    assert [one.rows for one in result.pages] == [10_000, 10_000]
    assert refused.totals.stopped is not None
    assert "Token not valid!" in str(refused.totals.stopped)
    shown = repr((events, result, refused, refused.totals.stopped))
    assert "s3cret" not in shown
    assert "wr0ng" not in shown


def test_a_stream_fetches_no_further_than_it_is_asked() -> None:
    """Stopping early costs nothing: that is what a generator is for."""
    with scripted(lambda path, nth: page(number_of(path), 50)) as server:
        pages = stream(Plan(make_query(["countries/MG"]), server.base_url, backoff_s=0.001))
        assert not server.asked
        assert next(pages).number == 1
        assert next(pages).number == 2
        assert len(server.asked) == 2
        pages.close()
    assert len(server.asked) == 2


def test_a_stream_raises_what_a_run_would_name() -> None:
    """A caller in a loop must learn that a page is missing."""
    with scripted(lambda path, nth: http(b"", 404)) as server:
        pages = stream(Plan(make_query(["countries/MG"]), server.base_url, backoff_s=0.001))
        with pytest.raises(Exception, match="not found"):
            next(pages)


def test_a_method_that_does_not_exist_is_named() -> None:
    """A typing error gets the list of what there is."""
    with pytest.raises(Exception, match="no method 'trio'"):
        run(Plan(make_query(["threats"]), "http://127.0.0.1:1", method="trio"))


@each_method
def test_keeping_that_fails_stops_the_run_with_its_reason(demo: DemoServer, method: str) -> None:
    """A full disk must stop the asking, and say so."""
    from tui_app.redlist.errors import KeepError

    class Full:
        kept = 0

        def keep(self, items: object) -> None:
            if self.kept >= 1:
                raise KeepError("database or disk is full")
            self.kept += 1

    plan = Plan(
        make_query(["red_list_categories/CR"]), demo.base_url, method=method, pages=90, rate=200
    )
    result = run(plan, recorder=Full())  # type: ignore[arg-type]
    assert "disk is full" in str(result.totals.stopped)
    assert not result.complete
    assert result.totals.requests < 90


@each_method
def test_a_kept_connection_that_breaks_is_one_attempt(method: str) -> None:
    """aiohttp would ask again by itself: uncounted, unpaced, and despite --retries 0."""

    def answer(path: str, nth: int) -> bytes:
        return page(number_of(path), 9) if number_of(path) != 5 else b""

    with scripted(answer) as server:
        plan = Plan(make_query(["countries/MG"]), server.base_url, method=method, retries=0)
        result = run(plan)
        asked = len(server.asked)
    assert result.totals.requests == asked == 9
    assert [one.request.page for one in result.totals.failures] == [5]


@pytest.mark.parametrize("method", ["sequential", "threads"])
def test_requests_sends_through_its_session(
    demo: DemoServer, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is compared is what a user of requests would write, and all that it costs."""
    calls: Counter[str] = Counter()

    def watch(owner: type, name: str) -> None:
        plain = getattr(owner, name)

        def counted(*args: Any, **more: Any) -> Any:
            calls[name] += 1
            return plain(*args, **more)

        monkeypatch.setattr(owner, name, counted)

    watch(requests.Session, "get")
    watch(HTTPAdapter, "get_connection_with_tls_context")
    watch(HTTPAdapter, "build_response")
    watch(Parser, "parsestr")  # of the headers, by http.client
    result, _ = carry(demo.base_url, method, "countries/VA")
    assert result.totals.requests == len(result.pages) > 0
    assert set(calls.values()) == {result.totals.requests}
    assert len(calls) == 4


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_a_redirects_body_is_bounded_and_its_address_is_not_looked_at(method: str) -> None:
    """A session of requests reads the body of a redirect, whole, even where it follows none."""
    body, where = b"x" * 3000, "http://[not-a-host/"
    with scripted(lambda path, nth: http(body, 302, location=where)) as server:
        result, _ = carry(server.base_url, method, max_body_bytes=2000)
        assert [one.error.kind for one in result.totals.failures] == ["too-large"]
        result, _ = carry(server.base_url, method)
        assert [one.error.kind for one in result.totals.failures] == ["redirected"]
        assert len(server.asked) == 2
