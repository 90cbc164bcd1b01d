"""Delays, faults and limits as pure functions: no server, no clock."""

from __future__ import annotations

import contextlib
import json
import statistics

import pytest

from tui_app.demo.behaviour import (
    PROFILES,
    Fault,
    RequestWindow,
    SharedLink,
    failures_in_a_row,
    fault_for,
    spoil,
)
from tui_app.demo.response import AnswerKind, DemoAnswer, RequestTarget

KEYS = [f"/api/v4/countries/mg?page={page}" for page in range(2000)]


def delays(profile: str, kind: AnswerKind = AnswerKind.PAGE, seed: int = 0) -> list[float]:
    """The delays of many pages."""
    return [PROFILES[profile].delays[kind].of(seed, key) for key in KEYS]


def test_a_delay_depends_on_the_page_and_the_seed_alone() -> None:
    """Asked again, or for the same page in other words, it is the same."""
    assert delays("typical") == delays("typical")
    assert delays("typical") != delays("typical", seed=1)
    same = ["/api/v4/countries/MG", "/api/v4/countries/mg/?page=1", "/api/v4/countries/MG?token=x"]
    keys = {RequestTarget.read(target).page_key() for target in same}
    assert len(keys) == 1
    assert RequestTarget.read("/api/v4/countries/MG?page=2").page_key() not in keys


@pytest.mark.parametrize(
    ("profile", "kind", "median", "least", "most"),
    [
        ("fast", AnswerKind.PAGE, 0, 0, 0),
        ("typical", AnswerKind.PAGE, 0.3, 0.1, 0.7),
        ("typical", AnswerKind.CODES, 0.08, 0.05, 0.13),
        ("iucn", AnswerKind.PAGE, 0.98, 0.6, 1.6),
        ("iucn", AnswerKind.RECORD, 0.25, 0.15, 0.4),
        ("iucn", AnswerKind.CODES, 0.13, 0.1, 0.17),
        ("notebook", AnswerKind.V3_PAGE, 0.48, 0.48, 0.48),
        ("flaky", AnswerKind.PAGE, 0.1, 0.04, 0.25),
    ],
)
def test_delays_are_as_the_profile_says(
    profile: str, kind: AnswerKind, median: float, least: float, most: float
) -> None:
    """Median and bounds of each profile."""
    found = delays(profile, kind)
    assert statistics.median(found) == pytest.approx(median, rel=0.05)
    assert least <= min(found)
    assert max(found) <= most


def run_link(link: SharedLink, transfers: list[tuple[float, float]]) -> list[float]:
    """When each transfer ends, in simulated time; transfers are (start, work) by start."""
    ends = dict[int, float]()
    going, waiting = dict[int, float](), list(enumerate(transfers))
    now = 0.0
    while len(ends) < len(transfers):
        left = {number: link.left_s(end, now) for number, end in going.items()}
        first = min(left, key=lambda number: left[number], default=None)
        if waiting and (first is None or waiting[0][1][0] <= now + left[first]):
            number, (now, work) = waiting.pop(0)
            going[number] = link.join(work, now)
        else:
            assert first is not None
            now += max(0, left[first])
            link.leave(now)
            del going[first]
            ends[first] = now
    return [ends[number] for number in range(len(transfers))]


@pytest.mark.parametrize(
    ("together", "seconds"), [(1, 0.48), (2, 0.48), (3, 0.6624), (5, 1.104), (10, 2.208)]
)
def test_the_shared_link_slows_down_what_comes_together(together: int, seconds: float) -> None:
    """One alone takes 0.48 s; n at once n x 0.48 x 0.46, never less than one alone."""
    assert run_link(SharedLink(), [(0, 0.48)] * together) == pytest.approx([seconds] * together)


def test_the_shared_link_with_comings_and_goings() -> None:
    """A transfer that joins later slows the others; one that leaves gives its share back."""
    capacity = 1 / 0.46
    link = SharedLink()
    # Three from 0, each at capacity / 3; from 0.1 on there are four, at capacity / 4.
    ends = run_link(link, [(0, 0.48)] * 3 + [(0.1, 0.48)])
    left = 0.48 - 0.1 * capacity / 3
    first = 0.1 + left / (capacity / 4)
    assert ends[:3] == pytest.approx([first] * 3)
    assert ends[3] == pytest.approx(first + (0.48 - left))
    link = SharedLink()
    end, *_ = (link.join(0.48, 0) for _ in range(3))
    link.leave(0.1)
    assert link.left_s(end, 0.1) == pytest.approx(left)


def test_faults_are_seeded_and_never_more_than_three_in_a_row() -> None:
    """Each page fails as often as is foreseen, then succeeds; and so again."""
    kinds = set()
    for key in KEYS:
        times = failures_in_a_row(0, key)
        assert 0 <= times <= 3
        turns = [fault_for(0, key, asked) for asked in range(2 * times + 2)]
        assert turns[times] is None
        assert None not in turns[:times]
        assert turns[: times + 1] == turns[times + 1 :]
        kinds.update(turns)
    assert kinds == {None, *Fault}
    faulty = sum(failures_in_a_row(0, key) > 0 for key in KEYS) / len(KEYS)
    assert faulty == pytest.approx(0.3, abs=0.05)
    stalled = sum(fault_for(0, key, 0) is Fault.STALL for key in KEYS)
    assert stalled < len(KEYS) * 0.01


@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.HALF_JSON, Fault.WRONG_SHAPE, Fault.BAD_UTF8])
def test_spoilt_bodies_are_spoilt(fault: Fault) -> None:
    """No spoilt body can be taken for a page."""
    with contextlib.suppress(ValueError):
        body = json.loads(spoil(fault, DemoAnswer(200, b'{"assessments":[]}')).body)
        assert not isinstance(body["assessments"], list)


def test_the_window_slides() -> None:
    """So many in any so many seconds; refused requests don't count."""
    window = RequestWindow.read("3/120")
    assert [window.admits(now) for now in (0, 50, 60, 61, 119, 119.9)] == [True] * 3 + [False] * 3
    assert [window.admits(now) for now in (120, 121, 169, 170, 180, 181)] == [
        True, False, False, True, True, False,
    ]  # fmt: skip
    assert RequestWindow.read("1/0.5").admits(7)


@pytest.mark.parametrize("text", ["", "0", "100", "0/1", "1/0", "-1/2", "x/y", "1.5/2", "1/inf"])
def test_limits_that_make_no_sense(text: str) -> None:
    """They are refused."""
    with pytest.raises(ValueError, match=r"."):
        RequestWindow.read(text)
