"""Names, ids, details, tables and what is kept, from the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.support.kept_taxa import taxon_of
from tests.support.raw_server import http, names, scripted

CROCODILES = "taxa/order/Crocodylia"


def rows(file: str) -> list[dict[str, str]]:
    with Path(file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture
def known(cli, demo) -> list[str]:
    """Names of species that the demo server knows."""
    said = cli("fetch", CROCODILES, "--base-url", demo.base_url, "--csv", "known.csv")
    assert said.code == 0
    names = [row["taxon_scientific_name"] for row in rows("known.csv")]
    return [name for name in dict.fromkeys(names) if len(name.split()) == 2]


def test_each_line_of_a_names_file_has_its_row(cli, demo, known: list[str]) -> None:
    """Else a scientist has to find out which of 4,000 names came to nothing."""
    first, second = known[:2]
    genus, epithet = first.split()
    Path("names.txt").write_bytes(
        f"\ufeffspecies\r\n{first} (Ficta, 1758)\r\n\r\n# a comment\r\n {genus}\u00a0{epithet} \r\n"
        f"{second.upper()}\r\n{genus} {epithet}x\r\n{genus}\r\nNotagenus notaspecies\r\n".encode()
    )
    said = cli(
        *("fetch", "species", "--names", "names.txt", "--base-url", demo.base_url),
        *("--csv", "out.csv", "--json"),
    )
    assert said.code == 3
    found = rows("out.csv")
    assert [(row["line"], row["outcome"], row["same_as"]) for row in found] == [
        ("2", "found", ""),
        ("5", "found", "2"),
        ("6", "found", ""),
        ("7", "not found", ""),
        ("8", "malformed", ""),
        ("9", "not found", ""),
    ]
    assert found[0]["matched_name"] == first
    assert found[0]["red_list_category_code"]
    assert first in found[3]["near_matches"].split("|")
    summary = json.loads(said.out)
    assert summary["lines"] == {
        "lines": 6,
        "malformed": 1,
        "found": 3,
        "not found": 2,
        "duplicates": 1,
    }
    assert summary["requests"] == 4
    assert "line 9, Notagenus notaspecies: not found" in said.err
    assert "line 8" in said.err
    again = cli("export", "last", "--csv", "again.csv")
    assert again.code == 0
    assert Path("again.csv").read_bytes() == Path("out.csv").read_bytes()
    lean = list(found[0])
    assert (lean[:2], lean[-1], len(lean)) == (["species", "line"], "message", 22)
    assert cli("export", "last", "--csv", "wide.csv", "--wide", "--jsonl", "all.jsonl").code == 0
    wide = rows("wide.csv")
    assert [name for name in wide[0] if name in lean] == lean
    assert {"scopes_code", "taxon_authority", "params_genus_name"} <= wide[0].keys()
    assert not [name for name in wide[0] if name.startswith("own_")]
    assert [{name: row[name] for name in lean} for row in wide] == found
    nested = json.loads(Path("all.jsonl").read_text("utf-8").splitlines()[0])
    assert nested["taxon"]["scientific_name"] == first
    assert nested["assessments"][0]["scopes"]


def test_a_user_s_own_table_comes_back_with_its_columns(cli, demo, known: list[str]) -> None:
    """Else results have to be joined with the list by hand; later exports keep them, too."""
    first, second = known[:2]
    table = ["plot;Art;line;note", f'7;{first};x;"a;\nb"', f"8;{second}", "9;Felis 2;;c"]
    Path("t.csv").write_text("\n".join(table), "cp1252")
    fetch = ("fetch", "species", "--names", "t.csv", "--base-url", demo.base_url)
    said = cli(*fetch, "--csv", "out.csv")
    assert (said.code, "Give its heading with --column" in said.err) == (2, True)
    said = cli(*fetch, "--csv", "out.csv", "--column", "Art", "--json")
    assert json.loads(said.out)["lines"] == {
        "lines": 3,
        "found": 2,
        "malformed": 1,
        "duplicates": 0,
    }
    found = rows("out.csv")
    assert list(found[0])[:6] == ["plot", "Art", "line_input", "note", "line", "input"]
    own = [[row[name] for name in ("plot", "Art", "line_input", "note")] for row in found]
    assert own == [["7", first, "x", "a;\nb"], ["8", second, "", ""], ["9", "Felis 2", "", "c"]]
    assert [(row["line"], row["outcome"]) for row in found] == [
        ("2", "found"),
        ("4", "found"),
        ("5", "malformed"),
    ]
    assert cli("export", "last", "--csv", "again.csv").code == 0
    assert Path("again.csv").read_bytes() == Path("out.csv").read_bytes()
    said = cli(*fetch, "--column", "Name")
    assert said.code == 2
    assert "There is no column 'Name' in the list of names" in said.err
    assert "plot, Art, line, note" in said.err


def test_names_come_from_standard_input_and_all_found_ends_with_0(
    cli, demo, known: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else names can't be piped in, or a whole table counts as a part."""
    for heading in ([], ["n,scientificName"]):
        lines = [*heading, *(f"{1},{one}" if heading else one for one in known[:3])]
        piped = io.TextIOWrapper(io.BytesIO("\n".join(lines).encode()))
        monkeypatch.setattr("sys.stdin", piped)
        said = cli(
            *("fetch", "species", "--names", "-", "--base-url", demo.base_url, "--csv", "-", "-q")
        )
        assert said.code == 0
        found = list(csv.DictReader(io.StringIO(said.out, newline="")))
        assert [row["input"] for row in found] == known[:3]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_names_are_read_as_spreadsheets_save_them(
    cli, demo, known: list[str], encoding: str
) -> None:
    """Else a file from a spreadsheet has to be converted by hand."""
    Path("names.txt").write_bytes(f"{known[0]} Müller, 1900\n".encode(encoding))
    said = cli("fetch", "species", "--names", "names.txt", "--base-url", demo.base_url)
    assert said.code == 0, said.err


