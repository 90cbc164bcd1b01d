"""Names against all that is saved."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support.kept_taxa import full, keep, listed, page_of, taxon_of
from tests.support.programs import cli
from tests.support.raw_server import http, names, scripted
from tui_app.redlist.errors import RedListError
from tui_app.redlist.names import parse_name
from tui_app.redlist.names_file import read_names
from tui_app.redlist.names_table import parse_list
from tui_app.runs import Service
from tui_app.runs.matching import Matches, look_up, match
from tui_app.settings import Settings
from tui_app.store import NewRun, PageRow, Store

__all__ = ["cli"]

LEO = taxon_of("Inventa leonina", "Ficta leonina")


def test_all_that_is_kept_knows_names_and_full_answers_know_synonyms(store: Store) -> None:
    """Of all runs of a source, the newest one says it."""
    keep(store, page_of(listed("Inventa minor", 11)))
    keep(store, full(LEO, 21))
    newest = keep(
        store, {"sis_id": 1, "taxon": LEO, "assessments": [listed("Inventa leonina", 21)]}
    )
    keep(store, full(taxon_of("Inventa demonstrata", "Ficta demonstrata"), 31), source="demo")
    ficta = parse_name("Ficta leonina")
    others = [parse_name(text) for text in ("Inventa mimor", "Ficta demonstrata")]
    known = look_up(store, "live", [ficta, *others])
    assert (known.accepted(ficta), known.run_of(ficta)) == ("Inventa leonina", newest)
    assert known.near(parse_name("Inventa mimor")) == ("Inventa minor",)
    assert known.accepted(parse_name("Ficta demonstrata")) is None


def test_what_is_deleted_or_no_use_is_left_out(store: Store) -> None:
    """Saved answers are a server's: they may be anything that is JSON."""
    store.delete(keep(store, full(LEO, 21)))
    keep(
        store,
        *([], {"taxon": [1]}, {"taxon": {"scientific_name": 7, "synonyms": 5}}),
        page_of(None, 3, {"taxon_scientific_name": ["x"]}, listed("Inventa minor", 11, extra=None)),
        b'{"assessments": [{"taxon_scientific_name": "Inventa vasta", "n": 1e999}], "filters": 0}',
    )
    asked = ("Ficta leonina", "Inventa vastus", "Inventa minar")
    known = look_up(store, "live", list(map(parse_name, asked)))
    assert known.accepted(parse_name("Ficta leonina")) is None
    assert known.near(parse_name("Inventa vastus")) == ("Inventa vasta",)
    assert known.near(parse_name("Inventa minar")) == ("Inventa minor",)


