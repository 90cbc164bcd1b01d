"""Reports as files: what is foreign stays text, nothing is loaded, tables are tables."""

from __future__ import annotations

import re
import stat
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from tests.support.hostile import HOSTILE, steers
from tui_app.export.atomic import ExportError
from tui_app.redlist.errors import UsageError
from tui_app.report.figure import Bar, Figure, LineMark, Plot, Table, WaterfallMark
from tui_app.report.html import to_html
from tui_app.report.markdown import to_markdown
from tui_app.report.phases import DARK, LIGHT, Phase
from tui_app.report.report import check_report, write_report
from tui_app.report.words import (
    Command,
    FigurePart,
    Grid,
    Points,
    Report,
    ReportSection,
    Words,
)

LINK = "https://example.org/terms"
TIMES = Figure(
    "Times",
    "of pages",
    "pages",
    "seconds",
    (
        Plot(
            (
                LineMark("sequential", ((1, 1.0), (10, 8.0)), ((1, 0.9), (10, 7.9))),
                LineMark("asyncio", ((1, 1.0), (10, 2.0))),
            ),
            x_ticks=(1, 10),
        ),
    ),
    Table((), ()),
)
FALLS = Figure(
    "Requests",
    "of a run",
    "milliseconds",
    "ms",
    (
        Plot(
            (
                WaterfallMark(
                    "threads",
                    (
                        Bar("page 1", ((Phase.WAIT, 0, 300), (Phase.BODY, 300, 300.1)), "300"),
                        Bar(
                            "page 10",
                            ((Phase.PACED, 0, 200), (Phase.WAIT, 200, 400)),
                            "400",
                            lost=True,
                        ),
                    ),
                ),
            ),
            "threads: 0.4 s",
        ),
    ),
    Table((), ()),
)
GRID = Grid(
    "Seconds",
    ("pages", "method", "median"),
    (("1", "sequential", "1.000"), ("1", "threads", "0.500"), ("10", "threads", "2.000")),
    "rlr",
    heads=2,
    marked=frozenset({(1, 2)}),
)


def report(*sections: ReportSection, words: str = "Plain") -> Report:
    return Report(words, words, (words,), words, (words, "Because."), sections)


EVERYTHING = report(
    ReportSection("Chart", (FigurePart(TIMES), GRID)),
    ReportSection("Requests", (FigurePart(FALLS, GRID), Points(("One.", "Two.")))),
    ReportSection(
        "Terms", (Words(f"See {LINK}, please.", LINK), Command("iucn-tui compare 'a b'"))
    ),
)


def hostile(text: str) -> Report:
    """A report that has ``text`` wherever words stand."""
    grid = Grid(text, (text, text), ((text, text),), "lr", marked=frozenset({(0, 1)}))
    figures = [
        Figure(text, text, text, text, (Plot((mark,), text),), Table((text,), ((text,),)))
        for mark in (LineMark(text, ((1, 1.0),)), WaterfallMark(text, (Bar(text, (), text),)))
    ]
    parts = (
        Words(text),
        Points((text,)),
        grid,
        *(FigurePart(one, grid) for one in figures),
        Command(text),
    )
    return report(ReportSection(text, parts), words=text)


def parsed(page: str) -> ElementTree.Element:
    return ElementTree.fromstring(page)


SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    "text",
    [
        *(one[:2000] for one in HOSTILE.values()),
        "</title></style><script>alert(1)</script><img src='http://evil.test/x'>",
        "\"><svg onload=\"x\"> ' onmouseover='x' javascript:alert(1)",
        "]]> <!-- --!> &lt;b&gt; <?php ?> %3Cscript%3E",
        "| a | b |\n| --- | --- |\n# one\n```\n<b>x</b>\n```` ~~~ [a](http://evil.test) <b>",
        "![x](http://evil.test/x.png) <http://evil.test> http://evil.test www.evil.test $x$ @a",
        "**bold** _em_ ~~s~~ `code` a_b_c",
        "```",
        "www.evil.com",
        "# not a heading",
        "1. not a list",
        "- nor this",
    ],
)
def test_foreign_words_are_words(text: str) -> None:
    """Else the name of an operation runs a script in whoever opens the report."""
    plain = hostile("plain")
    page, tree = to_html(hostile(text)), parsed(to_html(hostile(text)))
    assert steers(page) == ""
    assert [one.tag for one in tree.iter()] == [one.tag for one in parsed(to_html(plain)).iter()]
    assert not [name for one in tree.iter() for name in one.attrib if name.startswith("on")]
    assert links(tree) == []
    said = to_markdown(hostile(text))
    assert steers(said) == ""
    html = MarkdownIt("gfm-like").render(said)
    shape = re.compile(r"<(/?\w+)")
    assert shape.findall(html) == shape.findall(MarkdownIt("gfm-like").render(to_markdown(plain)))


def links(tree: ElementTree.Element) -> list[str]:
    return [
        value
        for one in tree.iter()
        for name, value in one.attrib.items()
        if name.rpartition("}")[2] in ("href", "src", "action", "data", "srcset", "style")
    ]


def test_a_page_loads_nothing_and_may_run_nothing() -> None:
    """Else a report that is opened tells somebody, or shows nothing without a network."""
    page = to_html(EVERYTHING)
    tree = parsed(page)
    assert links(tree) == [LINK]
    tags = {one.tag.removeprefix(SVG) for one in tree.iter()}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "base", "image", "use"})
    (policy,) = (one for one in tree.iter("meta") if one.get("http-equiv"))
    assert policy.get("content") == "default-src 'none'; style-src 'unsafe-inline'"
    (style,) = (one.text or "" for one in tree.iter("style"))
    assert not re.search(r"url\(|@import|@font-face|expression", style)


