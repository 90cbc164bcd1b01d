"""Names against all that is saved; requests nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from tui_app.redlist import Record
from tui_app.redlist.decode import decode_json, objects
from tui_app.redlist.names_file import NameIndex
from tui_app.store import DamagedPage, Store


class _Answer(msgspec.Struct, gc=False):
    """What is read of a list, a taxon or a full assessment; no other field is decoded.

    All below ``taxon`` is of an assessment alone.
    """

    assessments: Any = None
    taxon: Any = None
    assessment_id: Any = None
    sis_taxon_id: Any = None
    red_list_category: Any = None
    possibly_extinct: Any = None
    possibly_extinct_in_the_wild: Any = None
    year_published: Any = None
    assessment_date: Any = None
    criteria: Any = None
    scopes: Any = None
    latest: Any = None
    url: Any = None

    def rows(self) -> list[Record]:
        """The assessments, as a list has them."""
        if self.assessment_id is None:
            return list(objects(self.assessments))
        row = msgspec.structs.asdict(self)
        del row["assessments"], row["taxon"]
        category = row.pop("red_list_category")
        code = category.get("code") if isinstance(category, dict) else None
        return [{**row, "red_list_category_code": code}]


_DECODER: Final = msgspec.json.Decoder(_Answer)


def kept_names(store: Store, source: str) -> NameIndex:
    """The names in all saved runs of a source (demo, live), with the synonyms of full answers.

    Raises:
        KeepError: the store can't be read.
    """
    known = NameIndex()
    for run, taxon, _ in _kept_taxa(store, source):
        known.add_taxon(taxon, run)
    return known


def _kept_taxa(store: Store, source: str) -> Iterator[tuple[str, Record, list[Record]]]:
    """Each taxon of each saved answer, full answers first: run, taxon, assessments.

    What is damaged is left out.
    """
    for kept in store.kept_taxa(source):
        try:
            answer = _read(store.cached_body(kept.body_id))
        except (DamagedPage, msgspec.MsgspecError, ValueError, RecursionError):
            continue
        rows = answer.rows()
        if isinstance(answer.taxon, dict):
            yield kept.run, answer.taxon, rows
            continue
        for row in rows:
            name, sis_id = row.get("taxon_scientific_name"), row.get("sis_taxon_id")
            yield kept.run, {"scientific_name": name, "sis_id": sis_id}, [row]


def _read(body: bytes) -> _Answer:
    try:
        return _DECODER.decode(body)
    except msgspec.ValidationError:  # for one of a number beyond a double
        return msgspec.convert(decode_json(body), _Answer)
