"""After a fetch at a terminal: the first rows, and the next command."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.support.programs import Said
from tests.support.repeatable import given
from tests.support.scopes import EUROPE, GLOBAL, row, scoped_list
from tests.support.terminal import at_a_terminal
from tui_app.cli import output
from tui_app.runs.preview import preview_lines

TABLE = """\
name             category  year  scope
Inventa prima    VU        2012  Europe
Inventa prima    VU        2008  Global
Inventa secunda  VU        2010  Europe
Inventa secunda  VU        2020  Mediterranean
Inventa tertia   VU        1996  Global
"""


@pytest.fixture
def fetch() -> Iterator[tuple[str, ...]]:
    """A fetch of a list whose rows have several scopes."""
    with scoped_list() as host:
        yield "fetch", "countries/MG", "--base-url", host.base_url


@pytest.fixture
def at_terminal(cli, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Runs a command whose stderr is a terminal; leaves out the progress bar."""

    def run(*args: str) -> Said:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        return cli(*args, "--plain")

    monkeypatch.setattr(output, "find_spec", lambda name: None)
    return run


def after(said: Said) -> str:
    """What comes after the run's outcome."""
    lines = said.err.splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if line.startswith("name ")), len(lines))
    return "".join(lines[first:])


def test_a_terminal_shows_five_rows_and_the_next_command(
    at_terminal: Callable[..., Said], fetch: tuple[str, ...]
) -> None:
    """Else a first look at what was fetched takes another command, and one has to know which."""
    said = at_terminal(*fetch)
    assert said.code == 0
    assert after(said) == f"{TABLE}Next: iucn-tui export 1 --csv countries-mg.csv\n"
    assert said.out == ""


def test_the_next_command_is_one_of_a_shell_and_works(
    cli, at_terminal: Callable[..., Said], fetch: tuple[str, ...]
) -> None:
    """Else what is proposed ends with an error."""
    said = at_terminal(fetch[0], "taxa/family/Felidae & co", *fetch[2:], "--one-per-taxon")
    (command,) = re.findall(r"Next: iucn-tui (.*)", said.err)
    assert command == "export 1 --one-per-taxon --csv felidae-co.csv"
    assert cli(*command.split()).code == 0
    assert len(Path("felidae-co.csv").read_text().splitlines()) == 5
    assert "Inventa prima    VU        2008  Global\nInventa secunda  VU        2020" in said.err


@pytest.mark.parametrize(
    "more", [("-q",), ("--json",), ("--csv", "-"), ("--jsonl", "/dev/stdout"), ("--bibtex", "-")]
)
def test_what_a_script_reads_has_none_of_it(
    at_terminal: Callable[..., Said], fetch: tuple[str, ...], more: tuple[str, ...]
) -> None:
    """Else a table stands between the lines of another one."""
    said = at_terminal(*fetch, *more)
    assert said.code == 0
    assert after(said) == ""
    assert "Next:" not in said.err
    assert "Next:" not in said.out


def test_a_pipe_has_none_of_it(cli, fetch: tuple[str, ...]) -> None:
    """Else logs get longer."""
    assert "Next:" not in cli(*fetch).err


def test_files_that_are_written_need_no_export(
    at_terminal: Callable[..., Said], fetch: tuple[str, ...]
) -> None:
    """Else the next command is the one that was just carried out."""
    said = at_terminal(*fetch, "--csv", "a.csv")
    assert after(said) == f"{TABLE}Next: iucn-tui show 1 --counts\n"


def test_a_workbook_is_proposed_where_it_can_be_written(
    at_terminal: Callable[..., Said], fetch: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next command is refused, or nobody hears of workbooks."""
    found = {"openpyxl": ModuleSpec("openpyxl", None)}
    monkeypatch.setattr(output, "find_spec", found.get)
    assert "Next: iucn-tui export 1 --xlsx countries-mg.xlsx\n" in at_terminal(*fetch).err


def test_nothing_that_arrived_is_nothing_to_show(
    at_terminal: Callable[..., Said], fetch: tuple[str, ...]
) -> None:
    """Else a table of nothing hides the error."""
    Path("names.txt").write_text("nonsense\n")
    said = at_terminal(fetch[0], "species", *fetch[2:], "--names", "names.txt")
    assert said.code == 1
    assert "Next:" not in said.err
    Path("names.txt").write_text("Inventa prima\n")
    said = at_terminal(fetch[0], "species", *fetch[2:], "--names", "names.txt")
    assert "Inventa prima" in after(said)
    assert "Next: iucn-tui export 2 --csv species.csv\n" in said.err


def test_a_real_terminal_shows_it_below_the_progress_bar(fetch: tuple[str, ...]) -> None:
    """The bar is gone when the table comes."""
    code, said = at_a_terminal(*fetch, when=b"Next:", act=lambda process, terminal: None)
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.replace("\r\n", "\n"))
    assert TABLE in plain
    assert re.search(r"Next: iucn-tui export 1 --(csv|xlsx) countries-mg\.(csv|xlsx)\n$", plain)


# -- the table ---------------------------------------------------------------------------


def test_flags_stand_beside_the_category() -> None:
    """As index calculations want them."""
    extinct = row(1, 1, 2020, GLOBAL, EUROPE, latest=True) | {
        "red_list_category_code": "CR", "possibly_extinct": True,
    }  # fmt: skip
    line = "Inventa prima  CR(PE)    2020  Global, Europe"
    assert preview_lines([extinct], 80)[1] == line


def test_records_without_a_name_show_their_first_fields() -> None:
    """Else a list of codes is a table of nothing."""
    codes = [{"description": {"en": "Mining"}, "code": "3_2"}, {"code": "3_3", "description": None}]
    assert preview_lines(codes, 80) == ["description  code", "Mining       3_2", "             3_3"]
    assert preview_lines([{"count": 0}], 80) == ["count", "0"]
    assert preview_lines([], 80) == preview_lines([{}], 80) == []


def test_long_cells_are_cut_and_can_not_steer_the_terminal() -> None:
    """Else a server's text clears the screen, or the table falls apart."""
    evil = row(1, 1, 2020, ("2", "\x1b[2JEurope" + "e" * 300), latest=True)
    evil["taxon_scientific_name"] = "\u6f22\u5b57" * 60 + "\u202e"
    lines = preview_lines([evil, row(2, 2, 2021, GLOBAL, latest=True)], 80)
    assert all(cell_len(line) <= 80 and line.isprintable() for line in lines)
    assert lines[1].count("…") == 2
    assert "VU" in lines[1]
    assert "2020" in lines[1]


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=90),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["taxon_scientific_name", "taxon", "scopes", "year_published", "category", "x"]
)


@given(st.lists(st.dictionaries(FIELDS | st.text(max_size=20), JSON, max_size=3), max_size=3))
def test_any_records_fit(records: list[dict[str, Any]]) -> None:
    """Else a field that nobody has seen yet ends a fetch with a traceback."""
    lines = preview_lines(json.loads(json.dumps(records)), 80)
    assert all(cell_len(line) <= 80 and line.isprintable() for line in lines)
