"""A kept run as the panels show one that has just ended: its requests from its attempts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from tui_app.fetch import Event, State
from tui_app.redlist.errors import Interrupted, NotFound

from .. import keys
from ..model import JobStatus, Model
from ..screenrequest import Replayed, ScreenRequest
from .table import fate

if TYPE_CHECKING:
    from tui_app.runs import Service, Summary
    from tui_app.store import AttemptRow, RunRow

_STATUSES: Final = {
    "complete": JobStatus.DONE,
    "partial": JobStatus.PARTIAL,
    "stopped": JobStatus.STOPPED,
    "failed": JobStatus.FAILED,
    "killed": JobStatus.KILLED,
}


class Past(NamedTuple):
    """A run of the past."""

    request: ScreenRequest
    model: Model  # what the panels show of it; its clock begins at 0


def look_back(service: Service, run_id: str) -> Past:
    """Read a kept run. Blocks.

    Raises:
        RedListError: there is no such run, or it can't be read.
    """
    row = service.run(run_id)
    query, settings = service.wanted(run_id)
    summary = service.summary_at_end(run_id)
    model = Model(kind="fetch", methods=(row.method,), fetch_pages=settings.pages)
    model.take(Event(row.run, State.BEGUN, 0.0))
    for event in events_of(row.run, service.attempts(run_id)):
        model.take(event)
    _count(model, row, summary)
    how = f"; {keys.name_of(keys.RESUME)} finishes it" if row.resumable else ""
    status = _STATUSES.get(row.state.value, JobStatus.ELSEWHERE)
    status = JobStatus.SETTLED if row.settled else status
    model.finish(status, f"{fate(row)}{how}.", summary.seconds)
    replays = None
    if row.replay_of is not None:  # its own server is gone; said is whose data it has
        replays = Replayed(row.replay_of)
        settings = replace(settings, base_url=row.fetched_from)
    return Past(ScreenRequest("fetch", query, settings, replays=replays), model)


def _count(model: Model, row: RunRow, summary: Summary) -> None:
    run = model.current
    assert run is not None
    run.seconds = run.ended = summary.seconds
    run.ideal_s = summary.ideal_or_none
    run.records = summary.records if summary.rows is None else summary.rows
    run.kept += summary.reused  # no attempt tells of them
    wanted = summary.pages_total
    if wanted is not None and summary.details is not None:
        wanted = None if summary.details_total is None else wanted + summary.details_total
    run.total = run.done if row.state.value == "complete" else wanted
    if run.total is not None:
        run.total = max(run.total, run.done)


def events_of(run: str, attempts: Iterable[AttemptRow]) -> Iterator[Event]:
    """What was said when these attempts were made, request by request.

    When an attempt failed isn't kept: it ends here with the last step that it got to.
    """
    announced: set[int] = set()
    for one in attempts:
        times = (one.queued, one.started, one.sent, one.headers, one.body, one.decoded)
        end = max((at for at in times if at is not None), default=0.0)
        start = end if one.started is None else one.started

        def said(state: State, at: float, one: AttemptRow = one, **more: object) -> Event:
            return Event(run, state, at, one.request, one.attempt, **more)  # type: ignore[arg-type]

        if one.request not in announced:
            announced.add(one.request)
            queued = start if one.queued is None else one.queued
            yield said(State.QUEUED, queued, label=one.label, page=one.page)
            if one.pace_wait_s > 0:
                yield said(State.PACED, max(queued, start - one.pace_wait_s), reason="pace")
        yield said(State.STARTED, start)
        if one.sent is not None:
            yield said(State.SENT, one.sent)
        if one.headers is not None:
            yield said(State.HEADERS, one.headers, status=one.status)
        if one.body is not None:
            yield said(State.BODY, one.body, size_bytes=one.size_bytes)
        if not one.kind:
            yield said(State.KEPT, end, records=one.rows, status=one.status)
        elif one.kind == Interrupted.kind:
            yield said(State.CANCELLED, end)
        else:
            ended = State.MISSING if one.kind == NotFound.kind else State.FAILED
            yield said(
                ended if one.final else State.RETRIED,
                end,
                status=one.status,
                kind=one.kind,
                reason=one.message,
            )