def test_a_list_of_ids_without_an_id_is_no_list_of_names(cli, demo) -> None:
    """Else the wrong column of a table is told that its texts are no names."""
    Path("ids.csv").write_text("assessment_id,note\n12,one\n13,two\n")
    said = cli(
        *("fetch", "assessments", "--ids", "ids.csv", "--column", "note", "--csv", "out.csv"),
        *("--base-url", demo.base_url),
    )
    assert said.code == 1
    assert "not a number" in said.err
    found = rows("out.csv")
    assert [row["outcome"] for row in found] == ["malformed", "malformed"]
    assert all(row["message"].startswith("not a number") for row in found)
    assert "red_list_category_code" not in found[0]


def test_ids_become_tables_and_a_citation(cli, demo) -> None:
    """Else `--tables` is empty, or says nothing of where its rows are from."""
    assert cli("fetch", CROCODILES, "--base-url", demo.base_url, "--csv", "known.csv").code == 0
    ids = [row["assessment_id"] for row in rows("known.csv")][:5]
    Path("ids.txt").write_text("\n".join([*ids, ids[0], "# none", "nonsense"]))
    said = cli(
        *("fetch", "assessments", "--ids", "ids.txt", "--base-url", demo.base_url),
        *("--tables", "out", "--bibtex", "cite.bib", "--jsonl", "a.jsonl"),
    )
    assert said.code == 3
    assert "5 assessments to the folder out" in said.err
    assert [row["assessment_id"] for row in rows("out/assessments.csv")] == ids
    full = [json.loads(line) for line in Path("a.jsonl").read_text("utf-8").splitlines()]
    threats = [(r["assessment_id"], r["item"], r["code"]) for r in rows("out/threats.csv")]
    assert threats == [
        (str(one["assessment_id"]), str(number), threat["code"])
        for one in full[:5]
        for number, threat in enumerate(one["threats"], 1)
    ]
    assert any(" › " in row["description_full"] for row in rows("out/threats.csv"))
    meta = json.loads(Path("out.meta.json").read_text("utf-8"))
    version = meta["summary"]["red_list_version"]
    assert version
    assert version in Path("cite.bib").read_text("utf-8")


def test_details_merge_into_the_records_and_tables(cli, demo) -> None:
    """Else the details of a list are fetched and can't be got at."""
    base = ("--base-url", demo.base_url)
    said = cli("fetch", CROCODILES, *base, "--details", "--csv", "d.csv", "--tables", "t", "--json")
    assert said.code == 0
    summary = json.loads(said.out)
    assert summary["details"] == summary["details_total"] == summary["records"] == 154
    found = rows("d.csv")
    assert len(found) == len(rows("t/assessments.csv")) == 154
    assert all(row["citation"] and row["taxon_scientific_name"] for row in found)
    assert "154 full assessments" in said.err
    shown = cli("show", "last")
    assert "in full" in shown.out
    assert "154 of 154" in shown.out


def test_asking_again_says_that_nothing_was_asked(cli, demo) -> None:
    """Else the user believes that the server said the same again."""
    fetch = ("fetch", CROCODILES, "--base-url", demo.base_url)
    assert cli(*fetch).code == 0
    said = cli(*fetch, "--json", "--plain")
    summary = json.loads(said.out)
    assert (summary["requests"], summary["reused"], summary["pages"]) == (0, 2, 2)
    assert "2 cached and not requested" in said.err
    assert f"{CROCODILES} page 2  cached, not requested" in said.err
    fresh = json.loads(cli(*fetch, "--json", "--fresh").out)
    assert (fresh["requests"], fresh["reused"]) == (2, 0)


