"""Figures: the marks are where the numbers say, and nothing in them runs or is fetched."""

from __future__ import annotations

import csv
import re
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tui_app.export.atomic import ExportError
from tui_app.redlist.errors import UsageError
from tui_app.report.figure import (
    DRAWN,
    Bar,
    Figure,
    HistogramMark,
    LaneMark,
    LineMark,
    Plot,
    Table,
    WaterfallMark,
)
from tui_app.report.phases import LIGHT, Phase
from tui_app.report.svg import to_svg, write_figure

SVG = "{http://www.w3.org/2000/svg}"


def figure(*plots: Plot, title: str = "Times") -> Figure:
    return Figure(title, "about", "pages", "s", plots, Table(("a", "b"), ((1, "x,y"), (2, None))))


def drawn(one: Figure) -> ElementTree.Element:
    return ElementTree.fromstring(to_svg(one))


LINES = Plot(
    (
        LineMark("sequential", ((1, 1.0), (10, 10.0)), ideal=((1, 0.9), (10, 9.0))),
        LineMark("asyncio", ((1, 1.0), (10, 2.0)), spread=((10, 1.5, 3.0),)),
        LineMark("a-later-one", ((1, 4.0),)),
    ),
    x_ticks=(1, 10),
)


def test_points_stand_where_their_numbers_say() -> None:
    """Else the picture tells something else than the table."""
    tree = drawn(figure(LINES))
    dots = [(float(c.get("cx", 0)), float(c.get("cy", 0))) for c in tree.iter(f"{SVG}circle")]
    legend, first, last = dots
    assert legend[1] < first[1]
    assert first[0] < last[0]
    zero = max(float(one.get("y1", 0)) for one in tree.iter(f"{SVG}line"))
    # Ten times as long is ten times as high above the axis.
    assert (zero - last[1]) / (zero - first[1]) == pytest.approx(10, rel=0.01)
    lines = list(tree.iter(f"{SVG}polyline"))
    dotted = [one.get("stroke-linecap") == "round" for one in lines]
    # Of an ideal: what is around its dots, then the dots; the first two are the legend's.
    assert dotted == [True, True, False, False, True, True]
    words = [one.text for one in tree.iter(f"{SVG}text")]
    assert {"sequential", "asyncio", "a-later-one", "ideal", "min to max"} <= set(words)


EQUAL = tuple(
    LineMark(method, ((1, 1.0), (10, 2.0)), ideal=((1, 0.99), (10, 1.99)))
    for method in ("threads", "asyncio", "sequential")
)


@pytest.mark.parametrize("log", [False, True])
def test_none_of_equal_lines_hides_another(log: bool) -> None:
    """Else one of two equal methods is missing from the report."""
    tree = drawn(figure(Plot(EQUAL, x_ticks=(1, 10), log=log)))
    lines = list(tree.iter(f"{SVG}polyline"))[2:]  # without the legend's
    solid = [one for one in lines if one.get("stroke-linecap") is None]
    assert len({one.get("points") for one in solid}) == 1
    assert len({one.get("stroke-dasharray") for one in solid}) == len(EQUAL)
    dots = [one for one in lines if one.get("stroke-linecap") and one.get("stroke") != "#ffffff"]
    offsets = {float(one.get("stroke-dashoffset", 0)) for one in dots}
    assert len(offsets) == len(dots) == len(EQUAL)
    every = {float(one.get("stroke-dasharray", "").split()[1]) for one in dots}
    assert max(offsets) - min(offsets) < max(every)
    assert lines.index(solid[-1]) < lines.index(dots[0])
    xs = [float(one.get("cx", 0)) for one in tree.iter(f"{SVG}circle")][1:]
    for polygon in list(tree.iter(f"{SVG}polygon"))[2:]:
        xs.append(float(polygon.get("transform", "").partition("(")[2].split()[0]))
    xs.sort()
    assert len(xs) == 6
    assert min(b - a for a, b in pairwise(xs)) > 8


