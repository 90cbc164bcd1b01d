"""What is kept is used: asking again costs nothing, or a question without an answer's body."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.damage import damage
from tests.support.raw_server import http, scripted
from tests.support.servers import Server
from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.runs.records import RunRecords
from tui_app.settings import Settings
from tui_app.store import RunState, Store

CR = make_query(["red_list_categories/CR"])


def age(home: Path, hours: int = 30, version: str | None = None) -> None:
    """Make what is kept older, or of another Red List."""
    with closing(sqlite3.connect(home / "runs.sqlite3")) as sql, sql:
        if hours:
            for table, column in (("pages", "fetched_utc"), ("sources", "asked_utc")):
                sql.execute(
                    f"UPDATE {table} SET {column} ="
                    f" strftime('%Y-%m-%dT%H:%M:%S+00:00', {column}, '-{hours} hours')"
                )
        if version:
            sql.execute("UPDATE runs SET red_list_version = ?", (version,))
            sql.execute("UPDATE pages SET red_list_version = ?", (version,))


@pytest.mark.parametrize("method", DEFAULT_METHODS)
def test_asking_again_within_a_day_asks_nothing(
    server, service: Service, tmp_path: Path, method: str
) -> None:
    """Else a table that is made twice costs the server twice."""
    host: Server = server()
    settings = host.settings(tmp_path, method=method, pages=12, fresh=False)
    first = service.fetch(CR, settings)
    assert len(host.asked(versions=True)) == 13  # and which Red List it is
    again = service.fetch(CR, settings)
    assert host.asked(versions=True) == []
    assert (again.requests, again.reused, again.bytes) == (0, 12, 0)
    assert again.complete
    assert (again.pages, again.records, again.pages_total) == (12, 1200, first.pages_total)
    assert again.red_list_version == first.red_list_version is not None
    for summary, name in ((first, "a.csv"), (again, "b.csv")):
        service.export(summary.run, csv=Path(name))
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()


@pytest.mark.parametrize("method", DEFAULT_METHODS)
def test_what_is_older_is_asked_about_and_not_sent_again(
    server, service: Service, settings, method: str
) -> None:
    """Else a day-old table costs the server as much as a new one."""
    host: Server = server()
    asking = host.settings(settings.home, method=method, pages=6, fresh=False)
    service.fetch(CR, asking)
    host.asked()
    age(settings.home)
    again = service.fetch(CR, asking)
    asked = host.asked()
    assert sorted(int(line["query"]["page"]) for line in asked) == list(range(1, 7))
    assert {line["status"] for line in asked} == {304}
    assert (again.requests, again.revalidated, again.reused, again.bytes) == (6, 6, 0, 0)
    assert (again.pages, again.records, again.complete) == (6, 600, True)
    # Now it is young again.
    assert service.fetch(CR, asking).requests == 0
    assert host.asked(versions=True) == []


def test_fresh_asks_for_everything_again(server, service: Service, settings) -> None:
    """Else there is no way to have what is newest."""
    host: Server = server()
    asking = host.settings(settings.home, pages=3, fresh=False)
    service.fetch(CR, asking)
    host.asked()
    again = service.fetch(CR, host.settings(settings.home, pages=3, fresh=True))
    asked = host.asked()
    assert len(asked) == again.requests == 3
    assert {line["status"] for line in asked} == {200}


def test_a_new_red_list_makes_kept_pages_stale(server, service: Service, settings) -> None:
    """Else a table has rows of two Red Lists and says it has one."""
    host: Server = server()
    asking = host.settings(settings.home, pages=3, fresh=False)
    service.fetch(CR, asking)
    host.asked()
    age(settings.home, hours=0, version="1999-1")
    again = service.fetch(CR, asking)
    assert [line["status"] for line in host.asked()] == [304, 304, 304]
    assert again.reused == 0
    assert again.red_list_version != "1999-1"


def test_pages_of_another_server_are_not_used(server, service: Service, settings) -> None:
    """Else rows of one server are passed off as another's."""
    one: Server = server()
    other: Server = server(seed=3)
    service.fetch(CR, one.settings(settings.home, pages=2, fresh=False))
    again = service.fetch(CR, other.settings(settings.home, pages=2, fresh=False))
    assert (again.requests, again.reused) == (2, 0)


