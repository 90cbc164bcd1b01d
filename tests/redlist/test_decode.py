"""From an answer's bytes to rows: what is good is kept whole, what isn't is named."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from contextlib import suppress

import pytest
from hypothesis import strategies as st

from tests.support.recordings import LIVE_2026, RECORDED, SYNTHETIC
from tests.support.repeatable import given
from tui_app.redlist import (
    assessment_ids,
    check_body,
    flatten,
    inflate,
    paging,
    parse_target,
    records,
)
from tui_app.redlist.decode import error_message
from tui_app.redlist.errors import CutOff, Malformed, TokenRefused, TooLarge
from tui_app.redlist.operations import Kind
from tui_app.redlist.tables import Flattener, tidy, tidy_taxon
from tui_app.redlist.taxon import history

PAGED = parse_target("countries/MG", "v4").operation
RECORD = parse_target("assessment/5", "v4").operation
SEARCH = parse_target("assessment_search?filter_on[]=gss", "v4").operation
TAXON = parse_target("taxa/sis/9", "v4").operation
CODES = parse_target("threats", "v4").operation
ANSWER = parse_target("statistics/count", "v4").operation
V3 = parse_target("species/page", "v3").operation

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
        | st.fixed_dictionaries({"en": inner})
    ),
    max_leaves=12,
)
OBJECT = st.dictionaries(st.text(max_size=3), JSON, max_size=5)


def recorded_exchanges() -> list:
    files = [path for path in (SYNTHETIC, RECORDED, LIVE_2026) if path.exists()]
    return [
        pytest.param(one, id=f"{path.stem} {one['path'][8:]}{list(one['query'].values())}")
        for path in files
        for one in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        if one["status"] == 200
    ]


def leaves(value: object) -> list[str]:
    """Every scalar in a JSON value, as a cell shows it."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    if value is None:
        return []
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        value = value[:10]
    return [str(value).lower() if isinstance(value, bool) else str(value)]


@pytest.mark.parametrize("exchange", recorded_exchanges())
def test_a_recorded_answer_decodes_with_all_its_rows_and_fields(exchange) -> None:
    """Else rows or fields of the real API are lost on the way to the user's table."""
    query = exchange.get("raw_query") or "&".join(
        f"{k}={v}" for k, v in exchange["query"].items() if k != "page"
    )
    target = parse_target(exchange["path"] + f"?{query}" * bool(query), "v4")
    body = exchange["body"].encode()
    data = json.loads(body)
    rows = records(target.operation, body)
    assert check_body(target.operation, body, "it") == len(rows)
    if target.operation.rows_key == "assessment_ids":
        assert [row["assessment_id"] for row in rows] == data["assessment_ids"]
        assert assessment_ids(target.operation, body) == tuple(data["assessment_ids"])
    elif target.operation.kind is Kind.PAGED:
        assert rows == data["assessments"]
    elif target.operation.kind is Kind.CODES:
        (listed,) = data.values()
        plain = isinstance(listed[0], str)
        assert [next(iter(row.values())) if plain else row for row in rows] == listed
    else:
        assert rows == [data]
    flat = [flatten(row) for row in (history(data) if target.operation.gives_taxon else rows)]
    tables: list[dict] = []
    if target.operation.gives_taxon:
        tables = [row for _, row in tidy_taxon(data, history(data), {})]
    elif target.operation.gives_assessment:
        tables = [row for _, row in tidy(data, {})]
    for row in flat:
        for name, cell in row.items():
            assert not str(cell).startswith(("[", "{")), name
            assert "|" not in str(cell) or name.endswith(("_code", "_description")), name
            if isinstance(cell, str) and "|" in cell:
                assert all(cell.split("|")), name
    cells = {text for row in (*flat, *tables) for cell in row.values() for text in told(cell)}
    assert {leaf for row in rows for leaf in leaves(row)} <= cells


def told(cell: object) -> list[str]:
    """What a cell holds: itself, and the parts of a list."""
    text = str(cell).lower() if isinstance(cell, bool) else str(cell)
    return [text, *(part.replace("\\|", "|") for part in re.split(r"(?<!\\)\|", text))]


