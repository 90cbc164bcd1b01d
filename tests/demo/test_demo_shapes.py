"""Bodies and headers against recorded exchanges of the real API, where they are at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.recordings import LIVE_2026 as OF_2026
from tests.support.recordings import RECORDED, SYNTHETIC

from .conftest import Client

ADDED_SINCE = {  # what rows carry since 2025, after most exchanges were recorded
    "taxon_scientific_name",
    "red_list_category_code",
    "assessment_date",
    "criteria",
    "possibly_extinct",
    "possibly_extinct_in_the_wild",
}

NULL = frozenset(["NoneType"])

needs_recordings = pytest.mark.skipif(
    not RECORDED.exists(), reason="the recorded exchanges are not beside the repository"
)


def exchanges(file: Path = RECORDED) -> Iterator[Any]:
    """The recorded exchanges that were answered with JSON."""
    if file.exists():
        with file.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def exchange_id(exchange: Any) -> str:
    """A name for a recorded exchange."""
    return exchange["path"].removeprefix("/api/v4/") + "".join(exchange["query"].values())


def shape(value: Any) -> Any:
    """What a value is made of: types, keys in order, and the shapes of a list's items."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        merged: Any = None
        for item in value:
            merged = merge(merged, shape(item))
        return [merged]
    return frozenset([type(value).__name__])


def merge(one: Any, other: Any) -> Any:
    """One shape for two: unions of types, of keys and of items."""
    if one in (None, NULL) or other in (None, NULL):
        return other if one in (None, NULL) else one
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: merge(one.get(key), other.get(key)) for key in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [merge(one[0], other[0])]
    sets = (s if isinstance(s, frozenset) else {type(s).__name__} for s in (one, other))
    return frozenset().union(*sets)


def compare(recorded: Any, ours: Any, where: str = "") -> Iterator[str]:
    """What is different between two shapes, apart from nulls and what lists leave open."""
    if recorded in (None, NULL) or ours in (None, NULL):
        return
    if isinstance(recorded, list) and isinstance(ours, list):
        yield from compare(recorded[0], ours[0], f"{where}[]")
    elif isinstance(recorded, dict) and isinstance(ours, dict):
        kept = [key for key in ours if key not in ADDED_SINCE or key in recorded]
        if kept != list(recorded):
            yield f"{where}: keys {kept} for {list(recorded)}"
        for key in recorded:
            yield from compare(recorded[key], ours.get(key), f"{where}.{key}")
    elif isinstance(recorded, frozenset) and isinstance(ours, frozenset):
        if not recorded & ours:
            yield f"{where}: {set(ours)} for {set(recorded)}"
    else:
        yield f"{where}: {ours} for {recorded}"


def sample(client: Client, path: str) -> list[str]:
    """Ids of some assessments of a list, spread over it."""
    pages = int(client.v4(path).headers["total-pages"])
    rows = [client.v4(f"{path}?page={1 + turn * pages // 9}") for turn in range(9)]
    return [str(row["assessment_id"]) for page in rows for row in page.json["assessments"][::20]]


@needs_recordings
@pytest.mark.parametrize("exchange", exchanges(), ids=exchange_id)
def test_same_keys_types_and_headers_as_recorded(client: Client, exchange: Any) -> None:
    """Status, headers, keys in order, and types are those of the recorded answer."""
    path = exchange["path"].removeprefix("/api/v4/")
    if "/assessment/" in exchange["path"] and exchange["status"] == 200:
        pytest.skip("compared as a whole below")
    if exchange["status"] == 401:
        pytest.skip("this server asks for no token")
    query = "&".join(f"{name}={value}" for name, value in exchange["query"].items())
    if exchange["status"] == 200 and path.startswith(("taxa/sis", "taxa/scientific_name")):
        name = client.v4("taxa/family/Felidae").json["assessments"][0]["taxon_scientific_name"]
        genus, species, *_ = name.split()
        query = f"genus_name={genus}&species_name={species}"
        taxon = client.v4(f"taxa/scientific_name?{query}").json["taxon"]
        path = f"taxa/sis/{taxon['sis_id']}" if path.startswith("taxa/sis") else path
    reply = client.v4(f"{path}?{query}")
    assert reply.status == exchange["status"]
    wanted = {name.lower() for name in exchange["headers"]}
    if reply.json.get("assessments") != []:  # pages past the end are where lengths differ
        assert wanted <= set(reply.headers)
    assert list(compare(shape(json.loads(exchange["body"])), shape(reply.json))) == []


def keys(value: Any) -> Any:
    """The keys of objects in order; lists by their first item."""
    if isinstance(value, dict):
        return {key: keys(item) for key, item in value.items()}
    return [keys(item) for item in value[:1]] if isinstance(value, list) else None


def same_keys(recorded: Any, ours: Any) -> bool:
    """Whether keys and their order are the same, as far as both have something there."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        named = list(recorded) == list(ours)
        return named and all(same_keys(recorded[key], ours[key]) for key in recorded)
    if isinstance(recorded, list) and isinstance(ours, list):
        return all(same_keys(*pair) for pair in zip(recorded, ours, strict=False))
    return recorded is None or ours is None


@pytest.mark.skipif(not OF_2026.exists(), reason="the recorded exchanges are not at hand")
@pytest.mark.parametrize(
    "exchange",
    [one for one in exchanges(OF_2026) if "taxa/scientific_name" not in one["path"]],
    ids=exchange_id,
)
def test_keys_are_in_the_order_of_2026(client: Client, exchange: Any) -> None:
    """Of the body and of the first rows; the headers that came are there, too."""
    path = exchange["path"].removeprefix("/api/v4/")
    query = exchange.get("raw_query") or "&".join(f"{k}={v}" for k, v in exchange["query"].items())
    reply = client.v4(f"{path}?{query}")
    assert reply.status == exchange["status"]
    assert {name.lower() for name in exchange["headers"]} <= set(reply.headers)
    body = json.loads(exchange["body"])
    assert same_keys(keys(body), keys(reply.json))
    assert reply.json.get("filters") == body.get("filters")
    if len(body) == 1 and path.startswith(("taxa/phylum", "taxa/kingdom")):
        assert reply.json == body


@pytest.mark.parametrize("file", [SYNTHETIC, RECORDED], ids=["synthetic", "recorded"])
def test_full_assessments_have_the_recorded_keys_and_types(client: Client, file: Path) -> None:
    """All 33 keys in the recorded order; nested objects alike, over many assessments."""
    if not file.exists():
        pytest.skip("the recorded exchanges are not beside the repository")
    recorded = None
    for exchange in exchanges(file):
        if "/assessment/" in exchange["path"] and exchange["status"] == 200:
            body = json.loads(exchange["body"])
            assert len(body) == 33
            recorded = merge(recorded, shape(body))
    ours = None
    for assessment_id in sample(client, "taxa/class/AVES"):
        reply = client.v4(f"assessment/{assessment_id}")
        if reply.status == 404:  # a historical one
            continue
        body = reply.json
        assert list(body) == list(recorded)
        ours = merge(ours, shape(body))
    assert list(compare(recorded, ours)) == []


@needs_recordings
def test_code_lists_are_the_recorded_ones(client: Client) -> None:
    """Codes and titles, being facts, are the same (but for a stray blank)."""
    for exchange in exchanges():
        path = exchange["path"].removeprefix("/api/v4/")
        if path.endswith("/") and not path.startswith("taxa/"):
            assert client.v4(path).json == json.loads(exchange["body"].replace(' of "', ' of"'))
