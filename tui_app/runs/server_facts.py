"""What the program itself asks a server: its Red List version, and its lists of codes.

The version is requested before a run sends anything, and again after a long one. A page is
labelled with the version that the server had when its part of the run began; where the version has
changed since, the run is not complete, and resuming it requests the older pages again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

from tui_app.fetch import Cancel, Event, Observer, State, make_request, run
from tui_app.fetch.events import nobody
from tui_app.redlist import Api, Record, Target, flatten, make_query, parse_target, records
from tui_app.redlist.accounting import SCIENTIFIC_NAME, NameIndex
from tui_app.redlist.codes import Code, nearest
from tui_app.redlist.errors import KeepError, RedListError, Retired, TokenRefused
from tui_app.redlist.names import Name
from tui_app.settings import Settings
from tui_app.store import RunInUse, RunRow, Store

from .planning import PATIENCE_S, make_plan, shared_starts
from .recorder import RunRecorder
from .response_cache import FRESH_FOR, StoreCache, is_fresh
from .source import Source

VERSION_OPERATIONS: Final[dict[Api, tuple[str, str]]] = {
    "v4": ("information/red_list_version", "red_list_version"),
    "v3": ("version", "version"),
}
"""The operation that gives the version, and the field of its response."""

LONGEST_VERSION: Final = 40
HOLDS_S: Final = 600.0
"""Seconds for which a version holds for a run that is about to send requests, and that a run may
take before the version is requested again at its end. It changes two or three times a year."""


class Provenance:
    """The Red List versions of servers.

    Args:
        store: where they are saved.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def known(self, source: Source, within: timedelta = FRESH_FOR) -> tuple[bool, str | None]:
        """Whether a server was asked within that time, and its answer."""
        found = self._store.source_version(source.origin)
        if found is None or not is_fresh(found[1], within):
            return False, None
        return True, found[0]

    def ask(
        self,
        source: Source,
        settings: Settings,
        cancel: Cancel,
        *,
        after_a_run: bool = False,
        run_id: str = "",
        observer: Observer = nobody,
    ) -> str | None:
        """Ask a server, one request; None where it gives no version.

        Args:
            source: the server.
            settings: time-outs and pace.
            cancel: stops it.
            after_a_run: whether other requests were sent just before, so that the pace holds
                for this one too.
            run_id: of the run that needs it.
            observer: receives waits for the rate limit, which may take minutes.

        Raises:
            TokenRefused, Retired: before a run, whose requests would all be refused too.
        """
        operation, name = VERSION_OPERATIONS[settings.api]
        rate = settings.effective_rate()
        if after_a_run and rate and cancel.wait(1 / rate):
            return None
        patient = replace(
            settings,
            retries=1,
            timeout_s=min(settings.timeout_s, PATIENCE_S),
            connect_timeout_s=min(settings.connect_timeout_s, PATIENCE_S),
        )
        plan = make_plan(make_query([operation], settings.api), patient, source, "sequential", None)
        plan = replace(plan, patience_s=PATIENCE_S, run=run_id)

        def tell(event: Event) -> None:
            if event.state is State.PAUSED:
                observer(event)

        result = run(plan, tell, cancel, starts=shared_starts(self._store, plan))
        stopped = result.totals.stopped
        if isinstance(stopped, TokenRefused | Retired) and not after_a_run:
            raise stopped
        given = next((page.records()[0].get(name) for page in result.pages), None)
        missing = all(one.error.status == 404 for one in result.totals.failures)
        version = given if isinstance(given, str) and _is_version(given) else None
        if (version or missing) and not cancel.is_set():
            self._store.set_source_version(source.origin, version)
        return version


def _is_version(text: str) -> bool:
    return text.isascii() and text.isprintable() and 0 < len(text) <= LONGEST_VERSION


class CodeLists:
    """The code lists of servers, each saved for a day.

    Args:
        store: where they are saved.
        recorder: fetches them.
    """

    def __init__(self, store: Store, recorder: RunRecorder) -> None:
        self._store = store
        self._recorder = recorder

    def get(self, stem: str, source: Source, settings: Settings) -> tuple[Code, ...]:
        """A code list: the saved one, where that is younger than a day, else a new one.

        Raises:
            UsageError: there is no such list.
            RequestError: it is not saved, and can't be fetched.
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
        """A saved code list, however old; empty where there is none."""
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


def similar_codes(
    row: RunRow, codes_of: Callable[[str], tuple[Code, ...]], names: Callable[[], Iterable[str]]
) -> tuple[str, ...]:
    """Codes or names that are spelt nearly like those that a run didn't find.

    At most three: ``countries/MG (Madagascar)``, or a species' name.

    Args:
        row: the run.
        codes_of: gives the code list of an operation.
        names: gives the names that are known.
    """
    api: Api = "v3" if row.api == "v3" else "v4"
    for text in row.operations:
        target = parse_target(text, api)
        stem = target.operation.stem
        if target.operation is SCIENTIFIC_NAME:
            known, given = NameIndex(), dict(target.params)
            for name in names():
                known.add_name(name)
            return known.near(Name(given.get("genus_name", ""), given.get("species_name", "")))
        if target.value is None or stem in ("assessment", "taxa/sis"):
            continue
        codes = codes_of(stem)
        if any(one.code.casefold() == target.value.casefold() for one in codes):
            continue  # the code is right: something else about the request is not
        return tuple(
            f"{stem}/{one.code}" + (f" ({one.description})" if one.description else "")
            for one in nearest(target.value, codes)
        )
    return ()
