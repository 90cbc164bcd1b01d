"""What a fetch has saved while it goes on, read in the background. No widgets."""

from __future__ import annotations

from time import monotonic, thread_time
from typing import TYPE_CHECKING, Final

from ..service import ServiceHolder
from .sheet import Sheet
from .table import Grown, Look

if TYPE_CHECKING:
    from tui_app.redlist import Query
    from tui_app.runs.arriving import ArrivingView

    from ..runview import RunView

EVERY_S: Final = 0.5
"""Between two readings at least."""
SHARE: Final = 0.04
"""Of a processor that reading takes at most: what takes long is done less often."""


class ReadingPace:
    """When to read next, so that reading doesn't slow the run down."""

    def __init__(self) -> None:
        self._next = self._began_cpu = 0.0

    def due(self) -> bool:
        """Whether it is time to read."""
        return monotonic() >= self._next

    def begin(self) -> None:
        """Reading begins, in the calling thread."""
        self._began_cpu = thread_time()

    def end(self) -> None:
        """Reading has ended, in the same thread."""
        spent_s = thread_time() - self._began_cpu
        self._next = monotonic() + max(EVERY_S, spent_s / SHARE)


class Arrivals:
    """Reads the records that a fetch has saved by now.

    Attributes:
        view: all of them; None before the first reading.
        news: what is to be shown of the latest reading; taken by the screen.
        fault: why the latest reading failed, if it did.
    """

    def __init__(self, service: ServiceHolder, query: Query) -> None:
        self.view: ArrivingView | None = None
        self.news: Grown | Sheet | None = None
        self.fault: Exception | None = None
        self._service = service
        self._query = query
        self._pace = ReadingPace()
        self._reading = False
        self._saved = 0
        self._shown_rows = 0

    def due(self, run: RunView, *, shown: bool) -> bool:
        """Whether to :meth:`read`: there is something new, and it is time. ``shown``: as rows."""
        if self._reading or not self._pace.due():
            return False
        unseen = shown and self.view is not None and self._shown_rows < self.view.stored_rows
        if self.view is not None and run.kept == self._saved and not unseen:
            return False
        self._reading = True
        return True

    def read(self, run: RunView, look: Look | None, *, shown: bool) -> None:
        """Read what was saved since, in the calling thread. Never raises."""
        self._pace.begin()
        self.fault = None
        saved = run.kept
        try:
            if self.view is None:
                self.view = self._service.get().arriving(run.run, self._query)
            else:
                self.view = self.view.grown()
            if shown and self.view.stored_rows:
                if look is None:
                    self.news = whole = Sheet(self.view)
                else:
                    self.news = grown = look.with_rows(self.view)
                    whole = grown.whole
                self._shown_rows = whole.length
            self._saved = saved
        except Exception as fault:  # the run goes on, and its records are read at its end
            self.fault = fault
        finally:
            self._pace.end()
            self._reading = False

    def read_again(self) -> None:
        """What was read could not be shown."""
        self._shown_rows = -1

    def take(self) -> Grown | Sheet | None:
        """What is to be shown now, once."""
        news, self.news = self.news, None
        return news