def test_what_a_longer_list_lacks_is_fetched(server, service: Service, settings) -> None:
    """Else --pages 5 after --pages 2 asks for all five, or gives two."""
    host: Server = server()
    service.fetch(CR, host.settings(settings.home, pages=2, fresh=False))
    host.asked()
    more = service.fetch(CR, host.settings(settings.home, pages=5, fresh=False))
    assert sorted(host.pages()) == [3, 4, 5]
    assert (more.pages, more.reused, more.requests) == (5, 2, 3)


def test_a_kept_page_that_is_damaged_is_asked_for_again(server, service: Service, settings) -> None:
    """Else a disk fault in one run spoils all later ones."""
    host: Server = server()
    asking = host.settings(settings.home, pages=2, fresh=False)
    query = make_query(["red_list_categories/CR"], details=True)
    first = service.fetch(query, asking)
    host.asked()
    with closing(sqlite3.connect(settings.home / "runs.sqlite3")) as sql, sql:
        sql.execute(
            "UPDATE bodies SET body = 'x' WHERE id ="
            " (SELECT body FROM pages WHERE target = 0 AND page = 1)"
        )
    again = service.fetch(query, asking)
    assert host.pages() == [1]
    assert again.complete
    assert again.details == first.details == 200
    assert len(list(service.records(again.run).rows(0, 200))) == 200


@pytest.mark.parametrize("method", DEFAULT_METHODS)
@pytest.mark.parametrize("header", [{"ETag": 'W/"b"'}, {"Current_Page": "2"}])
def test_a_304_about_another_answer_is_asked_again_whole(
    service: Service,
    settings,
    method: str,
    header: dict[str, str],
) -> None:
    """Else a connection that is one answer behind makes an old page the newest there is."""
    new = False

    def answer(path: str, nth: int) -> bytes:
        if "information" in path:
            return http(b'{"red_list_version":"2026-1"}')
        if new and "if-none-match" in server.heads[-1].lower():
            return http(b"", 304, **header)
        body = json.dumps({"assessments": [{"assessment_id": 2 if new else 1}]}).encode()
        return http(body, ETag='W/"a"', Total_Pages="1", Current_Page="1")

    with scripted(answer) as server:
        asking = Settings(
            source="live",
            base_url=server.base_url,
            home=settings.home,
            method=method,
            retries=1,
            backoff_s=0.001,
        )
        service.fetch(CR, asking)
        age(settings.home)
        new = True
        again = service.fetch(CR, asking)
    assert (again.complete, again.retries, again.revalidated) == (True, 1, 0)
    assert service.records(again.run).record(0)["assessment_id"] == 2


@pytest.mark.parametrize("state", [RunState.COMPLETE, RunState.KILLED])
def test_rows_are_checked_and_read_in_one_pass(
    server, service: Service, store: Store, settings, *, monkeypatch, state: RunState
) -> None:
    """To read every page twice takes a third of an export's time."""
    host: Server = server()
    run = service.fetch(CR, host.settings(settings.home, pages=3)).run
    damage(settings.home, "letters")
    read, body = [], store.body
    monkeypatch.setattr(store, "body", lambda run, page: read.append(page.page) or body(run, page))
    records = RunRecords(store, replace(store.run(run), state=state))
    assert len(list(records)) == 200
    assert read == [1, 2, 3]
    assert "page 2" in records.damage
    assert [page.page for page in records.sound] == [1, 3]


def test_an_export_reads_each_body_once(
    server, service: Service, settings, tmp_path: Path, monkeypatch
) -> None:
    """To count the run anew before its rows are read takes as long as its rows."""
    host: Server = server()
    run = service.fetch(CR, host.settings(settings.home, pages=3)).run
    read: list[int | None] = []
    usual = Store.body
    monkeypatch.setattr(
        Store, "body", lambda self, run, page: read.append(page.page) or usual(self, run, page)
    )
    monkeypatch.setattr(Store, "distinct_rows", lambda *_: pytest.fail("parsed by SQLite as well"))
    service.export(run, csv=tmp_path / "rows.csv")
    assert read == [1, 2, 3]
    meta = json.loads((tmp_path / "rows.csv.meta.json").read_text())
    assert (meta["complete"], meta["rows"]) == (True, 300)