@pytest.mark.parametrize(
    ("operation", "body", "why"),
    [
        (PAGED, b"", "empty"),
        (PAGED, b"   ", "truncated"),
        (PAGED, b"null", "got `null`"),
        (PAGED, b"[]", "got `array`"),
        (PAGED, b"{}", "missing required field `assessments`"),
        (PAGED, b'{"assessments":"none"}', "got `str`"),
        (PAGED, b'{"assessments":[{"latest":true}]}', "assessment_id"),
        (PAGED, b'{"assessments":[{"assessment_id":"1"}]}', "got `str`"),
        (PAGED, b'{"assessments":[{"assessment_id":1.5}]}', "got `float`"),
        (PAGED, b'{"assessments":[{"assessment_id":true}]}', "got `bool`"),
        (PAGED, b'{"assessments":[{"assessment_id":NaN}]}', "malformed"),
        (PAGED, b'{"assessments":[{"assessment_id":1,"x":NaN}]}', "malformed"),
        (PAGED, b'{"assessments":[{"assessment_id":1,"x":Infinity}]}', "malformed"),
        (PAGED, b'{"assessments":[{"assessment_id":1}', "truncated"),
        (PAGED, b'{"assessments":[]}{"assessments":[]}', "trailing"),
        (PAGED, b'{"assessments":[{"assessment_id":1,"x":"\xff"}]}', "not UTF-8 (byte 40)"),
        (PAGED, b'{"assessments":[{"assessment_id":1,"x":"\xed\xa0\x80"}]}', "not UTF-8"),
        (PAGED, rb'{"assessments":[{"assessment_id":1,"x":"\ud800 alone"}]}', "malformed"),
        (PAGED, b'{"assessments":[],"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deeply"),
        (PAGED, b"\n<!DOCTYPE html><title>Just a moment</title>", "a web page came"),
        (PAGED, b"<HTML><body>Bad Gateway</body></HTML>", "a web page came"),
        (PAGED, b"\xef\xbb\xbf<p>", "malformed"),
        (SEARCH, b'{"assessments":[]}', "missing required field `assessment_ids`"),
        (SEARCH, b'{"assessment_ids":["7"]}', "got `str`"),
        (RECORD, b'{"taxon":{}}', "assessment_id"),
        (RECORD, b"[]", "got `array`"),
        (CODES, b'{"error":"Oops"}', "Expected a list under 'threats'"),
        (CODES, b'{"a":[],"b":[]}', "Expected a list under 'threats'"),
        (CODES, b'"threats"', "got str"),
        (CODES, b'{"threats":[{"code":1e999,"x":NaN}]}', "malformed"),
        (CODES, rb'{"threats":[{"code":1e999,"x":"\ud800 alone"}]}', "malformed"),
        (ANSWER, b"163040", "got int"),
        (V3, b"{}", "missing required field `result`"),
        (V3, b'{"result":[{"taxonid":"1"}]}', "got `str`"),
        (V3, b'{"message":"Down for repair"}', "the server says 'Down for repair'"),
        (V3, b"Token not valid!", "malformed"),
    ],
    ids=lambda part: str(part)[:40] if isinstance(part, bytes) else None,
)
def test_what_an_operation_does_not_answer_is_malformed(operation, body, why) -> None:
    """Else a broken page counts as fetched, and its rows are missing without a word."""
    with pytest.raises(Malformed) as caught:
        check_body(operation, body, "countries/MG page 3")
    assert why in caught.value.detail
    assert str(caught.value).startswith("countries/MG page 3: ")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("operation", "body", "rows"),
    [
        (PAGED, b'{"assessments":null}', []),
        (PAGED, b'{"assessments":[null,{"assessment_id":7},null]}', [{"assessment_id": 7}]),
        (SEARCH, b'{"assessment_ids":null}', []),
        (SEARCH, b'{"assessment_ids":[7,null]}', [{"assessment_id": 7}]),
        (CODES, b'{"threats":null}', []),
        (CODES, b'{"threats":[null,{"code":"1"}]}', [{"code": "1"}]),
        (V3, b'{"result":null}', []),
        (V3, b'{"result":[null,{"taxonid":7}]}', [{"taxonid": 7}]),
    ],
)
def test_null_in_place_of_a_list_or_a_row_is_no_row(operation, body, rows) -> None:
    """Else one null ends a run, or stands as an empty row in the user's table."""
    assert check_body(operation, body, "it") == len(rows)
    assert records(operation, body) == rows
    assert assessment_ids(operation, body) == tuple(
        row["assessment_id"] for row in rows if "assessment_id" in row
    )


