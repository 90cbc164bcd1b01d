"""The Red List API as data and pure functions, without I/O.

:mod:`.operations` is the catalogue, :mod:`.query` reads operations and filters, :mod:`.decode` and
:mod:`.validation` read responses, :mod:`.tables` makes tidy tables, :mod:`.errors` has all errors.
Most modules are imported on first use, so that the application draws its first frame early.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from .operations import (
    API_ROOTS,
    ASSESSMENT,
    FIRST_PAGE,
    LIVE_BASE_URLS,
    OPERATIONS,
    Api,
    Kind,
    Operation,
    Params,
    Target,
    operations_of,
)
from .redaction import Token, redact, redact_bytes

if TYPE_CHECKING:
    from .columns import USUAL_COLUMNS
    from .decode import Paging, Record, inflate, paging, records
    from .query import IDS, NAMES, Query, make_query, parse_target
    from .status import assessment_ids, passes
    from .tables import Cell, flatten
    from .validation import check_body

_LATER: Final = {
    "columns": "USUAL_COLUMNS",
    "decode": "Paging Record inflate paging records",
    "status": "assessment_ids passes",
    "query": "IDS NAMES Query make_query parse_target",
    "tables": "Cell flatten",
    "validation": "check_body",
}
_PLACES: Final = {name: place for place, names in _LATER.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """What is imported when it is asked for (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    return found
