"""Forecasts through the service: what is asked for them, what is used, what is counted."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.raw_server import http, scripted
from tests.support.scopes import ROWS, scoped_answer
from tests.support.secret import SECRET, leaks
from tests.support.servers import Server
from tui_app.compare import forecast as forecast_module
from tui_app.compare.forecast import Forecast, Limit
from tui_app.fetch import Cancel, MemoryRecorder, Page, Phases, Plan, Result, make_request
from tui_app.redlist import Token, make_query
from tui_app.redlist.errors import NotFound, TokenRefused, Unreachable
from tui_app.redlist.rate_limit import NO_WINDOW, Window
from tui_app.runs import Service, forecasting
from tui_app.runs.forecasting import _at_probing_pace
from tui_app.runs.kept_workload import probed_run
from tui_app.runs.planning import Sources, make_plan
from tui_app.settings import COURTEOUS_WINDOW, Settings
from tui_app.store import NewRun, RunState, Store

CR = make_query(["red_list_categories/CR"])
VATICAN = make_query(["countries/VA"])  # five pages
PAGES = 107
SLOW_S = 0.3
"""An answer that takes so long leaves this computer idle: no method has to be tried."""


@pytest.fixture(autouse=True)
def few_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The arithmetic is tested elsewhere."""
    monkeypatch.setattr(forecast_module, "ANSWERS_IN_ALL", 1_000)


def forecast(service: Service, query, settings: Settings, **more) -> Forecast:
    found = service.forecast(query, settings, **more)
    assert found is not None
    return found


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Service]:
    """A service without the demo's settings, whose store knows nothing."""
    service = Service(Settings(home=tmp_path / "runs"))
    yield service
    service.close()


def awake(host: Server) -> Server:
    """A server that has just been started is slow at first, as if its answers shared something."""
    for page in (1, 2, 3):
        path = f"/api/v4/red_list_categories/CR?page={page}"
        urllib.request.urlopen(host.base_url + path).close()
    host.asked()
    return host


def record(monkeypatch: pytest.MonkeyPatch, *, alone_s: float, as_fast_together: float) -> None:
    """Have probes measure these latencies, however busy the machine is that really asks.

    All of a run begin at once; so many of them take as long as one alone, and more take longer.
    """
    really = forecasting.run

    def run(plan: Plan, *, recorder: MemoryRecorder, **more: Any) -> Result:
        result = really(plan, recorder=recorder, **more)
        took_s = alone_s * max(1.0, len(recorder.pages) / as_fast_together)
        for place, page in enumerate(recorder.pages):
            phases = Phases(queued=0.0, started=0.0, sent=0.0, headers=took_s, body=took_s)
            headers = {**page.headers, "x-runtime": str(alone_s)}
            recorder.pages[place] = msgspec.structs.replace(page, phases=phases, headers=headers)
        return result

    monkeypatch.setattr(forecasting, "run", run)


