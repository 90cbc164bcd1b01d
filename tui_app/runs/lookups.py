"""Code lists that the program itself needs: kept, and asked about again after a day."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from tui_app.fetch import Cancel, Shelved, make_request
from tui_app.fetch.events import nobody
from tui_app.redlist import Record, Target, flatten, make_query, records
from tui_app.redlist.codes import Code
from tui_app.redlist.errors import KeepError, RedListError
from tui_app.settings import Settings
from tui_app.store import RunInUse, Store

from .planning import PATIENCE_S, make_plan
from .recording import Recorder
from .shelf import StoreShelf
from .source import Source


class CodeLists:
    """The code lists of sources.

    Args:
        store: where they are kept.
        recorder: fetches them.
    """

    def __init__(self, store: Store, recorder: Recorder) -> None:
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
        shelf = StoreShelf(self._store, source.origin, None)
        kept = shelf.find(make_request(0, 0, target, None).path)
        known = self._known(target, kept)
        if kept is not None and kept.fresh and known:
            return known
        older = self._store.lookups(source.origin, query.label)
        plan = make_plan(query, replace(settings, retries=1), source, "sequential", None)
        run = self._recorder.begin(plan, settings, source, lookup=True)
        result, summary = self._recorder.carry(
            replace(plan, run=run, patience_s=PATIENCE_S), nobody, Cancel(), shelf=shelf
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
        path = make_request(0, 0, target, None).path
        return self._known(target, StoreShelf(self._store, origin, None).find(path))

    def _known(self, target: Target, kept: Shelved | None) -> tuple[Code, ...]:
        """The codes in a saved list; none where there is no list, or it is damaged."""
        try:
            return () if kept is None else self._read(target, kept.body())
        except (KeepError, ValueError, RecursionError):
            return ()

    @staticmethod
    def _read(target: Target, body: bytes) -> tuple[Code, ...]:
        return tuple(_codes(records(target.operation, body)))


def _codes(found: Iterable[Record]) -> Iterable[Code]:
    for record in found:
        flat = flatten(record)
        first = next((cell for cell in flat.values() if cell is not None), "")
        code = record.get("code", record.get("name", first))
        yield Code(str(code), str(flat.get("description") or ""))
