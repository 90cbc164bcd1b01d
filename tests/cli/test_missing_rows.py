"""Rows that a server counts and does not send: exit code 3, how many, and `resume` asks anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import http, number_of, scripted

MANY = 1_000
"""Pages that no worker runs ahead of another."""
each_method = pytest.mark.parametrize("method", EVERY_METHOD)


class List:
    """A list that lacks rows until it is mended.

    Args:
        sends: how many rows each page has; pages beyond are empty.
        total: what ``total-count`` says; None: nothing.
        pages: what ``total-pages`` says; None: nothing.
        size: rows a page, once it is mended.
    """

    def __init__(
        self, sends: tuple[int, ...], total: object, pages: object = None, size: int = 10
    ) -> None:
        self._sends, self._total, self._pages, self._size = sends, total, pages, size
        self.mended = False
        self.asked: list[int] = []

    def answer(self, path: str, nth: int) -> bytes:
        """A page of it."""
        if "information" in path:
            return http(b'{"red_list_version":"2026-1"}')
        number = number_of(path)
        self.asked.append(number)
        first = (number - 1) * self._size
        rows = self._sends[number - 1] if number <= len(self._sends) else 0
        if self.mended:
            rows = max(0, min(self._size, int(str(self._total)) - first))
        body = {"assessments": [{"assessment_id": first + row} for row in range(rows)]}
        said = {"total_count": self._total, "total_pages": self._pages, "page_items": self._size}
        headers = {name: str(value) for name, value in said.items() if value is not None}
        return http(json.dumps(body).encode(), **headers, current_page=str(number))


def fetch(base_url: str, method: str = "asyncio", *more: str) -> tuple[str, ...]:
    return ("fetch", "countries/MG", "--base-url", base_url, "--method", method, *more)


LACKING = {
    "all pages empty": (((0, 0, 0), 9, 3, 3), "9 of 9 rows are missing"),
    "all pages empty, their number unsaid": (((0,), 9), "9 of 9 rows are missing"),
    "one page, cut short": (((3,), 50, 1, 100), "47 of 50 rows are missing"),
    "one empty page": (((0,), 9, 1), "9 of 9 rows are missing"),
    "no page at all": (((0,), 1, 0), "1 of 1 row is missing"),
    "a list that ends too soon": (((10, 3), 50), "37 of 50 rows are missing"),
    "a page in the middle": (((10, 4, 10, 5), 35, 4), "6 of 35 rows are missing"),
    "two empty pages of three": (((10, 0, 0), 25, 3), "15 of 25 rows are missing"),
}


@each_method
@pytest.mark.parametrize("name", LACKING)
def test_a_list_that_lacks_rows_is_not_complete(cli, method: str, name: str) -> None:
    """Else a table with holes is published as the whole list."""
    listed, says = List(*LACKING[name][0]), LACKING[name][1]
    with scripted(listed.answer) as server:
        first = cli(*fetch(server.base_url, method, "--csv", "a.csv", "--json"))
        assert (first.code, f"countries/MG: {says}" in first.err) == (3, True), first.err
        assert "`iucn-tui resume 1` finishes the run" in first.err
        summary = json.loads(first.out)
        assert (summary["complete"], summary["errors"][0]["kind"]) == (False, "missing")
        rows = len(Path("a.csv").read_text().splitlines()) - 1
        assert rows == summary["records"]
        assert not json.loads(Path("a.csv.meta.json").read_text())["complete"]
        # It still lacks them: the same again, and what is saved is not used without a question.
        listed.asked.clear()
        assert cli("resume", "1").code == 3
        assert sorted(set(listed.asked)) == sorted(listed.asked) != []
        assert 1 in listed.asked
        listed.mended = True
        if name in ("no page at all", "one page, cut short"):  # else it has other page counts
            second = cli("resume", "1", "--csv", "a.csv")
            assert (second.code, second.err.count("missing")) == (0, 0)
            whole = json.loads(first.out)["records_total"]
            assert len(Path("a.csv").read_text().splitlines()) - 1 == (whole or 1)
            assert "all its pages are saved" in cli("resume", "1").err


@each_method
def test_a_row_that_comes_twice_on_one_page_counts_once(cli, method: str) -> None:
    """Else it stands for one that is missing."""
    body = b'{"assessments":[{"assessment_id":1},{"assessment_id":1},{"assessment_id":2}]}'

    def answer(path: str, nth: int) -> bytes:
        return http(body, total_count="3", total_pages="1")

    with scripted(answer) as server:
        said = cli(*fetch(server.base_url, method, "--csv", "-", "--retries", "0"))
    assert said.code == 3
    assert "1 missing row, 1 duplicate row" in said.err
    assert said.out.splitlines() == ["assessment_id", "1", "2"]


PARTIAL = {
    "some pages of many": (((10, 10), 95, 10), "2", None),
    "more pages than there are": (((10, 5), 15, 2), "9", None),
    "all of them, and rows are missing": (((3,), 50, 1, 100), "1", "47 of 50 rows are missing"),
    "a short page": (((10, 4), 95, 10), "2", "at least 6 rows are missing"),
    "an empty page": (((0,), 95, 10), "1", "at least 10 rows are missing"),
}


@pytest.mark.parametrize("name", PARTIAL)
def test_some_pages_are_counted_by_what_each_should_have(cli, name: str) -> None:
    """--pages N is no list with holes, unless its pages have some."""
    sends, pages, says = PARTIAL[name]
    listed = List(*sends)
    with scripted(listed.answer) as server:
        said = cli(*fetch(server.base_url, "asyncio", "--pages", pages))
    assert said.code == (0 if says is None else 3), said.err
    assert ("missing" in said.err) is (says is not None)
    assert (says or "") in said.err


@pytest.mark.parametrize(
    "total", ["", "-5", "9.5", "٩", "nine", "9" * 10, "9" * 6000, "1e9", "0x9", "+9", "9, 9"]
)
@pytest.mark.parametrize("header", ["total_count", "total_pages", "page_items"])
def test_a_total_that_is_no_number_counts_as_unsaid(cli, total: str, header: str) -> None:
    """It neither makes a list incomplete, nor fills the memory."""

    def answer(path: str, nth: int) -> bytes:
        rows = b'[{"assessment_id":1}]' if number_of(path) == 1 else b"[]"
        good = {"total_pages": "1", "total_count": "1"}
        return http(b'{"assessments":%b}' % rows, **{**good, header: total})

    with scripted(answer) as server:
        said = cli(*fetch(server.base_url, "threads", "--csv", "-", "-q"))
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == ["assessment_id", "1"]


@each_method
def test_a_list_of_empty_pages_ends_after_three(cli, method: str) -> None:
    """Else a wrong number of pages is followed for ever."""
    listed = List((10, 10, 0, 10), None, 999_999_999)
    with scripted(listed.answer) as server:
        said = cli(*fetch(server.base_url, method, "--concurrency", "4", "--json"))
        assert said.code == 3
        assert "pages 5 to 7 are empty, so no further page was requested" in said.err
        assert "`iucn-tui resume 1` finishes the run" in said.err
        assert max(listed.asked) < MANY
        summary = json.loads(said.out)
        assert (summary["records"], summary["complete"]) == (30, False)
        listed.asked.clear()
        again = cli("resume", "1")
    assert (again.code, "pages 5 to 7 are empty" in again.err) == (3, True)
    assert sorted(listed.asked)[:7] == list(range(1, 8))
    assert max(listed.asked) < MANY


def test_a_kept_list_of_empty_pages_is_told_without_a_request(cli) -> None:
    """What is saved is counted as well as what comes."""
    listed = List((10,), None, 999_999_999)
    with scripted(listed.answer) as server:
        assert cli(*fetch(server.base_url, "sequential")).code == 3
        listed.asked.clear()
        said = cli(*fetch(server.base_url, "sequential"))
    assert (said.code, listed.asked) == (3, [])
    assert "pages 2 to 4 are empty" in said.err


@each_method
def test_full_assessments_that_rows_name_are_counted(cli, method: str) -> None:
    """A 404 of one is told by its id; what is there is written."""

    def answer(path: str, nth: int) -> bytes:
        if "assessment/" in path:
            number = int(path.rpartition("/")[2])
            found = b'{"error":"Assessment ID %d not found"}' % number
            return http(found, 404) if number == 2 else http(b'{"assessment_id":%d}' % number)
        if "information" in path:
            return http(b'{"red_list_version":"2026-1"}')
        rows = [{"assessment_id": number} for number in (1, 2, 3, 1)]
        return http(json.dumps({"assessments": rows}).encode(), total_pages="1", total_count="3")

    with scripted(answer) as server:
        said = cli(*fetch(server.base_url, method, "--details", "--json"))
    assert said.code == 3
    summary = json.loads(said.out)
    assert (summary["details"], summary["details_total"], summary["records"]) == (2, 3, 3)
    assert [one["request"] for one in summary["errors"]] == ["assessment/2"]


def test_a_page_that_is_shorter_than_the_apis_pages_is_missed(cli) -> None:
    """The totals alone go with pages of 99 rows as well as of 100."""
    short = List((99,), 6306, 64, 100)
    with scripted(short.answer) as server:
        said = cli(*fetch(server.base_url, "asyncio", "--pages", "1"))
    assert said.code == 3
    assert "1 row is missing" in said.err


def test_rows_that_came_twice_and_are_not_counted_by_the_server(cli) -> None:
    """Each has taken the place of another one."""

    def answer(path: str, nth: int) -> bytes:
        if "information" in path:
            return http(b'{"red_list_version":"2026-1"}')
        number = number_of(path)
        first = 2 if number == 3 else number
        rows = [{"assessment_id": first * 10 + row} for row in range(3 * (number < 5))]
        return http(json.dumps({"assessments": rows}).encode(), current_page=str(number))

    with scripted(answer) as server:
        said = cli(*fetch(server.base_url))
    assert said.code == 3
    assert "3 duplicates counted once" in said.err


def test_an_export_of_an_incomplete_run_says_so(cli) -> None:
    """Else a table that lacks rows is taken for the whole list a week later."""
    short = List((3,), 50, 1, 100)
    with scripted(short.answer) as server:
        assert cli(*fetch(server.base_url)).code == 3
    said = cli("export", "last", "--csv", "rows.csv")
    assert (
        "Run 1 is incomplete: the files have its saved pages only. `iucn-tui resume 1`" in said.err
    )
    assert cli("export", "1", "--csv", "quiet.csv", "-q").err == ""