def test_a_page_says_what_it_holds_to_who_cannot_see_it() -> None:
    tree = parsed(to_html(EVERYTHING))
    assert tree.get("lang") == "en-GB"
    assert [one.text for one in tree.iter("h1")] == ["Plain"]
    assert [one.text for one in tree.iter("h2")] == ["Chart", "Requests", "Terms"]
    for figure in tree.iter(f"{SVG}svg"):
        assert figure.get("role") == "img"
        assert figure.find(f"{SVG}title") is not None
    table = next(tree.iter("table"))
    assert table.findtext("caption") == "Seconds"
    assert [one.get("scope") for one in table.iter("th")] == ["col"] * 3 + ["row"] * 6
    assert [one.text for one in table.iter("strong")] == ["▸ 0.500"]
    # What scrolls by itself can be scrolled by keys, and has a name.
    wide = [one for one in tree.iter("div") if one.get("class") == "wide"]
    assert {one.get("tabindex") for one in wide} == {"0"}
    assert all(one.get("aria-label") for one in wide)


def test_figures_follow_the_page_by_day_and_by_night() -> None:
    """Else a dark page has black words on a dark ground."""
    page = to_html(EVERYTHING)
    drawn_part = page[page.index("<svg") :]
    assert not re.search(r'(fill|stroke)="#', drawn_part)
    assert set(re.findall(r"var\(--(\w+)\)", page)) <= LIGHT.keys()
    assert LIGHT.keys() == DARK.keys()


@pytest.mark.parametrize(
    ("colours", "name"), product((LIGHT, DARK), sorted(LIGHT.keys() - {"ground", "soft", "grid"}))
)
def test_colours_are_told_from_the_ground(colours: dict[str, str], name: str) -> None:
    """WCAG 2.2: 4.5 to 1 for words, 3 to 1 for marks."""
    words = name in ("ink", "grey", "link")
    grounds = ("ground", "soft") if words else ("ground",)
    for ground in grounds:
        assert contrast(colours[name], colours[ground]) >= (4.5 if words else 3)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# -- Markdown ----------------------------------------------------------------------------


def test_markdown_has_the_same_words_in_tables_and_blocks() -> None:
    said = to_markdown(EVERYTHING)
    html = MarkdownIt("gfm-like").render(said)
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]
    assert cells == [
        ["pages", "method", "median"],
        ["1", "sequential", "1.000"],
        ["1", "threads", "<strong>▸ 0.500</strong>"],
        ["10", "threads", "2.000"],
    ]
    assert re.findall(r"<h\d>(.*?)</h\d>", html) == ["Plain", "Chart", "Requests", "Terms"]
    assert re.findall(r'href="(.*?)"', html) == [LINK]
    assert "iucn-tui compare 'a b'" in said
    assert said.count("```") == 2 * 3


def drawn(figure: Figure) -> list[str]:
    """A figure as the Markdown of a report shows it."""
    report = Report("", "", (), "", (), (ReportSection("", (FigurePart(figure),)),))
    return to_markdown(report).partition("```\n")[2].removesuffix("\n```\n").split("\n")


def test_bars_of_characters_are_as_long_as_their_numbers() -> None:
    heading, one, other, ten, last = drawn(TIMES)
    assert heading.split() == ["pages", "seconds", "ideal"]
    bars = [line.rpartition("  ")[2] for line in (one, other, ten, last)]
    assert [len(bar) for bar in bars] == [5, 5, 40, 10]
    assert [line.split()[:3] for line in (one, ten)] == [
        ["1", "sequential", "1.000"],
        ["10", "sequential", "8.000"],
    ]
    assert "7.900" in ten
    assert "0.900" not in other


def test_a_waterfall_of_characters_shows_waiting_and_the_body() -> None:
    note, first, second, blank, legend = drawn(FALLS)
    assert note == "threads: 0.4 s"
    assert first.split() == ["page", "1", "━" * 30, "300", "ms"]
    assert second.split() == ["page", "10", "░" * 20 + "━" * 20 + "✗", "400", "ms"]
    assert first.index("300") == second.index("400")
    assert (blank, legend) == (
        "",
        "░ paced (rate limit)  ━ wait for the first byte  █ body  ✗ failed",
    )


# -- files -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["r.html", "r.HTM", "r.md", "r.markdown"])
def test_the_ending_says_the_format(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    written = write_report(path, EVERYTHING)
    text = path.read_text(encoding="utf-8")
    assert (written.path, written.rows, written.size_bytes) == (path, 0, path.stat().st_size)
    assert text.startswith("<!DOCTYPE html>" if "h" in name.lower() else "# Plain")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("report.pdf", "A report is .html or .md, but report.pdf has '.pdf'."),
        ("report", "A report is .html or .md, but report has no ending."),
        (".html", "A report is .html or .md, but .html has no ending."),
        ("-", "A report can't go to stdout. Give a file name"),
        ("/dev/stdout", "A report can't go to stdout."),
    ],
)
def test_another_ending_is_told(name: str, sentence: str) -> None:
    with pytest.raises(UsageError) as raised:
        check_report(Path(name))
    assert sentence in raised.value.sentence()


def test_what_is_there_stays_where_a_report_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="can't be written"):
        write_report(tmp_path / "no" / "r.html", EVERYTHING)
    (tmp_path / "r.md").write_text("before")
    (tmp_path / "r.md").chmod(stat.S_IRUSR | stat.S_IWUSR)
    write_report(tmp_path / "r.md", EVERYTHING)
    assert stat.S_IMODE((tmp_path / "r.md").stat().st_mode) == 0o600
