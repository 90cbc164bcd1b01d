"""A plan with the token in its URLs, and what is written of an error."""

from __future__ import annotations

import io
import traceback

from rich.console import Console
from rich.traceback import Traceback

from tests.support.secret import SECRET
from tui_app.fetch import Plan
from tui_app.redlist import Token, make_query


def v3(base_url: str, method: str = "asyncio", **more: object) -> Plan:
    """A plan whose URLs hold the token."""
    query = make_query(["species/page"], "v3")
    return Plan(query, base_url, method=method, token=Token(SECRET), retries=0, pages=1, **more)


def reports(error: BaseException) -> str:
    """What is written of an error, by the most talkative of those who do."""
    out = io.StringIO()
    console = Console(file=out, width=400)
    trace = Traceback.from_exception(
        type(error), error, error.__traceback__, show_locals=True, locals_max_string=None,
        locals_max_length=None,
    )  # fmt: skip
    console.print(trace)
    return out.getvalue() + "".join(traceback.format_exception(error)) + repr(error)
