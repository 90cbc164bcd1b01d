"""Any bytes through the decoder: rows that are counted come out, or the page is refused whole."""

from __future__ import annotations

import json
import os
import random
import urllib.request
from collections.abc import Callable

import pytest
from hypothesis import strategies as st

from tests.support.recordings import RECORDED
from tests.support.repeatable import given
from tui_app.demo import DemoServer
from tui_app.redlist import Record, check_body, flatten, parse_target, records
from tui_app.redlist.errors import RequestError

MUTATIONS = int(os.environ.get("IUCN_TUI_MUTATIONS", "2000"))
"""10,000 by hand: ``IUCN_TUI_MUTATIONS=10000 pytest -n0 tests/redlist/test_mutations.py``."""

OPERATIONS = {
    path: parse_target(path, "v4").operation
    for path in ("countries/VA", "assessment/1", "taxa/sis/1", "threats", "taxa/family")
}


def through(path: str, body: bytes) -> list[Record] | None:
    """The rows of a body, or None where it is refused; anything else is a failure."""
    operation = OPERATIONS[path]
    try:
        counted = check_body(operation, body, path)
    except RequestError:
        return None
    rows = records(operation, body)
    assert len(rows) == counted
    for row in rows:
        flat = flatten(row)
        assert all(isinstance(name, str) for name in flat)
        json.dumps(row)
    return rows


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.sampled_from(sorted(OPERATIONS)), st.binary())
def test_any_bytes(path: str, body: bytes) -> None:
    """A captive portal, a proxy, a bit that flipped: never a traceback."""
    through(path, body)


@given(st.sampled_from(sorted(OPERATIONS)), JSON)
def test_any_json(path: str, value: object) -> None:
    """Next year's shape: rows or a refusal."""
    through(path, json.dumps(value).encode("utf-8", "surrogatepass"))
    through(path, json.dumps({"assessments": value, "assessment_id": 1}).encode())


def flip(body: bytearray, draw: random.Random) -> bytes:
    for _ in range(draw.randint(1, 8)):
        body[draw.randrange(len(body))] ^= 1 << draw.randrange(8)
    return bytes(body)


def cut(body: bytearray, draw: random.Random) -> bytes:
    start = draw.randrange(len(body))
    del body[start : start + draw.randint(1, 200)]
    return bytes(body)


def repeat(body: bytearray, draw: random.Random) -> bytes:
    start = draw.randrange(len(body))
    piece = body[start : start + draw.randint(1, 200)]
    return bytes(body[:start] + piece * draw.randint(2, 4) + body[start:])


def end_early(body: bytearray, draw: random.Random) -> bytes:
    return bytes(body[: draw.randrange(len(body))])


ODD = (
    b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"-0", b"null", b"{}", b"[]", b'""', b'"\\ud800"',
    b'"\\u0000"', b'"\xff"', b"[" * 2000 + b"]" * 2000, b'{"a":1,"a":2}', b"true", b'"\\u202e"',
)  # fmt: skip


def swap(body: bytearray, draw: random.Random) -> bytes:
    """A value becomes another one, somewhere."""
    colons = [place for place, byte in enumerate(body) if byte == ord(":")]
    if not colons:
        return bytes(body)
    start = draw.choice(colons) + 1
    ends = [place for place in (body.find(b",", start), body.find(b"}", start)) if place > 0]
    return bytes(body[:start] + draw.choice(ODD) + body[min(ends, default=start) :])


HOW: tuple[Callable[[bytearray, random.Random], bytes], ...] = (flip, cut, repeat, end_early, swap)


@pytest.fixture(scope="module")
def bodies(demo: DemoServer) -> list[tuple[str, bytes]]:
    """Real-shaped bodies: the demo's always, the recorded ones where they are."""
    found: list[tuple[str, bytes]] = []
    for path in ("countries/VA", "threats", "taxa/family"):
        with urllib.request.urlopen(f"{demo.base_url}/api/v4/{path}") as answer:
            found.append((path, answer.read()))
    rows = json.loads(found[0][1])["assessments"]
    for path, number in (("assessment", "assessment_id"), ("taxa/sis", "sis_taxon_id")):
        with urllib.request.urlopen(f"{demo.base_url}/api/v4/{path}/{rows[0][number]}") as answer:
            found.append((f"{path}/1", answer.read()))
    if RECORDED.exists():
        lines = [json.loads(line) for line in RECORDED.read_text("utf-8").splitlines()]
        found += [
            ("countries/VA", line["body"].encode())
            for line in lines
            if '"assessments":[{' in line["body"][:200] and line["status"] == 200
        ]
    return found


def test_mutated_bodies_are_rows_or_a_refusal(bodies: list[tuple[str, bytes]]) -> None:
    """No crash, and no row that was counted and then not there."""
    draw = random.Random(20261123)
    kept = refused = 0
    for path, body in bodies:
        assert through(path, body), path
    for number in range(MUTATIONS):
        path, body = bodies[number % len(bodies)]
        if through(path, draw.choice(HOW)(bytearray(body), draw)) is None:
            refused += 1
        else:
            kept += 1
    assert kept > MUTATIONS / 20
    assert refused > MUTATIONS / 5
