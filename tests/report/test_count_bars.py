"""Pictures of counts on paper."""

from __future__ import annotations

from xml.etree import ElementTree

from tui_app.report.count_bars import (
    MOST_BARS,
    NO_VALUE,
    CountBar,
    CountsFigure,
    count_bars,
    counts_table,
)
from tui_app.report.svg import WIDTH, counts_svg

SVG = "{http://www.w3.org/2000/svg}"


def figure(totals: dict[str, int], *notes: str, **colours: str) -> CountsFigure:
    of = sum(totals.values())
    table = counts_table("category", totals, of)
    return CountsFigure("Title", "Source", count_bars(totals), of, colours, notes, table)


def test_bars_are_as_long_as_their_counts_and_have_an_edge() -> None:
    """A white bar, of what is not evaluated, would not be seen on paper."""
    drawn = ElementTree.fromstring(counts_svg(figure({"NE": 10, "CR": 40, "": 20}, NE="#ffffff")))
    _, *bars = drawn.findall(f"{SVG}rect")
    widths = [float(bar.attrib["width"]) for bar in bars]
    assert [round(width / widths[1], 2) for width in widths] == [0.25, 1.0, 0.5]
    assert bars[0].attrib["fill"] == "#ffffff"
    assert all(bar.attrib["stroke"] for bar in bars)
    words = [one.text for one in drawn.findall(f"{SVG}text")]
    assert words[:2] == ["Title", "Source"]
    assert words[2:] == ["NE", "10 · 14.3%", "CR", "40 · 57.1%", NO_VALUE, "20 · 28.6%"]


def test_nothing_is_drawn_beyond_the_edge_and_notes_are_wrapped() -> None:
    long = {f"a value that is quite long, number {n}": 10**6 + n for n in range(60)}
    note = "A citation of many words. " * 12
    drawn = ElementTree.fromstring(counts_svg(figure(long, note)))
    height = float(drawn.attrib["height"])
    assert len(drawn.findall(f"{SVG}rect")) == MOST_BARS + 1
    texts = drawn.findall(f"{SVG}text")
    assert max(float(one.attrib["y"]) for one in texts) < height
    assert max(float(one.attrib["x"]) for one in texts) < WIDTH - 100
    assert sum((one.text or "").startswith("A citation") for one in texts) >= 1
    assert max(len(one.text or "") for one in texts) <= 130


def test_rare_values_have_one_bar_and_the_data_has_all() -> None:
    totals = {str(1900 + number): number + 1 for number in range(MOST_BARS + 5)}
    bars = count_bars(totals)
    assert len(bars) == MOST_BARS
    assert [bar.label for bar in bars[:-1]] == list(totals)[6:]
    assert bars[-1] == CountBar("other (6 values)", 1 + 2 + 3 + 4 + 5 + 6)
    assert count_bars({"1999": 1}) == (CountBar("1999", 1, "1999"),)
    table = counts_table("year", {"1999": 1, "2001": 3}, 4, demo="DEMO")
    assert table.columns == ("year", "count", "percent", "source")
    assert table.rows == (("1999", 1, 25.0, "DEMO"), ("2001", 3, 75.0, "DEMO"))


def test_no_markup_of_a_server_gets_in() -> None:
    assert "<script" not in counts_svg(figure({"<script>alert(1)</script>": 1}))
    assert counts_svg(figure({}))
