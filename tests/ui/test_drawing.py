"""The waterfall's drawing, cell by cell."""

from __future__ import annotations

import pytest

from tui_app.fetch import Event, State
from tui_app.report.phases import Phase
from tui_app.ui.requests.drawing import Axis, nice_span, paint, ruler
from tui_app.ui.runview import RequestRow, RunView


def row(*steps: tuple[State, float], last: State = State.QUEUED) -> RequestRow:
    made = RequestRow(0, "page 1", 1, RunView("r", "asyncio"))
    for state, at in steps:
        made.take(Event("r", state, at, 0, 1))
    return made


def drawn(request: RequestRow, axis: Axis, now: float = 1.0, left: float = 0.0) -> str:
    return "".join(glyphs for glyphs, _ in paint(request, left, axis, now))


def test_each_phase_has_its_own_glyph() -> None:
    assert len({phase.glyph for phase in Phase}) == len(Phase)


def test_a_whole_request() -> None:
    request = row(
        (State.QUEUED, 0.0), (State.PACED, 0.1), (State.STARTED, 0.3), (State.SENT, 0.4),
        (State.HEADERS, 0.7), (State.BODY, 0.9), (State.KEPT, 1.0),
    )  # fmt: skip
    assert drawn(request, Axis(1.0, 20)) == "··░░░░══━━━━━━████▓▓"


def test_a_phase_shorter_than_a_cell_has_none() -> None:
    """Else a body of 3 ms looks as long as 80 ms of waiting."""
    request = row(
        (State.STARTED, 0.0), (State.SENT, 0.06), (State.HEADERS, 0.5), (State.BODY, 0.56),
        (State.KEPT, 0.561),
    )  # fmt: skip
    assert drawn(request, Axis(1.0, 10)) == "━━━━━━    "
    retried = row(
        (State.STARTED, 0.0), (State.SENT, 0.0), (State.RETRIED, 0.3), (State.STARTED, 0.35),
        (State.SENT, 0.35), (State.KEPT, 0.7),
    )  # fmt: skip
    assert drawn(retried, Axis(1.0, 10)) == "━━━━━━━   "


@pytest.mark.parametrize(("start", "shown"), [(0.0, "━         "), (0.98, "         ━")])
def test_a_request_shorter_than_a_cell_has_one(start: float, shown: str) -> None:
    """Of the phase that took longest."""
    request = row(
        (State.STARTED, start), (State.SENT, start + 0.001), (State.HEADERS, start + 0.01),
        (State.BODY, start + 0.012), (State.KEPT, start + 0.012),
    )  # fmt: skip
    assert drawn(request, Axis(1.0, 10)) == shown
    queued = row((State.QUEUED, 0.0))
    assert drawn(queued, Axis(1.0, 10), now=0.01) == "·         "


def test_phases_of_a_whole_cell_have_one_wherever_they_begin() -> None:
    for begin in range(20):
        at = begin / 100
        request = row(
            (State.STARTED, at), (State.SENT, at + 0.1), (State.HEADERS, at + 0.2),
            (State.BODY, at + 0.3), (State.KEPT, at + 0.4),
        )  # fmt: skip
        assert set(drawn(request, Axis(1.0, 10))) - {" "} == set("═━█▓")


def test_a_request_that_goes_on_is_drawn_up_to_now() -> None:
    request = row((State.STARTED, 0.0), (State.SENT, 0.1))
    assert drawn(request, Axis(1.0, 10), now=0.6) == "═━━━━━    "
    assert drawn(request, Axis(1.0, 10), now=9.0) == "═━━━━━━━━━"


@pytest.mark.parametrize(
    ("state", "glyph"), [(State.FAILED, "✗"), (State.MISSING, "?"), (State.CANCELLED, "⊘")]
)
def test_what_brought_nothing_ends_in_a_mark(state: State, glyph: str) -> None:
    request = row((State.STARTED, 0.0), (State.SENT, 0.0), (state, 0.5))
    assert drawn(request, Axis(1.0, 10)) == f"━━━━━{glyph}    "
    assert drawn(request, Axis(0.5, 10)).endswith(glyph)


def test_the_gap_before_a_retry() -> None:
    request = row(
        (State.STARTED, 0.0), (State.SENT, 0.0), (State.RETRIED, 0.3), (State.STARTED, 0.8),
        (State.SENT, 0.8),
    )  # fmt: skip
    assert drawn(request, Axis(1.0, 10)) == "━━━~~~~~━━"


def test_scrolled_past_the_left_edge() -> None:
    request = row((State.STARTED, 0.0), (State.SENT, 0.0), (State.HEADERS, 1.0), (State.KEPT, 1.5))
    assert drawn(request, Axis(1.0, 10), left=0.8) == "━━█████   "


def test_bars_always_fill_their_width() -> None:
    for width in (8, 33, 120):
        for span in (0.001, 1.0, 400.0):
            request = row((State.QUEUED, 0.0), (State.SENT, 0.2), (State.CANCELLED, 7.0))
            assert len(drawn(request, Axis(span, width))) == width


@pytest.mark.parametrize(
    ("seconds", "span"),
    [(0.0, 0.001), (0.0312, 0.04), (0.61, 0.8), (1.0, 1.0), (1.01, 1.5), (9.9, 10.0), (61, 80)],
)
def test_spans_are_round(seconds: float, span: float) -> None:
    assert nice_span(seconds) == pytest.approx(span)


def test_ruler() -> None:
    assert ruler(Axis(1.0, 48)) == f"{'╷0 s':<24}{'╷0.5':<24}"
    assert ruler(Axis(2.0, 30), left_s=4.3).strip() == "╷5 s           ╷6"
    assert len(ruler(Axis(0.003, 77))) == 77
    assert len(ruler(Axis(5.0, 8))) == 8
