"""CSV and JSON Lines: the promised shape, to the byte."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.export.csv_file import write_csv
from tui_app.export.jsonl_file import write_jsonl

OUT = Path("out.csv")

GOLDEN = [
    ("no rows", [], {"columns": ("a", "b")}, "a,b\r\n"),
    ("no rows, no columns", [], {}, "\r\n"),
    ("one cell that is empty", [{"a": None}, {"a": ""}], {}, 'a\r\n""\r\n""\r\n'),
    ("first arrival", [{"b": 1, "a": 2}, {"a": 3, "b": 4}], {}, "b,a\r\n1,2\r\n4,3\r\n"),
    (
        "columns that arrive late",
        [{"a": 1}, {"b": "x\ny"}, {"c": '"', "a": 2}],
        {},
        'a,b,c\r\n1,,\r\n,"x\ny",\r\n2,,""""\r\n',
    ),
    ("a row without fields", [{}, {"a": 1}, {}], {}, 'a\r\n""\r\n1\r\n""\r\n'),
    ("given columns come first", [{"z": 1, "a": 2}], {"columns": ("a", "b")}, "a,b,z\r\n2,,1\r\n"),
    (
        "nested",
        [{"scopes": [{"description": {"en": "Global"}, "code": "1"}, {"code": "2|3"}]}],
        {},
        "scopes_description,scopes_code\r\nGlobal|,1|2\\|3\r\n",
    ),
    ("quotes and commas", [{"a": 'say "hi", he said'}], {}, 'a\r\n"say ""hi"", he said"\r\n'),
    ("line ends", [{"a": "1\r\n2\r3\n4"}], {}, 'a\r\n"1\r\n2\r3\n4"\r\n'),
    (
        "scalars",
        [{"a": True, "b": False, "c": 1.5, "d": 10**20}],
        {},
        f"a,b,c,d\r\ntrue,false,1.5,{10**20}\r\n",
    ),
    ("every script", [{"ñ": "Ünï 日本 🦎 \u202eabc"}], {}, "ñ\r\nÜnï 日本 🦎 \u202eabc\r\n"),
    ("NUL", [{"a\0": "b\0c"}], {}, "a\ufffd\r\nb\ufffdc\r\n"),
    (
        "what a spreadsheet would run",
        [
            {
                "=a": "=1+1",
                "b": "+1",
                "c": "-1",
                "d": "@x",
                "e": "\tx",
                "f": "ok",
                "g": -1,
                "h": "\r",
            }
        ],
        {"safe": True},
        "'=a,b,c,d,e,f,g,h\r\n'=1+1,'+1,'-1,'@x,'\tx,ok,-1,\"'\r\"\r\n",
    ),
    ("unless it isn't asked for", [{"=a": "=1+1"}], {}, "=a\r\n=1+1\r\n"),
    (
        "made safe once where columns come late",
        [{"a": "=1"}, {"b": "'=2"}],
        {"safe": True},
        "a,b\r\n'=1,\r\n,'=2\r\n",
    ),
]


@pytest.mark.parametrize(
    ("records", "options", "text"), [one[1:] for one in GOLDEN], ids=[one[0] for one in GOLDEN]
)
def test_csv_is_as_promised_to_the_byte(records, options, text: str) -> None:
    """Else scripts that read our CSV break."""
    done = write_csv(OUT, iter(records), **options)
    assert OUT.read_bytes().decode() == text
    assert (done.path, done.rows, done.size_bytes) == (OUT, len(records), len(text.encode()))


def test_a_field_of_a_megabyte_survives_a_late_column() -> None:
    """Else a long description, with a column that arrives after it, ends the export."""
    text = 'He said "é",\n' * 100_000
    write_csv(OUT, [{"a": text}, {"b": 1}])
    with OUT.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], [text, ""], ["", "1"]]


CELL = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_characters="\0"))


@given(st.lists(st.dictionaries(st.sampled_from("abcdef"), CELL, min_size=1), min_size=1))
def test_any_table_reads_back_as_it_was(records) -> None:
    """Else some rows move to other columns."""
    write_csv(OUT, records)
    names = list(dict.fromkeys(name for record in records for name in record))
    with OUT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == names
    words = {None: "", True: "true", False: "false"}
    assert rows[1:] == [
        [
            words[cell] if cell is None or isinstance(cell, bool) else str(cell)
            for cell in map(record.get, names)
        ]
        for record in records
    ]


def test_json_lines_are_the_records_as_they_arrived() -> None:
    """Else what the CSV had to flatten is lost for good."""
    records = [
        {"b": 1, "a": {"en": "x\u2028y\n"}, "list": [{"code": "1|2"}, []], "none": None},
        {},
        {"b": 10**30, "é": "🦎", "f": 0.1},
    ]
    done = write_jsonl(OUT, iter(records))
    lines = OUT.read_bytes().decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == records
    assert list(json.loads(lines[0])) == ["b", "a", "list", "none"]
    assert (done.rows, done.size_bytes) == (3, OUT.stat().st_size)
    write_jsonl(OUT, [])
    assert OUT.read_bytes() == b""
