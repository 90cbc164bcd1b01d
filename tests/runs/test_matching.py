"""Names against all that is saved."""

from __future__ import annotations

from tests.support.kept_taxa import full, keep, listed, page_of, taxon_of
from tui_app.redlist.names import parse_name
from tui_app.runs.matching import kept_names
from tui_app.store import Store

LEO = taxon_of("Inventa leonina", "Ficta leonina")


def test_all_that_is_kept_knows_names_and_full_answers_know_synonyms(store: Store) -> None:
    """Of all runs of a source, the newest one says it."""
    keep(store, page_of(listed("Inventa minor", 11)))
    keep(store, full(LEO, 21))
    newest = keep(
        store, {"sis_id": 1, "taxon": LEO, "assessments": [listed("Inventa leonina", 21)]}
    )
    keep(store, full(taxon_of("Inventa demonstrata", "Ficta demonstrata"), 31), source="demo")
    known = kept_names(store, "live")
    ficta = parse_name("Ficta leonina")
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
    known = kept_names(store, "live")
    assert known.accepted(parse_name("Ficta leonina")) is None
    assert known.near(parse_name("Inventa vastus")) == ("Inventa vasta",)
    assert known.near(parse_name("Inventa minar")) == ("Inventa minor",)