def test_null_among_the_assessments_of_a_taxon() -> None:
    """It is not followed, and the taxon's row is kept."""
    for listed, ids in (
        (b"null", ()),
        (b'[null,{"assessment_id":7},{"assessment_id":null}]', (7,)),
    ):
        body = b'{"taxon":{"sis_id":9},"assessments":' + listed + b"}"
        assert check_body(TAXON, body, "it") == 1
        assert assessment_ids(TAXON, body) == ids
        assert assessment_ids(TAXON, body, (("latest", "true"),)) == ids


@pytest.mark.parametrize(
    ("only", "ids"),
    [
        ((), (1, 2, 3, 4)),
        ((("latest", "true"),), (3,)),
        ((("latest", "true"), ("scope_code", "2")), (2,)),
        ((("latest", "true"), ("scope_code", "4")), (4,)),
        ((("latest", "true"), ("year_published", "1990")), ()),
        ((("latest", "false"),), (1, 4)),
        ((("scope_code", "1"),), (1, 3)),
    ],
)
def test_latest_of_a_taxon_is_one_assessment(only, ids) -> None:
    """Else a taxon that is latest in Europe too is counted twice, and one without any is lost."""
    rows = [(1, False, "1"), (2, True, "2"), (3, True, "1"), (4, False, "4")]
    body = json.dumps(
        {
            "assessments": [
                {"assessment_id": one, "latest": latest, "scopes": [{"code": scope}]}
                for one, latest, scope in rows
            ]
        }
    ).encode()
    assert assessment_ids(TAXON, body, only) == ids


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-05-17T01:00:00.000+01:00", "2024-05-17"),
        ("2024-01-17T00:00:00.000+00:00", "2024-01-17"),
        ("2016-02-18T00:00:00.000Z", "2016-02-18"),
        ("2021-10-31", "2021-10-31"),
        ("in 1996", "in 1996"),
        (None, None),
        ("", ""),
    ],
)
def test_a_date_in_a_table_is_a_day_whatever_its_form(written, day) -> None:
    """In UTC a day of London's summer is the day before."""
    row = {"assessment_date": written, "taxon": {"seen_date": written}, "note": written}
    assert flatten(row) == {"assessment_date": day, "taxon_seen_date": day, "note": written}
    (block,) = Flattener().blocks([row, row])
    assert block == (("assessment_date", "taxon_seen_date", "note"), [(day, day, written)] * 2)


def test_a_refused_token_of_v3_is_told_from_a_page() -> None:
    """Else a bad token of v3, which answers 200, looks like a server fault and is tried again."""
    with pytest.raises(TokenRefused):
        check_body(V3, b'{"message":"Token not valid!"}', "page 0")
    assert check_body(V3, b'{"message":"Token not valid!","result":[]}', "page 0") == 0


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b' {"assessments" : [] } \n', []),
        (b'{"new":{"deep":[1]},"assessments":[{"assessment_id":1}]}', [{"assessment_id": 1}]),
        (b'{"assessments":[],"assessments":[{"assessment_id":2}]}', [{"assessment_id": 2}]),
        (b'{"assessments":[{"assessment_id":1,"assessment_id":2}]}', [{"assessment_id": 2}]),
        (b'{"assessments":[{"assessment_id":%d}]}' % 10**30, [{"assessment_id": 10**30}]),
        (
            b'{"assessments":[{"assessment_id":1,"x":1e999}]}',
            [{"assessment_id": 1, "x": float("inf")}],
        ),
        (
            b'{"assessments":[{"assessment_id":1,"x":' + b"9" * 5000 + b"}]}",
            [{"assessment_id": 1, "x": float("inf")}],
        ),
    ],
    ids=lambda part: str(part)[:50],
)
def test_odd_but_good_pages_are_kept(body: bytes, rows: list) -> None:
    """Else one odd field costs the user a page of a hundred records."""
    assert check_body(PAGED, body, "it") == len(rows)
    assert records(PAGED, body) == rows


