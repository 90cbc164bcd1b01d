"""What is left of a run that was stopped, killed, or failed in part."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tui_app.fetch import DETAILS, Plan
from tui_app.store import RunRow, Store

from .records import RunRecords
from .shifted import shifts
from .summary import last_end_s


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a run.

    Attributes:
        plan: how it goes on; it knows what is kept.
        moved: paths of pages whose list changed meanwhile, to be asked about anew.
        before_s: seconds that the run took until now.
    """

    plan: Plan
    moved: frozenset[str]
    before_s: float


def what_is_left(store: Store, row: RunRow, plan: Plan) -> Left:
    """What is left of a run that this store has claimed.

    Args:
        store: where it is kept.
        row: the run.
        plan: for all of it.
    """
    records = RunRecords(store, row)
    attempts = store.attempts(row.run)
    # A list that changed meanwhile, or lacks rows, is asked about anew, page by page.
    changed = {one.target for one in shifts(store, row, records.sound) if one.incomplete}
    # So is what is of an older Red List.
    old = {place for places in store.outdated(row.run).values() for place in places}
    pages = [
        page
        for page in records.sound
        if page.target not in changed and (page.target, page.page) not in old
    ]
    kept: set[tuple[int, int | None]] = {(page.target, page.page) for page in pages}
    kept.update(
        (DETAILS, one) for one in store.details(row.run) if records.sound_detail(one) is not None
    )
    kept -= old
    plan = replace(
        plan,
        run=row.run,
        kept=frozenset(kept),
        listed=tuple(records.listed(pages)) if plan.query.details else (),
        known_pages={
            page.target: page.total_pages for page in pages if page.total_pages is not None
        },
        first_number=1 + max((one.request for one in attempts), default=-1),
    )
    return Left(
        plan,
        moved=frozenset(page.path for page in records.pages if page.target in changed),
        before_s=max(float(row.summary.get("seconds", 0.0)), last_end_s(attempts)),
    )
