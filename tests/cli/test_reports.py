"""Reports from the command line: of what is timed now, or was timed before."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.seconds import decimals_of
from tests.support.secret import SECRET
from tui_app.demo import DemoServer

COMPARE = (
    *("compare", "taxa/order/Crocodylia", "--demo-profile", "fast", "--pages", "1,2"),
    *("--repeats", "1", "--warmup", "0", "--methods", "sequential,threads"),
)


def cells(page: str, table: int) -> list[list[str]]:
    rows = list(ElementTree.parse(page).getroot().iter("table"))[table].iter("tr")
    return [["".join(cell.itertext()) for cell in row] for row in rows]


def test_reports_are_written_beside_all_else(cli, monkeypatch) -> None:
    """Else a class can't be shown what was measured."""
    monkeypatch.setenv("IUCN_REDLIST_KEY", SECRET)
    said = cli(*COMPARE, "--report", "a.html", "--report", "b.MD", "--csv", "c.csv", "--json")
    assert said.code == 0
    *reports, again = said.err.splitlines()[-3:]
    assert reports == ["report to a.html", "report to b.MD"]
    number = json.loads(said.out)["comparison"]
    command = f"iucn-tui compare --again {number}"
    assert again == f"Comparison {number} saved; `{command}` shows it again."
    summary = json.loads(said.out)["summary"]
    digits = decimals_of(row["max"] for row in summary)
    assert [row[:4] for row in cells("a.html", 0)[1:]] == [
        [str(row["pages"]), row["method"], "1", f"{row['median']:.{digits}f}"] for row in summary
    ]
    markdown = Path("b.MD").read_text(encoding="utf-8")
    assert all(f"| {row['median']:.{digits}f} |" in markdown for row in summary)
    assert sorted(path.name for path in Path().iterdir()) == ["a.html", "b.MD", "c.csv"]
    assert cli(*COMPARE, "--report", "a.html", "-q").err == ""


def test_an_earlier_comparison_is_shown_again_and_nothing_is_timed(cli) -> None:
    """Else who forgot --report has to wait once more, for other figures."""
    first = cli(*COMPARE, "--json")
    kept = json.loads(first.out)
    cli(*COMPARE, "-q")
    said = cli("compare", "--again", kept["comparison"], "--json", "--csv", "c.csv")
    assert (said.code, json.loads(said.out), said.err) == (0, kept, "")
    assert len(Path("c.csv").read_text("utf-8").splitlines()) == 1 + 4
    said = cli("compare", "--again", kept["comparison"], "--report", "a.html")
    assert said.err == "report to a.html\n"
    assert said.out.startswith("DEMO")
    digits = decimals_of(row["max"] for row in kept["summary"])
    medians = [f"{row['median']:.{digits}f}" for row in kept["summary"]]
    assert [row[3] for row in cells("a.html", 0)[1:]] == medians
    assert len(json.loads(cli("runs", "--all", "--json").out)) == 8
    newest = json.loads(cli("compare", "--again", "last", "--json").out)
    assert int(newest["comparison"]) > int(kept["comparison"])


def test_the_command_in_a_report_does_it_again(cli) -> None:
    cli(*COMPARE, "--rate", "200", "--seed", "4", "--retries", "2", "--report", "a.md", "-q")
    (line,) = re.findall(r"```sh\n(.*)\n```", Path("a.md").read_text(encoding="utf-8"))
    before = json.loads(cli("compare", "--again", "last", "--json").out)
    said = cli(*shlex.split(line)[1:], "--json", "-q")
    assert said.code == 0
    after = json.loads(said.out)
    for told in (before, after):
        del told["settings"]["base_url"]  # each demo server has a port of its own
        del told["settings"]["written_bare"]["seconds"]
    assert after["settings"] == before["settings"]
    assert after["settings"]["rate"] == 200


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ("--report r.pdf", "A report is .html or .md, but r.pdf has '.pdf'."),
        ("--report r", "A report is .html or .md, but r has no ending."),
        ("--report -", "A report can't go to stdout. Give a file name"),
        ("--report a.html --report -", "A report can't go to stdout."),
        ("--report nope/r.html", "There is no folder"),
        ("--report r.html --report ./r.html", "Two exports would write "),
        ("--csv r.html --report r.html", "Two exports would write "),
        ("--again last", "There are no saved comparisons. Run `iucn-tui compare` first."),
        ("--again 12", "There is no comparison 12."),
        ("--again x", "'x' is not a comparison's id."),
        ("--again last threats", "which threats can't change."),
        ("--again last --pages 3", "which --pages can't change."),
        ("--again last --no-shuffle", "which --no-shuffle can't change."),
        ("--again last --demo-profile fast", "which --demo-profile can't change."),
        ("--again last --latest", "which --latest can't change."),
        ("--again last --param a=b", "which --param can't change."),
        ("--again last --live", "which --live can't change."),
    ],
)
def test_what_can_be_no_report_is_told_before_anything_is_timed(
    cli, args: str, sentence: str
) -> None:
    said = cli("compare", *args.split())
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert "warm-up" not in said.err
    assert list(Path().iterdir()) == []


def test_figures_are_kept_where_a_report_cannot_be_written(cli) -> None:
    """Else minutes of measurements are lost to a full disk, or a folder that is closed."""
    Path("full.html").symlink_to("/dev/full")
    said = cli(*COMPARE, "--report", "full.html", "--report", "/proc/r.md", "--report", "good.md")
    assert said.code == 3
    assert "full.html can't be written: No space left on device." in said.err
    assert "/proc/r.md can't be written" in said.err
    assert "speed-up" in said.out
    assert "report to good.md" in said.err
    (advice,) = re.findall(r"`iucn-tui (.*) --report FILE` writes the report elsewhere", said.err)
    assert cli(*advice.split(), "--report", "elsewhere.md").code == 0
    assert Path("elsewhere.md").read_bytes() == Path("good.md").read_bytes()


def comparing(server: DemoServer, *more: str) -> subprocess.Popen[str]:
    """A comparison with a report, in a process of its own that can be stopped."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tui_app", "compare", "countries/VA", "--pages", "5"),
            *("--base-url", server.base_url, "--report", "a.html", *more),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_what_was_timed_before_ctrl_c_is_reported(cli) -> None:
    with DemoServer("fast", delay=0.05) as server:
        process = comparing(server, "--warmup", "0", "--repeats", "50")
        assert process.stderr is not None
        for _ in range(2):
            assert "/150 " in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "report to a.html" in err
    assert "speed-up" in out
    page = ElementTree.parse("a.html").getroot()
    (notice,) = (one.text or "" for one in page.iter("p") if one.get("class") == "notice")
    assert re.match(r"Incomplete: the comparison ended after \d+ of 150 runs;", notice)


def test_of_nothing_that_was_timed_there_is_no_report(cli) -> None:
    """Else a page without figures looks like a result."""
    with DemoServer("fast", delay=0.3) as server:
        process = comparing(server)
        assert process.stderr is not None
        assert "warm-up" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "The comparison has no timed runs to report." in err
    assert "writes it elsewhere" not in err
    assert not Path("a.html").exists()
