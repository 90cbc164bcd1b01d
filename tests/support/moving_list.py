"""A server whose list changes between two pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.raw_server import http, number_of, scripted

PER_PAGE = 4


class Moving:
    """A server whose list can be changed between two pages."""

    def __init__(self, ids: list[int]) -> None:
        self.ids = ids
        self.change_before = 0
        self.changed = list[int]()
        self.asked = list[int]()

    def answer(self, path: str, nth: int) -> bytes:
        """A page of what the list is now."""
        if "information" in path:
            return http(json.dumps({"red_list_version": "2026-1"}).encode())
        number = number_of(path)
        self.asked.append(number)
        if number >= self.change_before:
            self.ids = self.changed
        here = self.ids[(number - 1) * PER_PAGE : number * PER_PAGE]
        total = -(-len(self.ids) // PER_PAGE)
        if not here:
            return http(b'{"error":"Not found"}', 404)
        body = json.dumps({"assessments": [{"assessment_id": one} for one in here]}).encode()
        return http(body, Total_Pages=str(total), Total_Count=str(len(self.ids)))


@contextmanager
def moving(ids: list[int], changed: list[int], before: int) -> Iterator[tuple[Moving, str]]:
    """Serve ``ids``, and ``changed`` from the request of page ``before`` on; gives the root."""
    server = Moving(ids)
    server.changed, server.change_before = changed, before
    with scripted(server.answer) as scripted_server:
        yield server, scripted_server.base_url