def test_a_run_of_names_reads_what_is_saved_once(
    cli, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Its end, its sentence, its file and its records look up the same names; each took seconds."""
    store = Store(settings.home)
    keep(store, page_of(listed("Genusaaa aaaenses", 11), listed("Inventa minor", 12)))
    store.close()
    reads: Counter[int] = Counter()
    read = Store.cached_body

    def counting(store: Store, body_id: int) -> bytes:
        reads[body_id] += 1
        return read(store, body_id)

    monkeypatch.setattr(Store, "cached_body", counting)
    missing, *others = names(3)
    Path("names.txt").write_text("\n".join((missing, *others)))
    with scripted(lambda path, nth: http(status=404) if nth else b"") as server:
        base = ("--base-url", server.base_url)
        said = cli("fetch", "species", "--names", "names.txt", *base, "--csv", "names.csv")
        assert f"{missing}: not found; near: Genusaaa aaaenses" in said.err
        assert "Genusaaa aaaenses" in Path("names.csv").read_text("utf-8")
        assert set(reads.values()) == {1}
        # What is saved afterwards is looked at.
        store = Store(settings.home)
        keep(store, page_of(listed("Genusaaa aaaensos", 13)))
        store.close()
        assert "Genusaaa aaaensos" in cli("show", "2", "--rows", "1").out


def matched(store: Store, *lines: str) -> Matches:
    return match(store, read_names(lines))


def row(store: Store, line: str) -> dict[str, object]:
    (found,) = matched(store, line).rows()
    return found


def test_a_name_of_a_list_is_found_in_any_spelling(store: Store) -> None:
    keep(store, page_of(listed("Inventa minor", 11), listed("Inventa minor ssp. alba", 21)))
    for text, number in (("inventa MINOR Mill.", 11), ("Inventa minor alba", 21)):
        found = row(store, text)
        assert (found["outcome"], found["assessment_id"]) == ("found", number)
        assert found["message"] is None


def test_a_synonym_says_of_what_and_from_which_run(store: Store) -> None:
    """The full answer may be a regional assessment; the status comes from any run."""
    run = keep(store, full(LEO, 21) | {"scopes": [{"code": "2"}]})
    keep(store, page_of(listed("Inventa leonina", 22, red_list_category_code="VU")))
    found = row(store, "Ficta leonina")
    assert found["outcome"] == "synonym"
    assert found["message"] == f"synonym of Inventa leonina, from run {run}"
    assert (found["assessment_id"], found["red_list_category_code"]) == (22, "VU")


def test_a_synonym_may_be_told_by_a_relatives_answer(store: Store) -> None:
    """A species' answer lists the names of its subspecies, whose rows are in a list."""
    below = {"scientific_name": "Inventa leonina ssp. alba", "synonyms": [{"name": "Ficta alba"}]}
    keep(store, page_of(listed("Inventa leonina ssp. alba", 31)))
    keep(store, full(LEO | {"infrarank_taxa": [below, None]}, 21))
    found = row(store, "Ficta alba")
    assert (found["outcome"], found["assessment_id"]) == ("synonym", 31)
    assert "Inventa leonina ssp. alba" in str(found["message"])


def test_the_status_is_chosen_among_the_rows_of_all_runs(store: Store) -> None:
    """Latest and global; else latest; else newest."""
    europe = [{"code": "2", "description": {"en": "Europe"}}]
    keep(store, page_of(listed("Inventa minor", 11, year_published="2012")))
    keep(store, page_of(listed("Inventa minor", 12, year_published="2024", scopes=europe)))
    keep(store, page_of(listed("Inventa minor", 13, year_published="2025", latest=False)))
    assert row(store, "Inventa minor")["assessment_id"] == 11


def test_of_two_answers_on_one_assessment_that_of_the_newer_run_holds(store: Store) -> None:
    """A new assessment takes the flag ``latest`` from the one before it."""
    keep(store, full(taxon_of("Inventa minor"), 11, "EN"))
    keep(store, page_of(listed("Inventa minor", 12, year_published="2010", latest=False)))
    assert row(store, "Inventa minor")["assessment_id"] == 11
    keep(
        store,
        page_of(
            listed("Inventa minor", 11, latest=False, year_published="2009"),
            listed("Inventa minor", 12, latest=True, year_published="2010"),
        ),
    )
    assert row(store, "Inventa minor")["assessment_id"] == 12


def test_a_taxon_of_another_rank_stands_in(store: Store) -> None:
    """For a subspecies its species, for a species its only subspecies; of several none."""
    keep(store, page_of(listed("Inventa minor", 11), listed("Ficta magna ssp. alba", 21)))
    assert row(store, "Inventa minor rubra")["assessment_id"] == 11
    assert row(store, "Ficta magna")["assessment_id"] == 21
    keep(store, page_of(listed("Ficta magna ssp. nigra", 31)))
    found = row(store, "Ficta magna")
    assert found["outcome"] == "not found"
    assert found["near_matches"] == "Ficta magna ssp. nigra|Ficta magna ssp. alba"


def test_names_that_are_not_kept_get_those_that_are_spelt_alike(store: Store) -> None:
    keep(store, page_of(listed("Inventa minor", 11)))
    found = matched(store, "Inventa mimor", "Quercus robur", "Inventa sp.", "Inventa minor")
    rows = list(found.rows())
    assert [one["outcome"] for one in rows] == ["not found", "not found", "malformed", "found"]
    assert [one["near_matches"] for one in rows] == ["Inventa minor", None, None, None]
    assert found.counts == {"lines": 4, "not found": 2, "malformed": 1, "found": 1}


def test_demo_rows_are_matched_only_where_there_are_no_others(store: Store) -> None:
    """They have invented names, and are labelled."""
    keep(store, page_of(listed("Inventa minor", 11)), source="demo")
    assert row(store, "Inventa minor")["source"] == "DEMO"
    keep(store, page_of(listed("Ficta magna", 11)))
    found = matched(store, "Inventa minor", "Ficta magna")
    assert [one["outcome"] for one in found.rows()] == ["not found", "found"]
    assert all("source" not in one for one in found.rows())


def test_without_any_taxa_nothing_can_be_matched(store: Store) -> None:
    """A code list is no taxon."""
    run = store.begin(NewRun("live", "v4", "http://h", "asyncio", "a", ("a",), {}))
    body = b'{"threats": [{"code": "1"}]}'
    store.keep(run, [(PageRow(0, None, "/a", 200, 1, None, None, None, body, "threats"), None)])
    with pytest.raises(RedListError, match="no saved taxa"):
        matched(store, "Inventa minor")


def test_a_damaged_answer_is_left_out(service: Service, store: Store) -> None:
    keep(store, page_of(listed("Inventa minor", 11)))
    keep(store, page_of(listed("Ficta magna", 21)))
    with store._file.transaction() as sql:
        sql.execute("UPDATE bodies SET body = replace(body, 'Inventa', 'Inverta')")
    found = service.match(read_names(["Inverta minor", "Ficta magna"]))
    assert [one["outcome"] for one in found.rows()] == ["not found", "found"]


def test_wide_rows_have_what_else_is_known(store: Store, tmp_path: Path) -> None:
    keep(store, full(LEO, 21), page_of(listed("Inventa leonina", 22, code="5_1")))
    (lean,) = matched(store, "Inventa leonina").rows()
    (wide,) = matched(store, "Inventa leonina").rows(wide=True)
    assert wide["possibly_extinct_in_the_wild"] is False
    assert wide["family_name"] == "INVENTIDAE"
    assert list(wide)[: len(lean)] == list(lean)
    assert not {"synonyms", "common_names"} & wide.keys()
    assert not [name for name in wide if name.startswith("own_")]


def test_a_wide_row_loses_no_field_to_a_column_of_the_same_name(store: Store) -> None:
    """Else the user's note stands where the answer's field is expected."""
    keep(store, full(LEO, 21))
    columns = "scientific_name,possibly_extinct_in_the_wild,scopes_code,genus_name\n"
    lines = parse_list([columns, "Inventa leonina,a,b,c"], "names")
    (wide,) = match(store, lines).rows(wide=True)
    assert list(wide.values())[:4] == ["Inventa leonina", "a", "b", "c"]
    assert wide["own_possibly_extinct_in_the_wild"] is False
    assert (wide["own_scopes_code"], wide["own_genus_name"]) == ("1", "Inventa")
