"""What arrives for the runs that a store carries, safe before it is committed; and what was left.

See :mod:`tui_app.store.spool` for the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from tui_app.redlist.errors import KeepError

from .claims import Claims
from .file import RefusedValue, StoreFile
from .rows import AttemptRow, PageRow
from .spool import Spool, left_over, spool_path, spooled_runs

Arrived = Sequence[tuple[PageRow, AttemptRow]]

_AT_ONCE: Final = 32


class Arrivals:
    """The spools of one store. Safe to use from several threads.

    Args:
        file: the store's.
        claims: of the store.
        keep: commits pages of a run with their attempts.
    """

    def __init__(
        self, file: StoreFile, claims: Claims, keep: Callable[[str, Arrived], None]
    ) -> None:
        self._file = file
        self._claims = claims
        self._keep = keep
        self._spools: dict[str, Spool] = {}  # of the runs that are carried

    def begin(self, run: str, created_utc: str) -> None:
        """A run is carried from now on."""
        self._spools[run] = Spool(spool_path(self._file.path, run), created_utc)

    def secure(self, run: str, page: PageRow, attempt: AttemptRow) -> bool:
        """Make a page safe; whether that was done."""
        spool = self._spools.get(run)
        return spool is not None and spool.add(page, attempt)

    def committed(self, run: str, attempts: Iterable[AttemptRow]) -> None:
        """The database has them."""
        spool = self._spools.get(run)
        if spool is not None:
            spool.committed(attempts)

    def end(self, run: str) -> None:
        """A run is carried no more; what the database could not take is left for the next time."""
        spool = self._spools.pop(run, None)
        if spool is not None:
            spool.close()

    def end_all(self) -> None:
        """No run is."""
        for run in list(self._spools):
            self.end(run)

    def forget(self, run: str) -> None:
        """Take away what was left of a run."""
        with suppress(OSError):
            spool_path(self._file.path, run).unlink()

    def created_utc(self, run: str) -> str | None:
        """When a run was begun, which is its file's stamp; None where there is no such run."""
        rows = self._file.read("SELECT created_utc FROM runs WHERE id = ?", (run,))
        return rows[0][0] if rows else None

    def take_up_all(self) -> None:
        """Take up what killed programs left behind. What can't be done now is done next time.

        Only where locks say that nobody carries the run; else :meth:`take_up` does, on resuming.
        """
        for run in spooled_runs(self._file.path):
            with suppress(KeepError), self._claims.freed(run, None) as free:
                created_utc = self.created_utc(run) if free else None
                if created_utc is not None:
                    self.take_up(run, created_utc)

    def take_up(self, run: str, created_utc: str) -> None:
        """Commit what arrived for a run just before its program was killed.

        Raises:
            KeepError: it can't be read, or there is no room for it.
        """
        path = spool_path(self._file.path, run)
        try:
            left = list(left_over(path, created_utc))
        except FileNotFoundError:
            return
        except OSError as error:
            raise KeepError(
                f"{path} can't be read: {error.strerror or error}.",
                advice="Move it away, then try again: what is in it is requested again.",
            ) from error
        if left:
            asked = "SELECT request, attempt FROM attempts WHERE run = ?"
            known = set(self._file.read(asked, (run,)))
            new = [one for one in left if (one[1].request, one[1].attempt) not in known]
            for start in range(0, len(new), _AT_ONCE):
                self._keep_what_can_be(run, new[start : start + _AT_ONCE])
        with suppress(OSError):
            path.unlink()

    def _keep_what_can_be(self, run: str, arrived: Arrived) -> None:
        try:
            self._keep(run, arrived)
        except RefusedValue:
            if len(arrived) > 1:
                for one in arrived:
                    self._keep_what_can_be(run, [one])
