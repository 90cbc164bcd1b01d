"""Code lists that the program itself needs: kept, and asked about again after a day."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from tui_app.fetch import Cancel, make_request
from tui_app.fetch.events import nobody
from tui_app.redlist import Record, Target, flatten, make_query, records
from tui_app.redlist.codes import Code
from tui_app.redlist.errors import KeepError, RedListError
from tui_app.settings import Settings
from tui_app.store import RunInUse, Store

from .planning import PATIENCE_S, make_plan
from .recorder import RunRecorder
from .response_cache import StoreCache
from .source import Source


class CodeLists:
    """The code lists of sources.

    Args:
        store: where they are kept.
        recorder: fetches them.
    """

    def __init__(self, store: Store, recorder: RunRecorder) -> None:
        self._store = store
        self._recorder = recorder

    def get(self, stem: str, source: Source, settings: Settings) -> tuple[Code, ...]:
        """A code list: as it is kept, where that is younger than a day, else as it is now.

        Raises:
            UsageError: there is no such list.
            RequestError: it is not kept, and can't be fetched.
        """
        query = make_query([stem], settings.api)
        (target,) = query.targets
        cache = StoreCache(self._store, source.origin, None)
        known, fresh = self._known(target, cache)
        if known and fresh:
            return known
        older = self._store.lookups(source.origin, query.label)
        plan = make_plan(query, replace(settings, retries=1), source, "sequential", None)
        run = self._recorder.begin(plan, settings, source, lookup=True)
        result, summary = self._recorder.carry(
            replace(plan, run=run, patience_s=PATIENCE_S), nobody, Cancel(), cache=cache
        )
        if summary.complete:
            for one in older:
                with suppress(RunInUse):  # another program fetches the same list
                    self._store.forget(one)
            (page,) = self._store.pages(run)
            return self._read(target, self._store.body(run, page))
        self._store.forget(run)
        if known:  # an old list is better than none
            return known
        failures = result.totals.failures
        raise failures[0].error if failures else result.totals.stopped or RedListError(stem)

    def kept(self, stem: str, origin: str) -> tuple[Code, ...]:
        """A code list as it is kept, however old; empty where it isn't."""
        (target,) = make_query([stem]).targets
        return self._known(target, StoreCache(self._store, origin, None))[0]

    def _known(self, target: Target, cache: StoreCache) -> tuple[tuple[Code, ...], bool]:
        """The codes in a saved list, and whether it is fresh; none where it is damaged."""
        with suppress(KeepError, ValueError, RecursionError):
            for _, found, body in cache.find([make_request(0, 0, target, None).path]):
                return self._read(target, body), found.fresh
        return (), False

    @staticmethod
    def _read(target: Target, body: bytes) -> tuple[Code, ...]:
        return tuple(_codes(records(target.operation, body)))


def _codes(found: Iterable[Record]) -> Iterable[Code]:
    for record in found:
        flat = flatten(record)
        first = next((cell for cell in flat.values() if cell is not None), "")
        code = record.get("code", record.get("name", first))
        yield Code(str(code), str(flat.get("description") or ""))