def test_an_intersection_is_one_table(cli, demo) -> None:
    """Else the rows of both lists stand in it."""
    base = ("--base-url", demo.base_url)
    for operation in ("countries/VA", "red_list_categories/EX"):
        assert cli("fetch", operation, *base, "--csv", f"{operation[:4]}.csv").code == 0
    both = {row["assessment_id"] for row in rows("coun.csv")} & {
        row["assessment_id"] for row in rows("red_.csv")
    }
    said = cli(
        *("fetch", "countries/VA", "red_list_categories/EX", "--intersect", *base),
        *("--csv", "both.csv", "--json"),
    )
    assert said.code == 0
    assert {row["assessment_id"] for row in rows("both.csv")} == both
    assert json.loads(said.out)["records"] == len(both) == len(rows("both.csv"))


def test_a_code_with_those_below_it_is_one_table(cli, demo) -> None:
    """Else users fetch and join the codes of a threat one by one."""
    asked = ("conservation_actions/1+", "--pages", "1", "--base-url", demo.base_url)
    said = cli("fetch", *asked, "--csv", "all.csv", "--json")
    assert said.code == 0
    assert "codes below it" not in said.err
    assert json.loads(said.out)["operations"] == ["conservation_actions/1+"]
    found = rows("all.csv")
    assert {row["code"] for row in found} == {"1_1", "1_2"}
    assert cli("export", "last", "--distinct", "--csv", "once.csv").code == 0
    once = {row["assessment_id"]: row["code"] for row in rows("once.csv")}
    assert len(once) == len(rows("once.csv")) < len(found)
    assert set(once.values()) == {"1_1", "1_2", "1_1|1_2"}
    assert cli("fetch", *asked, "--distinct", "--csv", "same.csv", "-q").code == 0
    assert rows("same.csv") == rows("once.csv")
    plan = json.loads(cli("plan", *asked, "--fresh", "--json").out)
    assert (plan["requests"], plan["settings"]["operations"]) == (3, ["conservation_actions/1+"])


def test_a_parent_code_says_that_it_leaves_out_those_below_it(cli, demo) -> None:
    """Else an empty list is taken for the answer: the API lists no code's sub-codes with it."""
    fetch = ("fetch", "conservation_actions/1", "--base-url", demo.base_url)
    said = cli(*fetch, "--csv", "none.csv")
    assert said.code == 0
    assert rows("none.csv") == []
    assert (
        "1 has 2 codes below it that this list doesn't include; use conservation_actions/1+.\n"
    ) in said.err
    assert "below it" not in cli(*fetch, "-q").err
    assert "below it" not in cli("fetch", "conservation_actions/1_1", *fetch[2:]).err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("species",), "needs a list of names. Add --names FILE"),
        (("assessments",), "needs a list of ids. Add --ids FILE"),
        (("species", "--names", "nowhere.txt"), "There is no file nowhere.txt"),
        (("species", "--names", "."), "can't be read"),
        (("species", "--names", "empty.txt"), "The list of names is empty"),
        (("species", "--names", "binary"), "is not text"),
        (("countries/MG", "--names", "empty.txt"), "goes with the operation species"),
        (("countries/MG", "--tables", "t"), "Add --details"),
        (("threats", "--details"), "lists no assessments to follow"),
        (("countries/MG", "--intersect"), "takes two or more operations"),
        (("threats/5+", "--intersect"), "takes two or more operations"),
        (("red_list_categories/VU+",), "red_list_categories has no codes below others"),
        (("threats", "--distinct"), "Only lists of assessments can have duplicates"),
        (("countries/MG", "--details", "--tables", "empty.txt"), "is a file"),
        (("countries/MG", "--details", "--tables", "-"), "can't go to stdout"),
        (("countries/MG", "--parquet", "-"), "can't go to stdout"),
        (("countries/MG", "--details", "--tables", "no/where"), "There is no folder"),
    ],
)
def test_bad_input_is_told_before_anything_is_sent(cli, given: tuple, words: str) -> None:
    """Else an hour's fetch ends with a mistake that could be seen before."""
    Path("empty.txt").write_text("\n# nothing\n")
    Path("binary").write_bytes(b"\x00\xff\xfe\x00" * 10)
    said = cli("fetch", *given, "--base-url", "http://127.0.0.1:9")
    assert said.code == 2
    assert words in said.err
    assert "Traceback" not in said.err
    assert cli("runs").out == ""


def test_tables_of_a_run_without_assessments_are_told(cli, demo) -> None:
    """Else an empty folder looks like a result."""
    assert cli("fetch", CROCODILES, "--base-url", demo.base_url).code == 0
    said = cli("export", "last", "--tables", "t")
    assert said.code == 2
    assert "has no full assessments" in said.err
    assert not Path("t").exists()


