"""What the Red List API is, as data and pure functions. Nothing here does I/O."""

from .decode import Paging, Record, assessment_ids, check, inflate, paging, passes, records
from .operations import (
    API_ROOTS,
    ASSESSMENT,
    FIRST_PAGE,
    LIVE_BASE_URLS,
    OPERATIONS,
    USUAL_COLUMNS,
    Api,
    Kind,
    Operation,
    operations,
)
from .query import IDS, NAMES, Query, make_query, parse_target
from .server import check_base_url, check_token_may_go, is_loopback, is_red_list
from .tables import Cell, flatten
from .target import Params, Target
from .token import Token, redact, redact_bytes

__all__ = [
    "API_ROOTS",
    "ASSESSMENT",
    "FIRST_PAGE",
    "IDS",
    "LIVE_BASE_URLS",
    "NAMES",
    "OPERATIONS",
    "USUAL_COLUMNS",
    "Api",
    "Cell",
    "Kind",
    "Operation",
    "Paging",
    "Params",
    "Query",
    "Record",
    "Target",
    "Token",
    "assessment_ids",
    "check",
    "check_base_url",
    "check_token_may_go",
    "flatten",
    "inflate",
    "is_loopback",
    "is_red_list",
    "make_query",
    "operations",
    "paging",
    "parse_target",
    "passes",
    "records",
    "redact",
    "redact_bytes",
]
