"""The flaky profile on the wire: every fault is met, and every page is had in the end."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable

import pytest

from tui_app.demo import DemoServer
from tui_app.demo.behaviour import STALL_S, Fault, fault_for
from tui_app.demo.response import RequestTarget
from tui_app.settings.defaults import TIMEOUT_S
from tui_app.ui.runview import STALLED_S

from .conftest import Client, Reply

STATUSES = {
    Fault.TOO_MANY: 429,
    Fault.ERROR: 500,
    Fault.BAD_GATEWAY: 502,
    Fault.UNAVAILABLE: 503,
}


def is_page(reply: Reply) -> bool:
    """Whether an answer can be taken for a page."""
    try:
        return isinstance(json.loads(reply.body)["assessments"], list)
    except (ValueError, KeyError):
        return False


def first_pages(fault: Fault, number: int = 1) -> list[str]:
    """Paths whose first answer has a fault and whose second is good."""
    found = []
    for page in range(1, 5000):
        path = f"/api/v4/taxa/kingdom/FUNGI?page={page}"
        key = RequestTarget.read(path).page_key()
        if fault_for(0, key, 0) is fault and fault_for(0, key, 1) is None:
            found.append(path)
            if len(found) == number:
                break
    return found


@pytest.fixture(scope="module")
def flaky():
    """A flaky server without its delay."""
    with DemoServer("flaky", delay=0) as server:
        yield server


def test_a_stall_is_seen_and_ends_before_the_usual_timeout() -> None:
    """Else a comparison on the profile waits for a minute in each of its longest runs."""
    assert STALLED_S < STALL_S < TIMEOUT_S / 10


@pytest.mark.parametrize("fault", Fault)
def test_faults_look_like_what_they_are_named_for(
    flaky: DemoServer, connect: Callable[[DemoServer], Client], fault: Fault
) -> None:
    """The first answer is spoilt in its way, the second one is whole."""
    (path,) = first_pages(fault)
    client = connect(flaky)
    broken = {
        Fault.RESET: ConnectionResetError,
        Fault.TRUNCATED: http.client.IncompleteRead,
        Fault.STALL: TimeoutError,
    }
    if fault in broken:
        client.http.timeout = 0.3 if fault is Fault.STALL else 30
        with pytest.raises(broken[fault]):
            client.get(path)
    else:
        reply = client.get(path)
        assert reply.status == STATUSES.get(fault, 200)
        assert (reply.headers.get("retry-after") == "1") == (fault is Fault.TOO_MANY)
        assert is_page(reply) == (fault is Fault.DRIP)
    again = connect(flaky).get(path)
    assert again.status == 200
    assert is_page(again)
