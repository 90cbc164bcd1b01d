"""The model: what the screen shows, from events alone."""

from __future__ import annotations

import pytest

from tests.support.screens import ZERO, request_events, run_events, timed_run
from tui_app.compare.statistics import percentile
from tui_app.fetch import Event, State
from tui_app.report.figure import time_marks
from tui_app.report.phases import Phase
from tui_app.runs import TimedStart
from tui_app.ui.chart.series import rows_to_compare, summary_rows
from tui_app.ui.model import JobStatus, Model, method_figures
from tui_app.ui.runview import RequestRow, RunView


def fetch_model() -> Model:
    return Model("fetch", ("asyncio",), started_at=ZERO)


def feed(model: Model, *events: Event) -> Model:
    for event in events:
        model.take(event)
    return model


def event(state: State, at: float = 0.0, request: int = 0, **more: object) -> Event:
    return Event("r", state, ZERO + at, request, 1, **more)  # type: ignore[arg-type]


def test_a_fetch_adopts_the_first_run_it_hears_of_and_no_other() -> None:
    model = feed(fetch_model(), *run_events("mine", 3, 1))
    feed(model, *run_events("stale", 5, 1))
    assert [run.run for run in model.runs] == ["mine"]
    assert model.runs[0].kept == 3
    assert len(model.lines) == 3


def test_events_of_a_run_that_never_began_here_are_dropped() -> None:
    model = feed(fetch_model(), event(State.QUEUED), event(State.STARTED))
    assert not model.runs
    assert not model.lines
    assert model.status is JobStatus.STARTING


def test_a_comparison_hears_only_runs_that_were_announced() -> None:
    model = Model("compare", ("sequential", "threads"), expected_runs=2, started_at=ZERO)
    feed(model, *run_events("learning", 1, 1))
    assert not model.runs
    start = TimedStart("a", "threads", 2, 1, 1, 2)
    model.open(start)
    events = run_events("a", 2, 8)
    feed(model, *events)
    model.close(timed_run(start, events))
    assert [type(line) for line in model.lines] == [RunView, RequestRow, RequestRow]
    assert len(model.timed) == 1
    assert model.runs[0].seconds == pytest.approx(events[-1].at - events[0].at)


def test_a_run_that_is_closed_without_having_been_opened_is_dropped() -> None:
    model = Model("compare", ("sequential",))
    model.close(timed_run(TimedStart("x", "sequential", 1, 1, 1, 1), run_events("x", 1, 1)))
    assert len(model.timed) == 0


def test_a_request_goes_through_its_phases() -> None:
    model = feed(fetch_model(), event(State.BEGUN, request=-1))
    feed(
        model,
        event(State.QUEUED, 0.0, label="countries/MG page 1", page=1),
        event(State.PACED, 0.0, wait_s=0.5, reason="pace"),
        event(State.STARTED, 0.5),
        event(State.DNS, 0.51),
        event(State.CONNECTED, 0.52),
        event(State.SENT, 0.53),
        event(State.HEADERS, 0.8, status=200),
        event(State.BODY, 0.9, size_bytes=5),
        event(State.DECODED, 0.91, records=7),
        event(State.KEPT, 0.95, records=7),
    )
    row = model.runs[0].rows[0]
    assert [(phase, round(at - ZERO, 3)) for phase, at in row.steps] == [
        (Phase.PACED, 0.0),  # queued for no time at all: left out
        (Phase.CONNECT, 0.5),
        (Phase.WAIT, 0.53),
        (Phase.BODY, 0.8),
        (Phase.DECODE, 0.9),
    ]
    assert row.ended == ZERO + 0.95
    assert row.took_ms(ZERO + 99) == pytest.approx(450)
    assert row.short_label == "page 1"
    assert model.runs[0].latencies_ms == [pytest.approx(400)]
    assert model.runs[0].records == 7


def test_a_warm_connection_shows_no_connecting_but_always_its_body() -> None:
    model = feed(fetch_model(), event(State.BEGUN, request=-1))
    feed(
        model,
        event(State.QUEUED, 0.0),
        event(State.STARTED, 0.0),
        event(State.SENT, 0.00001),
        event(State.HEADERS, 0.2, status=200),
        event(State.BODY, 0.20001),
    )
    assert [phase for phase, _ in model.runs[0].rows[0].steps] == [
        Phase.WAIT,
        Phase.BODY,
        Phase.DECODE,
    ]