def test_a_name_that_does_not_exist_gets_those_that_do(cli, demo, known: list[str]) -> None:
    """Else a slip of the pen looks like a species that was never assessed."""
    genus, epithet = known[0].split()
    said = cli(
        *("fetch", f"taxa/scientific_name?genus_name={genus}&species_name={epithet}x"),
        *("--base-url", demo.base_url),
    )
    assert said.code == 1
    assert f"Did you mean {known[0]}" in said.err


def test_ten_lines_of_a_kind_are_told_and_the_rest_counted(cli, demo) -> None:
    """Else what is wrong is lost in what is wrong as well."""
    lines = [*names(25), *(str(number) for number in range(1, 16))]
    Path("names.txt").write_text("\n".join(lines))
    said = cli("fetch", "species", "--names", "names.txt", "--base-url", demo.base_url, "-q")
    assert said.code == 1
    told = said.err.splitlines()
    assert sum(": not found" in line for line in told) == 10
    assert sum(": malformed" in line for line in told) == 10
    assert "  … and 15 more not found; `iucn-tui export 1 --csv FILE` lists all" in told
    assert "  … and 5 more malformed; `iucn-tui export 1 --csv FILE` lists all" in told


def test_a_synonym_is_told_and_resolved(cli, demo, known: list[str]) -> None:
    """Else a name that the Red List has under another looks like one that was never assessed."""
    base = ("--base-url", demo.base_url)
    Path("known.txt").write_text("\n".join(known))
    assert cli("fetch", "species", "--names", "known.txt", *base, "--jsonl", "k.jsonl").code == 0
    taxa = [json.loads(line)["taxon"] for line in Path("k.jsonl").read_text("utf-8").splitlines()]
    accepted, synonym = next(
        (taxon["scientific_name"], f"{one['genus_name']} {one['species_name']}")
        for taxon in taxa
        for one in taxon["synonyms"]
        if one["genus_name"] and not one["infra_name"]
    )
    Path("old.csv").write_text(f"site,species\n7,{synonym}\n")
    fetch = ("fetch", "species", "--names", "old.csv", *base)
    said = cli(*fetch, "--csv", "-")
    assert said.code == 1
    run = said.err.partition("from run ")[2].split()[0]
    assert f"line 2, {synonym}: synonym of {accepted}, from run {run}" in said.err
    assert "Add --resolve to request the accepted names" in said.err
    said = cli(*fetch, "--resolve", "--csv", "out.csv", "--fresh", "--plain", "--json")
    assert said.code == 0, said.err
    (row,) = rows("out.csv")
    assert (row["site"], row["outcome"], row["matched_name"]) == ("7", "synonym", accepted)
    assert row["assessment_id"]
    assert json.loads(said.out)["requests"] == 2
    assert "Add --resolve" not in said.err
    assert cli("export", "last", "--csv", "again.csv").code == 0
    assert Path("again.csv").read_bytes() == Path("out.csv").read_bytes()
    assert cli("resume", "last").code == 2, "nothing is left to do"
    assert cli("fetch", "countries/VA", "--resolve", *base).code == 2


def test_a_subspecies_that_answers_for_a_species_is_told(cli) -> None:
    """Else its category is taken for the species'."""

    def answer(path: str, nth: int) -> bytes:
        if "genus_name" not in path:
            return http(status=404)
        body = {"taxon": taxon_of("Inventa minor ssp. alba"), "assessments": []}
        return http(json.dumps(body).encode())

    Path("names.txt").write_text("Inventa minor\n")
    with scripted(answer) as host:
        base = ("--base-url", host.base_url, "--rate", "off")
        said = cli("fetch", "species", "--names", "names.txt", *base, "--csv", "out.csv", "--json")
    assert said.code == 0
    assert json.loads(said.out)["lines"]["other rank"] == 1
    assert "line 1, Inventa minor: other rank (Inventa minor ssp. alba)" in said.err
    (row,) = rows("out.csv")
    assert (row["outcome"], row["matched_name"]) == ("other rank", "Inventa minor ssp. alba")


def test_a_workbook_of_names_is_read(cli, demo, known: list[str]) -> None:
    """Most lists of species are workbooks."""
    book = Workbook()
    for row in (["site", "Genus", "Epithet"], [1, *known[0].split()], [2, *known[1].split()]):
        book.active.append(row)
    book.save("names.xlsx")
    fetch = ("fetch", "species", "--names", "names.xlsx", "--base-url", demo.base_url)
    assert cli(*fetch, "--csv", "out.csv").code == 0
    found = rows("out.csv")
    assert [(row["site"], row["input"], row["outcome"]) for row in found] == [
        ("1", known[0], "found"),
        ("2", known[1], "found"),
    ]
    Path("names.xlsx").write_bytes(Path("names.xlsx").read_bytes()[:500])
    said = cli(*fetch)
    assert (said.code, "The workbook can't be read" in said.err) == (2, True)