def test_lists_of_codes_are_found_under_any_key() -> None:
    """Else a code list whose key isn't the plural of its path can't be read."""
    assert records(CODES, b'{"surprise":[{"code":"1"}]}') == [{"code": "1"}]
    families = parse_target("taxa/family", "v4").operation
    assert records(families, b'{"family_names":["A","B"]}') == [
        {"family_name": "A"},
        {"family_name": "B"},
    ]


@given(st.lists(OBJECT, max_size=4), st.data())
def test_what_passes_the_check_can_be_read_again(rows, data) -> None:
    """Else a page is kept that makes every later export of its run fail."""
    for number, row in enumerate(rows):
        row["assessment_id"] = number
    body = json.dumps({"assessments": rows}).encode()
    cut = data.draw(st.integers(0, len(body)))
    spoilt = body[:cut] + data.draw(st.binary(max_size=2)) + body[cut + 1 :]
    for candidate in (body, spoilt):
        try:
            count = check_body(PAGED, candidate, "it")
        except Malformed:
            assert candidate is spoilt
        else:
            assert len(records(PAGED, candidate)) == count


# -- flattening --------------------------------------------------------------------------


@given(OBJECT)
def test_any_object_becomes_one_flat_row(record) -> None:
    """Else a field that the API adds some day makes exports fail, or hides another's value."""
    row = flatten(record)
    assert all(isinstance(name, str) for name in row)
    assert all(cell is None or isinstance(cell, str | int | float) for cell in row.values())
    for name, value in record.items():
        if value is not None and not isinstance(value, dict | list):
            assert any(key.startswith(name) and cell == value for key, cell in row.items())


@pytest.mark.parametrize(
    ("record", "row"),
    [
        (
            {"scopes": [{"description": {"en": "Global"}, "code": "1"}]},
            {"scopes_description": "Global", "scopes_code": "1"},
        ),
        (
            {"s": [None, {"code": "1"}, {"code": "2", "description": {"en": "x"}, "note": "y"}]},
            {"s_code": "1|2", "s_description": "|x"},
        ),
        ({"s": [{"code": None, "description": None}, None, {"code": "1"}]}, {"s_code": "1"}),
        ({"names": [{"name": "Lion", "main": True}], "a": [[1], {}], "b": [None, None]}, {}),
        ({"s": [{"code": [1], "description": {"fr": "x"}}, {"code": {"en": 2}}]}, {"s_code": "2"}),
        ({"names": ["a", "b|c", None, True, 3]}, {"names": "a|b\\|c|true|3"}),
        (
            {"taxon": {"family": "X", "common": {"en": "cat"}}},
            {"taxon_family": "X", "taxon_common": "cat"},
        ),
        ({"a": [{"b": [1, {"c": 2}]}]}, {}),
        ({"a": [], "b": {}, "c": [{"d": None}]}, {}),
        ({"a": {"b": 1}, "a_b": 2}, {"a_b": 1, "a_b_2": 2}),
        ({"a_b": "x", "a": {"b": "x"}}, {"a_b": "x"}),
        ({"a_b": "x", "a": {"b": "y"}}, {"a_b": "x", "a_b_2": "y"}),
        ({"a_code": 1, "a": [{"code": 2}]}, {"a_code": 1, "a_code_2": "2"}),
    ],
)
def test_nested_records_get_the_columns_that_are_promised(record, row) -> None:
    """Else scripts that read our CSV by column names break, or a value is lost."""
    assert flatten(record) == row


