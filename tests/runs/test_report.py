"""Reports of comparisons: their numbers are the comparison's, and they give nobody away."""

from __future__ import annotations

import json
import platform
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, Final
from xml.etree import ElementTree

import pytest

from tests.support.hostile import HOSTILE, steers
from tests.support.raw_server import http, number_of, page, scripted
from tests.support.seconds import decimals_of
from tests.support.servers import StopAfter
from tests.support.store_rows import attempt
from tui_app.compare.comparison import Comparison
from tui_app.compare.explanation import comparison_sentence, explain
from tui_app.compare.statistics import Latency, TimedRun, summarise
from tui_app.redlist import make_query
from tui_app.redlist.citation import SITE, TERMS
from tui_app.redlist.errors import UsageError
from tui_app.redlist.text import seconds_figure
from tui_app.report.figure import MOST_ROWS, Bar, median_run, times_plot, waterfall_figure
from tui_app.report.html import to_html
from tui_app.report.markdown import to_markdown
from tui_app.report.phases import Phase
from tui_app.report.report import make_report
from tui_app.report.words import FigurePart, Grid, Points, Report, Words
from tui_app.runs import Service
from tui_app.settings import Settings
from tui_app.store import AttemptRow, Store

METHODS = ("sequential", "threads", "asyncio")
SETTINGS: dict[str, Any] = {
    "source": "live", "api": "v4", "base_url": "https://api.iucnredlist.org",
    "demo_profile": None, "operations": ["countries/VA?latest=true"], "methods": list(METHODS),
    "pages": [1, 3], "concurrency": 8, "rate": 2.0, "window": "90/120", "repeats": 3,
    "warmup": 1, "shuffle": True, "seed": 5, "retries": 5, "timeout": 60.0,
    "connect_timeout": 10.0, "same_answers": True, "screen": None,
    "environment": {"iucn-tui": "0.1.0", "processors": 2},
}  # fmt: skip
SECTIONS = (
    "Execution time by page count",
    "Where the time went at 3 pages",
    "Requests over time at 3 pages",
    "Settings",
    "Versions and machine",
    "How it was measured",
    "Data source",
    "Start, and the command to repeat it",
)


def timed(method: str, pages: int, *seconds: float, **more: Any) -> list[TimedRun]:
    terms = {"pace": 0.5, "latency": 0.2, "cpu": 0.01}
    return [
        TimedRun(
            *(method, pages, repeat, repeat, one, one * 0.9, pages, 0, Latency(p50=100.0)),
            **{"run": f"{method}{repeat}", "limit": "pace", "terms": terms, **more},
        )
        for repeat, one in enumerate(seconds, start=1)
    ]


REPLAY: Final = {
    "replay_of": "7", "base_url": "http://127.0.0.1:8", "fetched_utc": "2026-11-20T10:00:00+00:00",
    "replayed_base_url": "https://api.iucnredlist.org",
}  # fmt: skip


def comparison(**settings: Any) -> Comparison:
    runs = [
        run
        for pages in (1, 3)
        for number, method in enumerate(METHODS)
        for run in timed(method, pages, *(pages * 0.3 / (number + 1) + k / 100 for k in range(3)))
    ]
    return Comparison(
        {**SETTINGS, **settings}, tuple(runs), tuple(summarise(runs, METHODS)),
        comparison="1", created_utc="2026-11-25T21:18:18+00:00",
    )  # fmt: skip


def kept(run: str) -> list[AttemptRow]:
    return [attempt(number, started=0.1, sent=0.11, headers=0.4, body=0.5) for number in range(3)]


def part(report: Report, heading: str, sort: type) -> Any:
    (section,) = (one for one in report.sections if one.heading == heading)
    return next(one for one in section.parts if isinstance(one, sort))


# -- of a comparison that was made -----------------------------------------------------------


@pytest.fixture
def made(service: Service, settings: Settings) -> Comparison:
    settings = replace(settings, page_counts=(1, 3), repeats=2, warmup=0, seed=3)
    return service.compare(make_query(["taxa/class/REPTILIA"]), settings)


