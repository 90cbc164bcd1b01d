"""A policy's run in simulated time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from tui_app.fetch.policy import Finished, Policy, Send, Wait
from tui_app.redlist import Paging
from tui_app.redlist.errors import RequestError


def carry(
    policy: Policy, answer: Callable[[int, float], RequestError | None], latency_s: float = 0.1
) -> tuple[list[float], float]:
    """Carry a run in simulated time: when each attempt started, and when the last one ended."""
    now, starts = 0.0, list[float]()
    flying: deque[tuple[float, Send]] = deque()
    while True:
        step = policy.next(now)
        if isinstance(step, Send):
            policy.sent(step.request, now)
            flying.append((now + latency_s, step))
            starts.append(now)
            continue
        if isinstance(step, Finished) and not flying:
            return starts, now
        until = step.until if isinstance(step, Wait) else float("inf")
        if flying and flying[0][0] <= until:
            now, sent = flying.popleft()
            error = answer(sent.request.number, now)
            if error is None:
                policy.answered(sent.request, 1, Paging())
            else:
                policy.failed(sent.request, sent.attempt, error, now)
        else:
            now = until
