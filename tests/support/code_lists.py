"""A server that has the lists of a few codes, invented."""

from __future__ import annotations

import json

from tests.support.raw_server import http

LISTS: dict[str, list[int]] = {
    "stresses/1": [10],
    "stresses/1_1": [11, 12],
    "stresses/1_2": [12, 13],
    "stresses/1_3": [11],
    **{one: [20] for one in ("stresses/2", "stresses/2_1", "stresses/2_2")},
    "countries/MG": [13, 11, 99],
    "taxa/family/FELIDAE": [12, 99],
    "conservation_actions/1": [],
}
BELOW = ["stresses/1", "stresses/1_1", "stresses/1_2", "stresses/1_3"]
"""What `stresses/1+` is."""
_HEADS = {"stresses": "stress", "countries": "country"}


def listed(path: str, lists: dict[str, list[int]]) -> bytes:
    """A list's only page, as the API answers; a full assessment; 404 for what is not known."""
    stem = path.partition("?")[0].removeprefix("/api/v4/")
    scheme, _, code = stem.rpartition("/")
    if scheme == "assessment":
        return http(json.dumps({"assessment_id": int(code), "stresses": []}).encode())
    if stem not in lists:
        return http(json.dumps({"error": "Not found"}).encode(), status=404)
    coded = {"code": code, "code_type": _HEADS[scheme]} if scheme in _HEADS else {}
    rows = [{"assessment_id": one, **coded, "scopes": []} for one in lists[stem]]
    body = json.dumps({"assessments": rows, "filters": {}}).encode()
    return http(body, total_pages="1", total_count=str(len(rows)))
