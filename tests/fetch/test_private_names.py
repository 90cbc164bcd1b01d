"""What is used of the HTTP libraries that is no public part of them, and why.

An attribute that a library no longer reads can be set without an error: the methods would go on,
less strict or less exact than they say. A version without one of these names fails here.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from http.client import HTTPResponse
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler
from urllib3.connection import HTTPConnection

from tui_app import fetch

USED: Final[dict[type, dict[str, str]]] = {
    aiohttp.TCPConnector: {"_factory": "no option sets the class of a connection's protocol"},
    aiohttp.ClientSession: {
        "_retry_connection": "aiohttp sends a GET again by itself: uncounted, and past the pace"
    },
    ResponseHandler: {
        "_parser": "nothing else tells whether a response has ended where its bytes do",
        "_buffer": "a response that came before its request waits there",
        "_exception": "a parser that has failed is given nothing more",
    },
    HTTPResponse: {
        "_check_close": "whether the connection is kept, by version and headers",
        "_close_conn": "called when a body has been read to its end",
        "_get_chunk_left": "called for each chunk",
        "_method": "the response to HEAD has no body",
    },
    HTTPConnection: {
        "_dns_host": "the host as it is resolved, with a dot at its end",
        "_new_conn": "called to connect",
    },
}


async def make(kind: type) -> Any:
    """One of the library's objects."""
    if kind is ResponseHandler:
        return kind(asyncio.get_running_loop())
    if kind is HTTPResponse:
        return kind(SimpleNamespace(makefile=lambda _: BytesIO()), method="GET")
    return kind("host.example") if kind is HTTPConnection else kind()


@pytest.mark.parametrize("kind", USED)
def test_the_libraries_still_have_what_is_used_of_them(kind: type) -> None:
    """Also in the version that is installed here."""

    async def missing() -> list[str]:
        one = await make(kind)
        try:
            return [f"{name}: {why}" for name, why in USED[kind].items() if not hasattr(one, name)]
        finally:
            closed = one.close()
            if closed is not None and kind is not ResponseHandler:
                await closed

    assert asyncio.run(missing()) == []


def foreign(path: Path) -> Iterator[str]:
    """Private attributes that a module uses and does not define."""
    own, used = set(), set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            names = [part for one in targets for part in ast.walk(one)]
            own |= {one.id for one in names if isinstance(one, ast.Name)}
            own |= {
                one.attr
                for one in names
                if isinstance(one, ast.Attribute) and ast.unparse(one.value) == "self"
            }
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            used.add(node.attr)
    return iter(one for one in used - own if not one.endswith("__"))


@pytest.mark.parametrize("module", ["aiohttp_client", "network", "requests_client"])
def test_nothing_else_that_is_private_is_used(module: str) -> None:
    """What is added says why, above."""
    listed = {name for names in USED.values() for name in names}
    assert set(foreign(Path(fetch.__file__).with_name(f"{module}.py"))) <= listed