def test_a_report_tells_the_comparison_s_own_figures(
    service: Service, made: Comparison, tmp_path: Path
) -> None:
    """Else a class is shown numbers that nobody measured."""
    written = service.report(made, tmp_path / "r.html")
    assert written.size_bytes == (tmp_path / "r.html").stat().st_size
    tree = ElementTree.parse(tmp_path / "r.html").getroot()
    assert [one.text for one in tree.iter("h2")] == list(SECTIONS)
    times, where, requests = [
        [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]
        for table in tree.iter("table")
    ][:3]
    digits = decimals_of(row.max for row in made.summary)
    assert [row[:8] for row in times[1:]] == [
        [
            *(str(row.pages), row.method, "2", f"{row.median:.{digits}f}"),
            *(f"{row.min:.{digits}f}", f"{row.max:.{digits}f}", "–", f"{row.ideal:.{digits}f}"),
        ]
        for row in made.summary
    ]
    assert [row[-1] for row in times[1:]] == [row.gain for row in made.summary]
    largest = [row for row in made.summary if row.pages == 3]
    assert [row[:7] for row in where[1:]] == [
        [
            *(row.method, f"{row.median:.{digits}f}", f"{row.network:.{digits}f}"),
            *(f"{row.pace_wait:.{digits}f}", f"{row.own:.{digits}f}"),
            *(f"{row.over_ideal:.3f}", f"{row.cpu_ms:.2f}"),
        ]
        for row in largest
    ]
    terms = {"latency": "latency", "cpu": "processor", "link": "link"}
    for row, cells in zip(largest, where[1:], strict=True):
        assert row.terms is not None
        at = where[0].index(terms[row.limit])
        assert cells[at] == f"▸ {row.terms[row.limit]:.{digits}f}"
        assert [cell.startswith("▸") for cell in cells].count(True) == 1
    # Of each method the run with the median time, each request of it a row.
    assert [row[:2] for row in requests[1:]] == [
        [method, f"page {number}"] for method in METHODS for number in (1, 2, 3)
    ]
    for place, method in enumerate(METHODS):
        run = median_run(made, method)
        attempts = service.attempts(run.run)
        totals = [float(row[-1].replace(",", "")) for row in requests[1:]][place * 3 :]
        for one, total in zip(attempts, totals, strict=False):
            assert total == pytest.approx(1000 * (one.decoded - one.started), rel=0.06, abs=0.6)
    said = "".join(tree.itertext())
    assert comparison_sentence(made) in said
    for sentence in explain(made):
        assert sentence in said
    assert "DEMO: synthetic data" in said
    assert "shuffled within each round (random seed 3)" in said
    assert "All runs received the same responses." in said
    assert made.settings["environment"]["system"] in said


def test_a_report_of_an_earlier_comparison_is_the_same(
    service: Service, made: Comparison, tmp_path: Path
) -> None:
    assert service.comparison("last") == service.comparison(made.comparison) == made
    for name in ("a.md", "a.html"):
        service.report(made, tmp_path / name)
        before = (tmp_path / name).read_bytes()
        service.report(service.comparison("last"), tmp_path / name)
        assert (tmp_path / name).read_bytes() == before


def test_both_formats_say_the_same(service: Service, made: Comparison, tmp_path: Path) -> None:
    for name in ("a.md", "a.html"):
        service.report(made, tmp_path / name)
    tree = ElementTree.parse(tmp_path / "a.html").getroot()
    markdown = (tmp_path / "a.md").read_text(encoding="utf-8").replace("\\", "")
    for sort in ("h1", "h2", "li", "p", "code"):
        for one in tree.iter(sort):
            assert "".join(one.itertext()) in markdown
    blocks = re.findall(r"```\n(.*?)```", markdown, re.DOTALL)
    assert len(blocks) == 2
    times = {"s": 1, "ms": 1000}[times_plot(made.summary).y_unit]
    assert all(seconds_figure(row.median * times, 3) in blocks[0] for row in made.summary)
    assert blocks[1].count("page 3") == 3


def test_where_runs_are_gone_their_requests_are_left_out(
    service: Service, store: Store, made: Comparison, tmp_path: Path
) -> None:
    """Else a comparison whose runs were deleted can't be told of any more."""
    gone = median_run(made, "threads").run
    service.delete(gone)
    store.forget(gone)
    service.report(made, tmp_path / "a.md")
    said = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert "The requests of threads have been deleted." in said
    assert "asyncio: " in said
    nothing = make_report(made, lambda run: ())
    assert part(nothing, "Requests over time at 3 pages", Words).text.endswith(
        "sequential, threads, asyncio have been deleted."
    )