# -- unpacking ---------------------------------------------------------------------------

PLAIN = b'{"assessments":[]}' * 50


def raw_deflate(plain: bytes, level: int = 6) -> bytes:
    pack = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
    return pack.compress(plain) + pack.flush()


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (PLAIN, ""),
        (PLAIN, "identity"),
        (gzip.compress(PLAIN), "gzip"),
        (gzip.compress(PLAIN), " X-GZip "),
        (zlib.compress(PLAIN), "deflate"),
        (zlib.compress(PLAIN, 9, 9), "deflate"),
        (raw_deflate(PLAIN), "deflate"),
        (gzip.compress(PLAIN) + b"trailing", "gzip"),
    ],
    ids=["none", "identity", "gzip", "x-gzip", "deflate", "deflate-9", "raw", "trailing"],
)
def test_every_usual_encoding_is_undone(packed: bytes, encoding: str) -> None:
    """Else pages of some servers can't be read."""
    assert inflate(packed, encoding, "it") == PLAIN


def test_half_a_packed_body_is_cut_off_and_not_a_page() -> None:
    """Else half a page passes for a whole one."""
    for packed, encoding in (
        (gzip.compress(PLAIN), "gzip"),
        (zlib.compress(PLAIN), "deflate"),
        (raw_deflate(PLAIN), "deflate"),
    ):
        for end in (len(packed) // 2, len(packed) - 1, 0):
            with pytest.raises(CutOff, match=r"^page 2: .*cut off"):
                inflate(packed[:end], encoding, "page 2")


def test_a_bomb_is_refused_at_the_limit() -> None:
    """Else a few kilobytes from a broken server take all of the user's memory."""
    bomb = gzip.compress(b"0" * 3_000_000)
    with pytest.raises(TooLarge, match="2 MB"):
        inflate(bomb, "gzip", "it", limit=2**21)
    assert len(inflate(bomb, "gzip", "it", limit=3_000_000)) == 3_000_000


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, deflate", "nonsense" * 50])
def test_an_encoding_that_was_not_asked_for_is_named(encoding: str) -> None:
    """Else packed bytes are judged as JSON, and the message misleads."""
    with pytest.raises(Malformed, match="unknown content encoding") as caught:
        inflate(b"x", encoding, "it")
    assert len(str(caught.value)) < 100


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate"]))
def test_garbage_in_place_of_a_packed_body_is_an_error_of_ours(body: bytes, encoding: str) -> None:
    """Else a broken proxy shows a traceback."""
    with suppress(Malformed, CutOff):
        inflate(body, encoding, "it")


def test_headers_that_make_no_sense_count_as_absent() -> None:
    """Else a strange header makes a run ask for a billion pages."""
    said = paging({"total-pages": " 3 ", "total-count": "233", "page-items": "100"})
    assert (said.total_pages, said.total_count, said.page_items) == (3, 233, 100)
    for text in ("", "-1", "3.0", "٣", "9" * 10, "three", "1_0"):
        assert paging({"total-pages": text}).total_pages is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error":"Not found"}', "Not found"),
        (b'{"message":"Slow down"}', "Slow down"),
        (b'{"error":{"a":1}}', ""),
        (b"<html>", ""),
        (b"", ""),
        (b"\xff", ""),
        (b'{"error":"' + b"x" * 5000 + b'"}', "x" * 200),
    ],
)
def test_a_server_s_own_words_are_quoted_in_short(body: bytes, said: str) -> None:
    """Else the reason that the server gave is lost, or floods the screen."""
    assert error_message(body) == said


@pytest.mark.parametrize("said", ["S3cretT0ken-of-the-User", "Bearer abcdef0123456789", "x" * 99])
def test_a_content_encoding_is_shown_only_where_it_is_a_known_one(said: str) -> None:
    """A server may repeat the token there, and a part of it, or lower case, isn't redacted."""
    with pytest.raises(Malformed) as caught:
        inflate(b"x", said, "it")
    assert caught.value.detail == "unknown content encoding"