def test_three_pages_are_asked_for_at_once_and_kept_nowhere(
    server, empty, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a forecast costs as much as what it foretells, or hides what answers share."""
    record(monkeypatch, alone_s=SLOW_S, as_fast_together=3)
    host = awake(server(delay=SLOW_S))
    found = forecast(empty, CR, host.settings(tmp_path))
    asked = host.asked()
    assert sorted(line["query"]["page"] for line in asked) == ["1", "2", "3"]
    assert max(line["in_flight"] for line in asked) == 3
    assert empty.runs() == []
    assert (found.basis.probed, found.basis.kept) == (3, 0)
    assert found.pages == found.requests == PAGES
    assert 100 * (PAGES - 1) < (found.records or 0) <= 100 * PAGES
    assert [row.method for row in found.rows] == ["sequential"] + ["threads"] * 5 + ["asyncio"] * 5
    assert {row.limit for row in found.rows} == {Limit.LATENCY}
    alone = found.rows[0]
    assert alone.low < alone.seconds < alone.high
    assert alone.seconds > PAGES * SLOW_S * 0.9
    assert found.advice


def test_a_pace_holds_for_probes_too(server, empty, tmp_path) -> None:
    """Else the user's token pays for a forecast."""
    host = awake(server(delay=SLOW_S))
    found = forecast(empty, CR, host.settings(tmp_path, rate=3.0))
    asked = host.asked()
    assert [line["query"]["page"] for line in asked] == ["1", "2", "3"]
    assert max(line["in_flight"] for line in asked) == 1
    assert found.settings["rate"] == 3.0
    assert {row.limit for row in found.rows if row.concurrency > 2} == {Limit.PACE}


def test_a_real_host_is_probed_no_faster_than_it_permits() -> None:
    """Else to ask what a faster pace would bring is to keep it."""
    live = Settings(source="live", base_url="https://redlist.invalid")
    here = replace(live, base_url="http://127.0.0.1:8808")
    usual, strict, wide = COURTEOUS_WINDOW, Window(10, 120.0), Window(500, 60.0)

    def probed(settings: Settings, rate: float | None, window: Window | None) -> object:
        settings = replace(settings, rate=rate, window=window)
        plan = make_plan(CR, settings, Sources().unopened(settings), "sequential", None)
        polite = _at_probing_pace(plan, settings)
        return polite.rate, polite.window

    assert probed(live, None, None) == (2.0, usual)
    assert probed(live, float("inf"), NO_WINDOW) == (2.0, usual)
    assert probed(live, 20.0, strict) == (2.0, strict)
    assert probed(live, 2.0, wide) == (2.0, usual)
    assert probed(live, 0.5, NO_WINDOW) == (0.5, None), "60 in 120 s are no more than 90"
    assert probed(here, None, None) == (None, None)
    assert probed(here, 20.0, wide) == (20.0, wide)


def test_for_details_one_of_the_three_is_a_full_assessment(server, empty, tmp_path) -> None:
    """Else nine tenths of the requests are guessed at."""
    host = server(delay=SLOW_S)
    query = make_query(["countries/VA"], details=True)
    found = forecast(empty, query, host.settings(tmp_path, rate=20.0))
    asked = host.asked()
    assert [line["path"].split("/")[3] for line in asked] == ["countries"] * 2 + ["assessment"]
    assert (found.pages, found.details) == (5, found.records)
    assert found.requests == 5 + found.details
    assert not found.at_most
    assert found.assumed == (
        "Responses were measured one by one; concurrent ones are assumed to be as fast.",
    )
    # Without a pace three pages together show what answers share, and the assessment comes after.
    found = forecast(empty, query, host.settings(tmp_path))
    asked = host.asked()
    assert [line["path"].split("/")[3] for line in asked] == ["countries"] * 3 + ["assessment"]
    assert [line["in_flight"] for line in asked[3:]] == [1]
    assert (found.basis.probed, found.assumed) == (4, ())


def test_an_assessment_that_does_not_exist_ends_no_forecast(empty, tmp_path) -> None:
    """A taxon's list names historical ids that the server no longer has."""
    query = make_query(["countries/MG"], details=True)

    def answer(path: str, nth: int) -> bytes:
        if "/assessment/" in path:
            return http(b'{"error":"Assessment ID 101 not found"}', 404)
        return scoped_answer(path, nth)

    with scripted(answer) as host:
        settings = Settings(home=tmp_path, source="live", base_url=host.base_url)
        found = forecast(empty, query, settings)
    assert found.details == found.records == len(ROWS)


def test_what_is_known_is_not_asked_for(server, empty, tmp_path) -> None:
    """Else who fetches every day is asked for patience every day."""
    host = server(delay=SLOW_S)
    settings = host.settings(tmp_path, method="threads")
    empty.fetch(VATICAN, settings)
    host.asked()
    found = forecast(empty, VATICAN, settings)
    assert host.asked() == []
    assert (found.basis.kept, found.basis.probed) == (5, 0)
    assert (found.requests, found.kept) == (5, 0)
    # Of another list only its length is missing.
    found = forecast(empty, CR, settings)
    assert host.pages() == [1]
    assert (found.basis.kept, found.basis.probed) == (5, 1)
    assert found.requests == PAGES


def test_what_is_kept_and_fresh_is_counted(server, empty, tmp_path) -> None:
    """Else a second fetch is forecast to take as long as the first."""
    host = server(delay=SLOW_S)
    settings = host.settings(tmp_path, concurrency=40)
    empty.fetch(CR, replace(settings, pages=7))
    found = forecast(empty, CR, replace(settings, fresh=False))
    assert (found.requests, found.kept, found.pages) == (PAGES - 7, 7, PAGES)
    assert found.work_in_words() == "100 of 107 requests, 7 already saved"
    whole = forecast(empty, CR, replace(settings, fresh=False, pages=7))
    assert (whole.requests, whole.rows, whole.own) == (0, (), None)
    assert whole.advice == ("Everything is already saved.",)
    details = make_query(["taxa/order/Crocodylia"], details=True)
    empty.fetch(details, settings)
    host.asked()
    found = forecast(empty, details, replace(settings, fresh=False))
    assert (found.requests, found.kept, found.details) == (0, 156, 154)
    assert host.asked() == []


def test_without_leave_to_ask_nothing_is_asked_and_nothing_started(empty, settings) -> None:
    """Else the form costs requests while it is being filled in."""
    for query in (CR, make_query(["threats"]), make_query(["countries/VA"], details=True)):
        assert empty.forecast(query, settings, ask=False) is None
    assert empty._sources._running == {}


def test_only_the_method_that_is_set_where_that_is_wanted(server, empty, tmp_path) -> None:
    """Else a note in the form takes as long as a table."""
    settings = server(delay=SLOW_S).settings(tmp_path, concurrency=3)
    empty.fetch(VATICAN, settings)
    found = forecast(empty, VATICAN, settings, ask=False, only_own=True)
    assert [(row.method, row.concurrency) for row in found.rows] == [("asyncio", 3)]
    assert found.own == found.rows[0]
    one = replace(settings, method="sequential")
    found = forecast(empty, VATICAN, one, ask=False, only_own=True)
    assert [(row.method, row.concurrency) for row in found.rows] == [("sequential", 1)]


def test_answers_of_another_profile_tell_nothing(service: Service, settings: Settings) -> None:
    """Else the fast demo server foretells the slow one."""
    service.fetch(VATICAN, replace(settings, fresh=True))
    fast, slow = replace(settings, fresh=True), replace(settings, fresh=True, demo_profile="iucn")
    assert service.forecast(VATICAN, fast, ask=False) is not None
    assert service.forecast(VATICAN, slow, ask=False) is None
    assert service.forecast(VATICAN, replace(fast, seed=1), ask=False) is None


def test_a_comparison_is_foretold_by_what_is_kept(server, empty, tmp_path) -> None:
    """Else F5 begins something of which nobody knows how long it takes."""
    host = server(delay=SLOW_S)
    settings = host.settings(tmp_path, page_counts=(1, 3, 99), repeats=2, concurrency=4)
    assert empty.forecast_comparison(VATICAN, settings) is None
    empty.fetch(VATICAN, settings)
    host.asked()
    found = empty.forecast_comparison(VATICAN, settings)
    assert host.asked() == []
    assert found is not None
    assert (found.runs, found.basis.kept, found.lists) == (18, 5, (5,))
    # Twice: one after another 1, 3 and 5 pages; by the others one, one and two at a time's length.
    # Before it each method warms up, one of them on five pages.
    least = SLOW_S * (2 * (9 + 4 + 4) + 2 + 2)
    assert least * 0.8 < found.low < found.seconds < found.high < least * 2
    stop = Cancel()
    stop.set()
    assert empty.forecast_comparison(VATICAN, settings, cancel=stop) is None


def test_a_shared_link_is_seen_by_three_probes(
    service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a link that answers share is forecast as if it were none."""
    record(monkeypatch, alone_s=0.6, as_fast_together=2.17)
    settings = replace(settings, pages=60)
    found = forecast(service, CR, settings)
    assert found.basis.link == pytest.approx(2.17)
    assert {row.limit for row in found.rows if row.concurrency > 2} == {Limit.LINK}
    assert "link" in found.advice[0]
    # Also where most requests are full assessments, and the list has two pages.
    details = make_query(["taxa/order/Crocodylia"], details=True)
    found = forecast(service, details, replace(settings, pages=None))
    assert found.basis.link == pytest.approx(2.17)


def test_this_computer_limits_where_the_answers_come_at_once(
    service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all methods look alike on the server that is there to tell them apart."""
    record(monkeypatch, alone_s=0.0005, as_fast_together=3)
    found = forecast(service, CR, replace(settings, fresh=True, pages=40))
    assert {row.limit for row in found.rows if row.concurrency >= 8} == {Limit.COMPUTER}
    assert service.runs() == []


def test_names_and_ids_are_counted(server, empty, tmp_path) -> None:
    """Else a file of names has no time; and one that isn't known is an answer as well."""
    host = server(delay=SLOW_S)
    invented = [f"Nomen fictum{'abcdefgh'[n]}" for n in range(8)]
    query = make_query(["species"], names=[*invented, invented[0], "?"])
    found = forecast(empty, query, host.settings(tmp_path))
    assert (found.requests, found.pages, found.basis.probed) == (8, 8, 3)
    assert len(host.asked()) == 3
    alone = found.rows[0]
    assert alone.seconds > 8 * SLOW_S * 0.9


def test_what_several_lists_have_in_common_is_said_to_be_the_most(server, empty, tmp_path) -> None:
    """Else an upper bound is taken for a number."""
    host = server(delay=SLOW_S)
    query = make_query(["countries/VA", "countries/MC"], details=True, intersect=True)
    found = forecast(empty, query, host.settings(tmp_path, rate=50.0))
    assert [line["path"].split("/")[3] for line in host.asked()] == [
        "countries", "countries", "assessment"
    ]  # fmt: skip
    assert found.at_most
    sizes = [
        forecast(empty, make_query([one]), host.settings(tmp_path)).records or 0
        for one in ("countries/VA", "countries/MC")
    ]
    assert found.details == min(sizes)
    assert found.work_in_words().startswith("at most ")


def test_v3_does_not_say_how_long_it_is(service: Service, store: Store, settings: Settings) -> None:
    """Else its forecast is one of the pages that were asked for."""
    query = make_query(["species/page"], "v3")
    # One in flight: whether test requests overlap, which is said too, depends on the machine.
    v3 = replace(settings, api="v3", concurrency=1)
    found = forecast(service, query, v3)
    assert found.pages == 16
    assert found.assumed[0].startswith("v3 doesn't give the number of pages")
    whole = NewRun("demo", "v3", "", "asyncio", "", ("species/page",), {}, origin="demo:0")
    store.end(store.begin(whole), RunState.COMPLETE, {"pages_total": 12})
    known = forecast(service, query, v3)
    assert (known.pages, known.assumed) == (12, ())


def test_what_goes_wrong_is_said(server, empty, tmp_path) -> None:
    """Else a forecast is made of failures."""
    host = server(token="right")
    asking = host.settings(tmp_path, token=Token("right"))
    with pytest.raises(NotFound):
        empty.forecast(make_query(["countries/QQQ"]), asking)
    with pytest.raises(TokenRefused):
        empty.forecast(CR, replace(asking, token=Token("wrong")))
    away = replace(asking, base_url="http://127.0.0.1:9", named=None, retries=0)
    with pytest.raises(Unreachable):
        empty.forecast(CR, away)
    stop = Cancel()
    stop.set()
    assert empty.forecast(CR, asking, cancel=stop) is None


def test_the_token_is_in_no_forecast(server, empty, tmp_path) -> None:
    """Else it is printed, and pasted into a question somewhere."""
    host = server(delay=SLOW_S, token=SECRET)
    found = forecast(empty, VATICAN, host.settings(tmp_path, token=Token(SECRET)))
    assert not leaks(msgspec.json.encode(found))


@pytest.mark.parametrize("said", ["nan", "-1", "inf", "1e999", "soon", ""])
def test_a_server_that_says_nonsense_of_its_time_is_not_believed(said) -> None:
    """Else one header makes a forecast of nothing."""
    plan = Plan(VATICAN, "http://127.0.0.1:1")
    request = make_request(0, 0, VATICAN.targets[0], 1)
    phases = Phases(queued=0.0, started=1.0, sent=1.0, headers=1.2, body=1.3)
    page = Page(request, 200, {"x-runtime": said}, b"", 0, 100, 1, phases)
    (seen,) = probed_run(plan, [page]).samples
    assert seen.server_s is None
    assert seen.span == pytest.approx((1.0, 1.3))
