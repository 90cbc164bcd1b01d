"""The records of a run that goes on: a table that grows with each page that is committed."""

from __future__ import annotations

import random
from collections.abc import Collection
from itertools import pairwise
from typing import Any

import pytest

from tests.support.kept_rows import assessed, keep_rows
from tests.support.servers import Server
from tests.support.stepwise import begin_again, keep, saved_pages
from tui_app.redlist import Query, make_query
from tui_app.redlist.errors import KeepError
from tui_app.runs import Service
from tui_app.runs.arriving import ArrivingView, rearranged, same_row
from tui_app.runs.records_table import View, arranged
from tui_app.settings import Settings
from tui_app.store import RunState, Store

LISTS: tuple[tuple[list[str], dict[str, Any]], ...] = (
    (["countries/VA"], {}),
    (["countries/VA", "countries/MC"], {}),
    (["countries/VA", "countries/MC"], {"distinct": True}),
    (["countries/MC", "countries/VA"], {"intersect": True}),
    (["taxa/family/Felidae"], {}),
    (["countries/VA"], {"details": True}),
    (["species"], {"names": ()}),
    (["species"], {"names": (), "history": True}),
    (["countries/VA", "species"], {"names": ()}),
)


def cells(view: View, columns: Collection[str] = ()) -> list[dict[str, str]]:
    """The rows, without what is empty, and without other columns than those of both tables."""
    rows = view.rows(0, len(view))
    wanted = columns or view.columns
    return [
        {
            name: cell
            for name, cell in zip(view.columns, row, strict=True)
            if cell and name in wanted
        }
        for row in rows
    ]


def grow_page_by_page(store: Store, service: Service, query: Query, of: str) -> list[ArrivingView]:
    """Save a run's pages again, in an order of their own; the tables after each."""
    pages = saved_pages(store, of)
    random.Random(1).shuffle(pages)
    run = begin_again(store, of)
    views = [service.arriving(run, query)]
    for page in pages:
        keep(store, run, [page])
        views.append(views[-1].grown())
    store.end(run, RunState.COMPLETE, {"repeated": 0})
    return views


@pytest.mark.parametrize("what", LISTS, ids=str)
def test_a_table_grows_to_what_the_run_has_in_the_end(
    server: Any, service: Service, store: Store, settings: Settings, what: Any
) -> None:
    """Whatever is fetched, and in whichever order its pages arrive."""
    host: Server = server()
    operations, more = what
    if "names" in more:
        listed = service.fetch(make_query(["countries/VA"]), host.settings(settings.home, pages=1))
        rows = [service.records(listed.run).record(place) for place in (0, 50)]
        names = [row["taxon_scientific_name"] for row in rows]
        more = {**more, "names": [names[0], "Nusquam nusquam", *names]}
    query = make_query(operations, **more)
    summary = service.fetch(query, host.settings(settings.home, pages=3))
    views = grow_page_by_page(store, service, query, summary.run)
    lengths = [len(view) for view in views]
    assert lengths == sorted(lengths)
    assert lengths[0] == 0 < lengths[-1]
    now, end = views[-1], service.records("last")
    both = {*now.columns} & {*end.columns}
    arrived, whole = cells(now, both), cells(end, both)
    if "names" in more:  # what became of one that isn't answered is known at the end
        whole = [row for row in whole if "sis_taxon_id" in row]
    if more.get("distinct"):  # a row is where it arrived first
        arrived.sort(key=lambda row: row["assessment_id"])
        whole.sort(key=lambda row: row["assessment_id"])
    assert arrived == whole
    for row in (0, len(now) // 2, len(now) - 1):
        there = end.rows(place := same_row(now, row, end), place + 1)
        assert (
            dict(zip(end.columns, there[0], strict=True)).items() >= cells(now, both)[row].items()
        )


@pytest.mark.parametrize("how", [{"find": "a"}, {"sort": "year_published"}, {
    "find": "20", "sort": "taxon_scientific_name", "descending": True}], ids=str)  # fmt: skip
def test_new_rows_are_searched_and_sorted_in_and_no_row_is_lost(
    server: Any, service: Service, store: Store, settings: Settings, how: Any
) -> None:
    host: Server = server()
    query = make_query(["countries/VA", "countries/MC"])
    summary = service.fetch(query, host.settings(settings.home, pages=3))
    views = grow_page_by_page(store, service, query, summary.run)
    shown = arranged(views[1], **how)
    for before, now in pairwise(views[1:]):
        old, shown = shown, rearranged(shown, now, **how)
        for row in range(0, len(old), 7):
            place = same_row(old, row, shown)
            assert shown.rows(place, place + 1)[0][: len(old.columns)] == old.rows(row, row + 1)[0]
        assert now.stored_rows > before.stored_rows
    end = arranged(service.records("last"), **how)
    assert cells(shown) == cells(end)


def test_only_new_pages_are_read(service: Service, store: Store) -> None:
    """Else each look at a long run costs as much as the whole of it."""
    of = keep_rows(store, [assessed(number, "VU") for number in range(300)])
    pages = saved_pages(store, of)
    run = begin_again(store, of)
    keep(store, run, pages[:2])
    view = service.arriving(run)
    found = arranged(view, find="exemplaris", sort="sis_taxon_id")
    keep(store, run, pages[2:])
    view = view.grown()
    read: list[tuple[int, int]] = []

    class Watched(ArrivingView):
        def read(self, start: int, stop: int) -> Any:
            read.append((start, stop))
            return super().read(start, stop)

    view.__class__ = Watched
    assert len(rearranged(found, view, find="exemplaris", sort="sis_taxon_id")) == 300
    assert min(start for start, _ in read) == 200
    assert store.new_pages(run, {(0, 1), (0, 2)})[0].page == 3
    assert store.new_pages(run, {(0, 1), (0, 2), (0, 3)}) == []


def test_a_new_page_is_as_the_store_gives_it_later(
    server: Any, service: Service, store: Store, settings: Settings
) -> None:
    host: Server = server()
    run = service.fetch(make_query(["countries/VA"]), host.settings(settings.home, pages=2)).run
    assert store.new_pages(run, set()) == store.pages(run)


def test_a_row_that_is_gone_in_the_end_leaves_its_place_to_the_next(
    service: Service, store: Store
) -> None:
    """With one row per taxon, chosen at the end, the row under the cursor may not be among them."""
    rows = [assessed(taxon // 2, "VU", year_published=str(2000 + taxon)) for taxon in range(20)]
    of = keep_rows(store, rows)
    view = service.arriving(of)
    end = service.records(of, one_per_taxon=True)
    assert (len(view), len(end)) == (20, 10)
    for row in range(20):
        assert same_row(view, row, end) == row // 2


def test_a_store_that_fails_is_told_and_the_table_stays(service: Service, store: Store) -> None:
    of = keep_rows(store, [assessed(number, "VU") for number in range(10)])
    view = service.arriving(of)
    store.close()
    with pytest.raises(KeepError):
        view.grown()
    assert len(view) == 10