def test_a_retry_counts_and_the_last_attempt_decides() -> None:
    model = feed(fetch_model(), event(State.BEGUN, request=-1))
    feed(
        model,
        event(State.QUEUED, 0.0, label="x page 1", page=1),
        event(State.STARTED, 0.0),
        event(State.RETRIED, 0.1, wait_s=0.5, reason="HTTP 503", kind="server", status=503),
        Event("r", State.STARTED, ZERO + 0.6, 0, 2),
        Event("r", State.SENT, ZERO + 0.6, 0, 2),
        Event("r", State.HEADERS, ZERO + 0.7, 0, 2, status=200),
        Event("r", State.BODY, ZERO + 0.7, 0, 2),
        Event("r", State.KEPT, ZERO + 0.7, 0, 2, records=1),
    )
    run = model.runs[0]
    assert (run.kept, run.retried, run.failed) == (1, 1, 0)
    assert run.rows[0].attempts == 2
    assert run.rows[0].status == 200
    assert run.latencies_ms == [pytest.approx(100)]
    assert model.problems.count == 1
    assert model.problems.lost == 0
    (server_error,) = model.problems.worst_first()
    assert "repeats the failed requests" in server_error.advice
    assert server_error.help == ""  # there is nothing to repeat


def test_an_attempt_that_is_followed_by_another_has_no_latency_of_a_request() -> None:
    """The screen had another median than the run's summary."""
    model = feed(fetch_model(), event(State.BEGUN, request=-1))
    feed(
        model,
        event(State.QUEUED, 0.0, label="x page 1", page=1),
        event(State.STARTED, 0.0),
        event(State.BODY, 0.3),
        event(State.RETRIED, 0.3, kind="malformed", reason="not JSON", status=200),
        Event("r", State.STARTED, ZERO + 0.6, 0, 2),
        Event("r", State.BODY, ZERO + 0.7, 0, 2),
        Event("r", State.KEPT, ZERO + 0.7, 0, 2, records=1),
    )
    assert model.runs[0].latencies_ms == [pytest.approx(100)]


def test_nothing_follows_a_final_state() -> None:
    model = feed(fetch_model(), *run_events("r", 1, 1))
    feed(model, Event("r", State.KEPT, ZERO + 9, 0, 1, records=100))
    assert model.runs[0].kept == 1
    assert model.runs[0].records == 100


def test_what_waited_when_the_run_ended_is_cancelled() -> None:
    model = feed(fetch_model(), event(State.BEGUN, request=-1))
    feed(model, event(State.QUEUED, 0.1), event(State.ENDED, 0.5, request=-1))
    assert model.runs[0].rows[0].state is State.CANCELLED
    assert model.runs[0].elapsed_s(ZERO + 99) == pytest.approx(0.5)


def test_missing_is_neither_kept_nor_failed() -> None:
    model = feed(fetch_model(), event(State.BEGUN, request=-1), event(State.QUEUED))
    feed(model, event(State.MISSING, 0.2, kind="not-found", status=404, reason="not found"))
    run = model.runs[0]
    assert (run.kept, run.missing, run.failed, run.done) == (0, 1, 0, 1)
    assert model.problems.worst_first()[0].advice.startswith("The server does not have what")


def test_problems_group_by_kind_status_and_reason_without_its_figures() -> None:
    model = feed(fetch_model(), event(State.BEGUN, request=-1))
    for number in range(12):
        feed(
            model,
            event(State.QUEUED, request=number, label=f"x page {number + 1}", page=number + 1),
            event(State.RETRIED, request=number, kind="timeout", reason=f"after {number}.5 s"),
        )
    feed(model, event(State.FAILED, request=3, kind="server", status=500, reason="HTTP 500"))
    worst, timeouts = model.problems.worst_first()
    assert (worst.what, worst.lost, worst.retried) == ("Server error (HTTP 500)", 1, 0)
    assert (timeouts.what, timeouts.lost, timeouts.retried) == ("Timed out", 0, 12)
    assert list(timeouts.examples) == ["page 1", "page 2", "page 3"]
    assert timeouts.reason == "after 0.5 s"
    assert worst.help == worst.advice
    assert timeouts.help == timeouts.advice != ""  # they cost time, though retries succeed


def test_there_are_never_more_groups_than_a_screen_can_bear() -> None:
    model = feed(fetch_model(), event(State.BEGUN, request=-1), event(State.QUEUED))
    for number in range(500):
        feed(model, event(State.RETRIED, kind="server", reason="x" * number))
    assert len(model.problems.groups) <= 101
    assert model.problems.count == 500


def test_foreign_reasons_are_cleaned() -> None:
    model = feed(fetch_model(), event(State.BEGUN, request=-1), event(State.QUEUED))
    feed(model, event(State.FAILED, kind="server", reason="\x1b]0;gotcha\x07"))
    assert "\x1b" not in model.problems.worst_first()[0].reason
    assert "\x1b" not in model.runs[0].rows[0].reason


# -- figures -----------------------------------------------------------------------------