def test_the_version_is_that_of_the_same_day(
    service: Service, store: Store, made: Comparison, tmp_path: Path
) -> None:
    """Else a report of last year's comparison cites this year's Red List."""
    server = SETTINGS["base_url"]
    live = replace(made, settings={**made.settings, "source": "live", "base_url": server})
    store.set_source_version(server, "2026-2")
    path = tmp_path / "r.md"
    service.report(live, path)
    assert "IUCN 2026. " in path.read_text(encoding="utf-8")
    service.report(replace(live, created_utc="2025-11-25T21:18:18+00:00"), path)
    assert "The version is unknown" in path.read_text(encoding="utf-8")


def test_a_stopped_comparison_says_so_at_its_top(
    server: Callable[..., Any], service: Service, tmp_path: Path
) -> None:
    host = server(delay=0.01)
    settings = host.settings(tmp_path, page_counts=(4,), repeats=2, warmup=0, shuffle=False)
    stop = StopAfter(6)
    outcome = service.compare(
        make_query(["countries/VA"]), settings, observer=stop, cancel=stop.cancel
    )
    report = make_report(outcome, service.attempts)
    assert report.notices[0].startswith(
        "Incomplete: the comparison ended after 1 of 6 runs; the results below are of that run"
    )
    assert re.fullmatch(r"4 pages took [\d.]+ m?s by sequential\.", report.headline)
    service.report(outcome, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.index("Incomplete") < page.index("4 pages took") < page.index("<h2>")
    with pytest.raises(UsageError, match="no timed runs"):
        service.report(replace(outcome, runs=(), summary=()), tmp_path / "none.html")
    assert not (tmp_path / "none.html").exists()


def test_requests_that_failed_and_were_made_good_are_seen(service: Service, tmp_path: Path) -> None:
    def answer(path: str, nth: int) -> bytes:
        wrong = number_of(path) == 2 and nth == 1
        lost = number_of(path) == 3
        return http(status=503) if wrong or lost else page(number_of(path), 3)

    with scripted(answer) as host:
        settings = Settings(
            source="live", base_url=host.base_url, home=tmp_path, methods=("threads",),
            page_counts=(3,), concurrency=3, retries=1, warmup=0, repeats=1,
        )  # fmt: skip
        outcome = service.compare(make_query(["countries/VA"]), settings)
    report = make_report(outcome, service.attempts)
    assert report.notices == (
        "Incomplete: 1 request failed after all retries, so some runs lack pages.",
    )
    figure = part(report, "Requests over time at 3 pages", FigurePart).figure
    (fall,) = figure.plots[0].marks
    good, again, lost = fall.bars
    assert Phase.RETRY not in {phase for phase, _, _ in good.spans}
    assert [phase for phase, _, _ in again.spans].count(Phase.WAIT) == 2
    assert Phase.RETRY in {phase for phase, _, _ in again.spans}
    assert [good.lost, again.lost, lost.lost] == [False, False, True]
    assert "✗" in to_markdown(report)
    assert "| pace wait | retries | rest |" in to_markdown(report)


# -- of figures that are made up ---------------------------------------------------------------


def test_the_way_through_a_report_is_the_one_that_is_promised() -> None:
    outcome = comparison()
    report = make_report(outcome, kept, "2025-1")
    assert [one.heading for one in report.sections] == list(SECTIONS)
    assert report.title == "Fetching countries/VA?latest=true: sequential, threads and asyncio"
    assert report.subtitle == (
        "countries/VA?latest=true · api.iucnredlist.org · up to 8 in flight · "
        "rate limit 2 requests a second, 90 requests in 120 s · 2026-11-25 21:18 UTC"
    )
    assert report.notices == ()
    assert report.reasons == tuple(explain(outcome))
    times = part(report, SECTIONS[0], Grid)
    assert times.rows[3][:2] == ("3", "sequential")
    assert re.fullmatch(r"0\.900–0\.920", times.rows[3][6])
    figure = part(report, SECTIONS[0], FigurePart).figure
    first = figure.plots[0].marks[0]
    ms = [(count, times_of(outcome, count) * 1000) for count in (1, 3)]
    assert first.points == pytest.approx(ms)
    assert all(mark.spread and mark.ideal for mark in figure.plots[0].marks)


def times_of(outcome: Comparison, pages: int) -> float:
    return median(
        run.seconds for run in outcome.runs if (run.method, run.pages) == ("sequential", pages)
    )


def test_the_run_with_the_median_time_is_shown() -> None:
    runs = timed("threads", 3, 3.0, 1.0, 2.0)
    odd = Comparison({}, tuple(runs), tuple(summarise(runs, METHODS)))
    assert median_run(odd, "threads").seconds == 2.0
    runs = timed("threads", 3, 3.0, 1.0, 2.0, 4.0)
    even = Comparison({}, tuple(runs), tuple(summarise(runs, METHODS)))
    assert median_run(even, "threads").seconds == 2.0


def test_phases_are_those_that_were_measured() -> None:
    tries = [
        attempt(0, queued=0.0, started=0.5, sent=0.51, headers=0.9, body=1.0, decoded=1.01,
                pace_wait_s=0.25),
        attempt(1, 1, kind="server", final=False, started=0.5, sent=0.5, headers=0.6, body=None,
                decoded=None),
        attempt(1, 2, started=1.0, sent=1.0, headers=1.2, body=1.2, decoded=1.2),
        attempt(2, kind="connection", started=0.7, sent=None, headers=None, body=None,
                decoded=None),
        attempt(3, kind="cancelled", started=None, sent=None, headers=None, body=None,
                decoded=None),
    ]  # fmt: skip
    (plot,) = waterfall_figure([(timed("threads", 4, 1.0)[0], tries)], "about").plots
    (fall,) = plot.marks
    first, again, refused, never = fall.bars
    assert first.label == "page 1"
    assert rounded(first) == [
        (Phase.PACED, 250, 500),
        (Phase.CONNECT, 500, 510),
        (Phase.WAIT, 510, 900),
        (Phase.BODY, 900, 1000),
        (Phase.DECODE, 1000, 1010),
    ]
    assert (first.figure, first.lost) == ("510", False)
    assert rounded(again) == [
        *(
            (Phase.WAIT, 500, 600),
            (Phase.RETRY, 600, 1000),
            (Phase.WAIT, 1000, 1200),
            (Phase.BODY, 1200, 1200),
        )
    ]
    assert (refused.spans, refused.figure, refused.lost) == ((), "", True)
    assert (never.spans, never.figure) == ((), "")


def rounded(bar: Bar) -> list[tuple[str, int, int]]:
    return [(phase, round(start), round(end)) for phase, start, end in bar.spans]


def test_of_many_requests_the_first_are_drawn_and_it_is_said() -> None:
    """Else the picture of a thousand pages is as long as a street."""
    run, tries = timed("threads", 500, 1.0)[0], [attempt(number) for number in range(500)]
    figure = waterfall_figure([(run, tries)], "about", several=True)
    (plot,) = figure.plots
    assert len(plot.marks[0].bars) == MOST_ROWS == len(figure.data.rows)
    assert plot.note == "threads: 1.00 s, the first 60 of 500 requests"
    assert plot.marks[0].bars[1].label == "a page 2"


@pytest.mark.parametrize(
    ("settings", "version", "said", "links"),
    [
        ({}, "2025-1", "IUCN 2025. The IUCN Red List of Threatened Species. Version 2025-1.", 2),
        ({}, None, "The version is unknown", 2),
        ({"source": "demo", "demo_profile": "fast"}, None, "not to be cited", 0),
        ({"base_url": "https://example.org"}, None, "from example.org, not from the Red", 0),
        ({"base_url": "http://127.0.0.1:8"}, None, "from a server on this machine", 0),
        (
            REPLAY,
            "2025-1",
            "IUCN 2025. The IUCN Red List of Threatened Species. Version 2025-1.",
            2,
        ),
        (
            {**REPLAY, "replayed_base_url": "https://example.org"},
            None,
            "from a replay of run 7 (ex",
            0,
        ),
    ],
)
def test_whose_data_it_was_is_told(
    settings: dict[str, Any], version: str | None, said: str, links: int
) -> None:
    """Else invented data are cited, or real ones are not."""
    report = make_report(comparison(**settings), kept, version)
    (section,) = (one for one in report.sections if one.heading == "Data source")
    assert said in " ".join(one.text for one in section.parts if isinstance(one, Words))
    page = to_html(report)
    assert re.findall(r'href="(.*?)"', page) == [SITE, TERMS][:links]
    assert ("DEMO" in page) == (settings.get("source") == "demo")


def test_a_replay_is_told_and_repeated_as_one() -> None:
    """Else its times pass for those of a server, and its command asks a port that is gone."""
    report = make_report(comparison(**REPLAY), kept)
    assert "a replay of run 7 (api.iucnredlist.org, fetched 2026-11-20)" in report.subtitle
    assert report.notices[0].startswith("Replay of run 7: this machine served its saved responses")
    assert "127.0.0.1" not in to_markdown(report)
    assert command_of(**REPLAY)[:4] == ["iucn-tui", "compare", "--source", "7"]
    demo = make_report(comparison(**REPLAY, source="demo", demo_profile="fast"), kept)
    assert "a replay of run 7 (synthetic data, fetched 2026-11-20)" in demo.subtitle


def test_how_it_was_measured_follows_the_settings() -> None:
    def how(**settings: Any) -> str:
        report = make_report(comparison(**settings), kept)
        return " ".join(part(report, "How it was measured", Points).items)

    assert "3 times at each page count" in how()
    assert "Each method first ran once at the lowest page count" in how()
    assert "shuffled within each round (random seed 5)" in how()
    assert "All runs received the same responses." in how()
    assert "screen" not in how()
    other = how(shuffle=False, warmup=0, same_answers=False, screen=0.031, repeats=2)
    assert "as listed, not shuffled" in other
    assert "There were no warm-up runs" in other
    assert "did not all receive the same responses" in other
    assert "used 3.1% of a processor" in other
    assert "twice at each" in other


def command_of(**settings: Any) -> list[str]:
    report = make_report(comparison(**settings), kept)
    (section,) = (one for one in report.sections if one.heading == SECTIONS[-1])
    return shlex.split(section.parts[-1].line)


def test_the_command_does_it_again() -> None:
    """Else nobody can check what a report says."""
    assert command_of() == shlex.split(
        "iucn-tui compare countries/VA?latest=true --source live --live "
        "--methods sequential,threads,asyncio --pages 1,3 --concurrency 8 --rate 2 "
        "--window 90/120 --repeats 3 --warmup 1 --shuffle --seed 5"
    )
    other = command_of(
        source="demo", demo_profile="notebook", api="v3", rate=None, window=None, shuffle=False,
        retries=2,
        connect_timeout=2.5, operations=["a b'; rm -rf ~", "$(id)"],
    )  # fmt: skip
    assert other[2:9] == [
        *("a b'; rm -rf ~", "$(id)", "--api", "v3", "--source", "demo", "--demo-profile")
    ]
    assert {"off", "--no-shuffle", "--connect-timeout", "2.5"} <= set(other)
    assert "--live" not in other


def test_a_report_does_not_tell_whose_machine_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(platform, "node", lambda: "Marias-Laptop.lan")
    for host in ("marias-laptop", "marias-laptop.lan", "MARIAS-LAPTOP.local:8808"):
        report = make_report(comparison(base_url=f"http://{host}"), kept)
        for text in (to_html(report), to_markdown(report)):
            assert "marias" not in text.lower()
            assert str(tmp_path) not in text
    assert "http://localhost:8808" in command_of(base_url="http://marias-laptop:8808")
    # A name that only begins alike is another machine's.
    monkeypatch.setattr(platform, "node", lambda: "api")
    assert "api.iucnredlist.org" in make_report(comparison(), kept).subtitle


@pytest.mark.parametrize("text", [one[:300] for one in HOSTILE.values()])
def test_foreign_names_stay_names(text: str) -> None:
    outcome = replace(
        comparison(operations=[text, text], environment={text: text}), note=text, created_utc=text
    )
    report = make_report(outcome, lambda run: [attempt(0, label=text, message=text)])
    page = to_html(report)
    tags = [one.tag for one in ElementTree.fromstring(page).iter()]
    same = make_report(comparison(operations=["a", "b"]), lambda run: [attempt(0, label="a")])
    plain = replace(same, notices=("note",))
    expected = [one.tag for one in ElementTree.fromstring(to_html(plain)).iter()]
    rows = tags.count("tr") - expected.count("tr")
    assert rows <= 0  # the environment has one line, not two
    assert set(tags) == set(expected)
    assert steers(page) == steers(to_markdown(report)) == ""


def test_old_comparisons_with_fewer_settings_are_told_too() -> None:
    bare = replace(comparison(), settings={"operations": ["a"], "source": "demo"}, created_utc="")
    kept_as = Comparison.from_json(json.loads(json.dumps(bare.to_json())))
    assert kept_as is not None
    report = make_report(kept_as, kept)
    assert to_html(report)
    assert "The start is unknown." in to_markdown(report)
