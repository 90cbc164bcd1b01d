"""Models of runs, made of the events of their requests."""

from __future__ import annotations

from tui_app.fetch import Event, State
from tui_app.ui.model import Model

RUN = "7"


def request(number: int, start: float, end: float, *, paced: float = 0.0) -> list[Event]:
    """A request that waits for the pace, goes out at ``start`` and is kept at ``end``."""

    def said(state: State, at: float, **more: object) -> Event:
        return Event(RUN, state, at, number, 1, **more)  # type: ignore[arg-type]

    events = [said(State.QUEUED, start - paced, label=f"countries/MG page {number}", page=number)]
    if paced:
        events.append(said(State.PACED, start - paced, reason="pace"))
    return [
        *events,
        said(State.STARTED, start),
        said(State.SENT, start + 0.001),
        said(State.HEADERS, end - 0.01, status=200, server_s=0.05),
        said(State.BODY, end - 0.005, size_bytes=46_710),
        said(State.KEPT, end, records=100, status=200),
    ]


def model_of(*requests: list[Event], total: int | None = None) -> Model:
    model = Model(kind="fetch", methods=("asyncio",))
    model.take(Event(RUN, State.BEGUN, 0.0))
    if total is not None:
        model.take(Event(RUN, State.PLANNED, 0.0, total=total))
    for event in sorted((one for events in requests for one in events), key=lambda one: one.at):
        model.take(event)
    return model