def test_a_log_scale_has_equal_distances_for_equal_factors() -> None:
    plot = Plot((LineMark("sequential", ((1, 0.1), (10, 1.0), (100, 10.0))),), log=True)
    tree = drawn(figure(Plot(plot.marks, x_ticks=(1, 10, 100), log=True)))
    _, *points = ((float(c.get("cx", 0)), float(c.get("cy", 0))) for c in tree.iter(f"{SVG}circle"))
    for axis in (0, 1):
        first, middle, last = (point[axis] for point in points)
        assert middle - first == pytest.approx(last - middle, abs=0.3)
    words = [one.text for one in tree.iter(f"{SVG}text")]
    assert {"0.1", "0.2", "0.5", "1", "2", "5", "10"} <= set(words)


def test_methods_differ_by_more_than_colour() -> None:
    """Else a reader who sees no colours, or a printer, can't tell them apart."""
    tree = drawn(figure(LINES))
    shapes = {one.get("points") for one in tree.iter(f"{SVG}polygon")}
    assert len(shapes) == 2
    assert len(list(tree.iter(f"{SVG}circle"))) == 3


def test_columns_and_lanes_have_the_size_of_their_numbers() -> None:
    bars = drawn(figure(Plot((HistogramMark("threads", 100.0, 50.0, (1, 0, 2)),), "note")))
    found = [one for one in bars.iter(f"{SVG}rect") if one.get("fill") != "#ffffff"]
    heights = [float(one.get("height", 0)) for one in found]
    assert heights[1] / heights[0] == pytest.approx(2, rel=0.02)
    lanes = drawn(
        figure(Plot((LaneMark("threads", ((0, 1), (1, 4))), LaneMark("threads", ((0, 4),)))))
    )
    found = [one for one in lanes.iter(f"{SVG}rect") if one.get("fill") != "#ffffff"]
    widths = [float(one.get("width", 0)) for one in found]
    assert widths[2] > widths[1] > widths[0] * 2.5
    assert len({one.get("y") for one in found}) == 2
    assert [one.text for one in lanes.iter(f"{SVG}text")].count("threads") == 1


def test_what_a_server_said_is_text_and_nothing_is_loaded() -> None:
    """Else a title runs a script where the file is opened."""
    title = "<script>alert(1)</script> & \x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}"
    svg = to_svg(figure(LINES, title=title))
    tree = ElementTree.fromstring(svg)
    assert not list(tree.iter(f"{SVG}script"))
    assert "\x1b" not in svg
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in svg
    assert svg.count("http") == 1  # the name of the format
    assert "href" not in svg


@pytest.mark.parametrize("plots", [(), (Plot(()),), (Plot((LineMark("asyncio", ((3, 0.0),)),)),)])
def test_nothing_or_one_point_can_be_drawn(plots: tuple[Plot, ...]) -> None:
    assert drawn(figure(*plots)).tag == f"{SVG}svg"


def test_the_picture_and_its_data_are_written(tmp_path: Path) -> None:
    written = write_figure(tmp_path / "times.svg", figure(LINES))
    assert [one.path.name for one in written] == ["times.svg", "times-data.csv"]
    assert [one.size_bytes for one in written] == [one.path.stat().st_size for one in written]
    with (tmp_path / "times-data.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], ["1", "x,y"], ["2", ""]]


def test_a_png_is_drawn_by_its_extra(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    write_figure(tmp_path / "times.PNG", figure(LINES))
    png = (tmp_path / "times.PNG").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20]) == 1720


def test_without_the_extra_the_user_is_told_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(UsageError, match="resvg_py") as raised:
        write_figure(tmp_path / "times.png", figure(LINES))
    assert "iucn-tui[png]" in raised.value.sentence()
    assert list(tmp_path.glob("*times*")) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="can't be written"):
        write_figure(tmp_path / "no" / "times.svg", figure(LINES))


