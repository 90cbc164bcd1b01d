"""The work of a process in the primer: it imports this module alone, so that it starts fast."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import requests

_TIMEOUT_S: Final = 10


@cache
def _session() -> requests.Session:
    import requests

    session = requests.Session()
    session.trust_env = False
    return session


def get_page(url: str) -> bytes:
    """A page's body, which is pickled and sent back to the process that asked for it."""
    return _session().get(url, timeout=_TIMEOUT_S).content