def compared(methods: tuple[str, ...] = ("sequential", "asyncio")) -> Model:
    model = Model(
        "compare",
        methods,
        expected_runs=4,
        expected_requests=dict.fromkeys(methods, 4),
        started_at=ZERO,
    )
    warm = TimedStart("w", "asyncio", 3, 1, 0, 4, warmup=True)
    model.open(warm)
    feed(model, *run_events("w", 3, 8))
    for order, (method, pages) in enumerate(
        [("sequential", 1), ("asyncio", 1), ("asyncio", 3), ("sequential", 3)], start=1
    ):
        start = TimedStart(f"c{order}", method, pages, 1, order, 4)
        events = run_events(start.run, pages, 1 if method == "sequential" else 8)
        model.open(start)
        feed(model, *events)
        model.close(timed_run(start, events))
    return model


def test_figures_leave_warm_ups_out() -> None:
    sequential, asyncio = method_figures(compared(), ZERO + 9)
    assert (sequential.done, sequential.total, sequential.ok) == (4, 4, 4)
    assert (asyncio.done, asyncio.total) == (4, 4)
    assert asyncio.elapsed_s < sequential.elapsed_s
    assert asyncio.ideal_s == pytest.approx(asyncio.elapsed_s * 0.97)
    assert sequential.rate_per_s == pytest.approx(4 / sequential.elapsed_s)


def test_figures_before_anything_happened() -> None:
    model = Model("compare", ("threads",), expected_requests={"threads": 19})
    assert method_figures(model, ZERO)[0].total == 19
    assert method_figures(model, ZERO)[0].p50_ms is None


def test_a_running_fetch_has_no_ideal_yet() -> None:
    events = run_events("r", 5, 1)
    model = feed(fetch_model(), *events[:12])
    (figures,) = method_figures(model, ZERO + 0.5)
    assert figures.running
    assert figures.ideal_s is None
    assert figures.total == 5
    assert figures.elapsed_s == pytest.approx(0.5)


def test_a_list_shorter_than_asked_for_takes_its_own_word() -> None:
    model = Model("compare", ("sequential",), expected_runs=4, expected_requests={"sequential": 19})
    model.open(TimedStart("a", "sequential", 1, 1, 1, 1))
    assert model.expected_runs == 1
    assert method_figures(model, ZERO)[0].total == 1


def test_percentiles_by_nearest_rank() -> None:
    assert percentile([], 50) is None
    assert percentile([7.0], 95) == 7.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 50) == 2.0
    assert percentile([float(n) for n in range(1, 101)], 95) == 95.0


def test_chart_points_are_medians_over_repeats() -> None:
    model = compared()
    marks = time_marks(summary_rows(model))
    asyncio, sequential = sorted(marks, key=lambda line: line.method)
    assert (asyncio.method, sequential.method) == ("asyncio", "sequential")
    assert [pages for pages, _ in sequential.points] == [1, 3]
    assert sequential.points[1][1] > asyncio.points[1][1]


def test_speed_ups_at_the_largest_count_that_all_have() -> None:
    model = compared()
    sequential, asyncio = rows_to_compare(summary_rows(model))
    assert (sequential.pages, sequential.speedup) == (3, pytest.approx(1.0))
    assert asyncio.speedup is not None
    assert asyncio.speedup > 2
    asyncio_only = [one for one in model.timed if one.method == "asyncio"]
    del model.timed[3:]
    assert rows_to_compare(summary_rows(model))[0].pages == 1
    model.timed.clear()
    assert rows_to_compare(summary_rows(model)) == []
    model.timed += asyncio_only
    assert rows_to_compare(summary_rows(model))[0].speedup is None


def test_the_run_to_show_is_the_one_with_the_most() -> None:
    model = compared()
    shown = model.run_to_show()
    assert shown is not None
    assert (shown.run, shown.records) == ("c4", 300)
    assert fetch_model().run_to_show() is None


def test_ten_thousand_requests_are_no_burden() -> None:
    model = feed(fetch_model(), Event("r", State.BEGUN, ZERO))
    for number in range(10_000):
        feed(model, *request_events("r", number, ZERO + number / 100, 0.3))
    assert model.runs[0].kept == 10_000
    assert len(model.lines) == 10_000


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("taxa/scientific_name?genus_name=Canis&species_name=lupus", "Canis lupus"),
        ("taxa/scientific_name?genus_name=A&species_name=b&infra_name=c", "A b c"),
        ("assessment/216872082", "assessment 216872082"),
        ("taxa/sis/9404", "taxon 9404"),
        ("taxa/family", "taxa/family"),
        ("assessment/[red]x", "assessment/[red]x"),
    ],
)
def test_a_request_is_named_by_what_was_asked_for(label: str, words: str) -> None:
    """A path that is cut at ``taxa/scientific_name?gen`` names all species alike."""
    row = RequestRow(1, label, None, RunView("1", "asyncio"))
    assert row.short_label == words