FALL = WaterfallMark(
    "threads",
    (
        Bar(
            "page 1", ((Phase.CONNECT, 0, 10), (Phase.WAIT, 10, 310), (Phase.BODY, 310, 410)), "410"
        ),
        Bar(
            "page 2",
            ((Phase.PACED, 0, 200), (Phase.WAIT, 200, 500), (Phase.RETRY, 500, 800)),
            "800",
            True,
        ),
    ),
)


def test_a_request_s_phases_stand_behind_each_other_and_are_as_long_as_they_took() -> None:
    tree = drawn(figure(Plot((FALL,), "threads: 0.8 s")))
    axis = max(float(one.get("y1", 0)) for one in tree.iter(f"{SVG}line"))
    (label,) = (one for one in tree.iter(f"{SVG}text") if one.text == "page 1")
    height = float(label.get("y", 0)) - 4
    spans = [
        (float(one.get("x1", 0)), float(one.get("x2", 0)))
        for one in tree.iter(f"{SVG}line")
        if one.get("y1") == one.get("y2") == f"{height:g}"
    ]
    assert len(spans) == 3
    assert [end for _, end in spans[:2]] == [start for start, _ in spans[1:]]
    lengths = [end - start for start, end in spans]
    assert lengths[1] / lengths[2] == pytest.approx(3, rel=0.01)
    assert lengths[1] / lengths[0] == pytest.approx(30, rel=0.05)
    assert height < axis
    words = [one.text for one in tree.iter(f"{SVG}text")]
    assert {"410", "800", "threads: 0.8 s", "body", "retry (backoff)", "failed"} <= set(words)
    assert Phase.DECODE.meaning not in words  # there is none


def test_phases_differ_by_more_than_colour() -> None:
    """Else a printer, or a reader who sees no colours, can't tell waiting from receiving."""
    every = Bar("all", tuple((name, 100.0 * n, 100.0 * n + 90) for n, name in enumerate(DRAWN)))
    tree = drawn(figure(Plot((WaterfallMark("asyncio", (every,)),))))
    looks = {
        (one.tag, one.get("stroke-width"), one.get("stroke-dasharray"))
        for one in tree.iter()
        if one.get("stroke") in {LIGHT[phase.key] for phase in DRAWN}
    }
    assert len(looks) == len(DRAWN)


def test_a_body_that_was_here_at_once_is_seen() -> None:
    """Else what all the waiting was for is missing from the picture."""
    fast = Bar("page 1", ((Phase.WAIT, 0, 5000), (Phase.BODY, 5000, 5000.01)))
    tree = drawn(figure(Plot((WaterfallMark("asyncio", (fast,)),))))
    bodies = [one for one in tree.iter(f"{SVG}line") if one.get("stroke") == LIGHT["body"]]
    assert all(float(one.get("x2", 0)) - float(one.get("x1", 0)) >= 2 for one in bodies)
    assert len(bodies) == 2  # with the legend's


def test_a_palette_has_every_colour_of_the_figure() -> None:
    """Else a figure on a dark page has black words."""
    colours = {name: f"var(--{name})" for name in LIGHT}
    svg = to_svg(figure(LINES, Plot((FALL,))), colours)
    assert re.findall(r"#[0-9a-f]{3,6}", svg) == []
    assert "var(--sequential)" in svg


def test_a_bare_figure_has_its_title_for_those_who_cannot_see_it_alone() -> None:
    """Else a page that has a heading above it says everything twice."""
    whole, bare = drawn(figure(LINES)), ElementTree.fromstring(to_svg(figure(LINES), bare=True))
    assert bare.findtext(f"{SVG}title") == "Times"
    words = [[one.text for one in tree.iter(f"{SVG}text")] for tree in (whole, bare)]
    assert set(words[0]) - set(words[1]) == {"Times", "about"}
    assert float(bare.get("height", 0)) < float(whole.get("height", 0))
