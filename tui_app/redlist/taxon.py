"""A taxon's answer as rows that can be analysed: one for each of its assessments.

``taxa/sis/ID`` and ``taxa/scientific_name`` answer with a taxon and a list of its assessments.
A row has an assessment's fields in their order, with ``red_list_category_pe`` behind the category,
then the taxon's fields, and its main English name as ``common_name``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from .columns import TAXA_TABLES
from .decode import Record, objects
from .operations import Params
from .status import category_pe, chosen, year_of

ENGLISH: Final = "eng"
"""English in the API's lists of common names (ISO 639-2)."""

_CATEGORIES: Final = ("red_list_category_code", "red_list_category")
CATEGORY_PE: Final = "red_list_category_pe"
COMMON_NAME: Final = "common_name"

_SAME: Final = {"sis_id": "sis_taxon_id", "scientific_name": "taxon_scientific_name"}
"""Fields of a taxon by the names that they have in an assessment."""

_APART: Final = ("taxon", "assessments", "params", *_SAME)
"""Fields of an answer that are no further fields of its rows."""


def taxon_of(answer: Record) -> Record:
    """The taxon of an answer or of a full assessment; empty where it has none."""
    taxon = answer.get("taxon")
    return taxon if isinstance(taxon, dict) else {}


def common_name(taxon: Record) -> str | None:
    """The main English name of a taxon, else its first English one, else its first main one."""
    names = [one for one in objects(taxon.get("common_names")) if isinstance(one.get("name"), str)]
    english = [one for one in names if one.get("language") == ENGLISH]
    main = [one for one in names if one.get("main") is True]
    best = [one for one in english if one in main] or english or main
    return best[0]["name"] if best else None


def with_category_pe(assessment: Record) -> Record:
    """An assessment with ``red_list_category_pe`` behind its category, where it names one."""
    category = category_pe(assessment)
    if category is None or CATEGORY_PE in assessment:
        return assessment
    row: Record = {}
    for name, value in assessment.items():
        row[name] = value
        if name in _CATEGORIES:
            row[CATEGORY_PE] = category
    return row


def as_it_is(assessment: Record) -> Record:
    """The same assessment: none of the full ones is at hand."""
    return assessment


def history(
    answer: Record, only: Params = (), detailed: Callable[[Record], Record] = as_it_is
) -> list[Record]:
    """The rows of a taxon's assessments that pass the filters ``only``, in the server's order.

    ``detailed`` gives an assessment with what its full answer has. Lists of the taxon (synonyms,
    common names, relatives) stay lists.
    """
    taxon = taxon_of(answer)
    # Null in the place of a list makes no column, as no items make none.
    own = {name: value for name, value in taxon.items() if value or name not in TAXA_TABLES}
    shared: dict[str, Any] = {**own, COMMON_NAME: common_name(taxon)}
    shared |= {name: value for name, value in answer.items() if name not in _APART}
    rows = []
    for assessment in chosen(objects(answer.get("assessments")), only):
        row = dict(with_category_pe(detailed(assessment)))
        if taxon:  # a full assessment has the same taxon once more
            row.pop("taxon", None)
        for name, value in shared.items():
            row.setdefault(_SAME.get(name, name), value)
        rows.append(row)
    return rows


def newest_first(rows: Iterable[Record]) -> list[Record]:
    """Assessments from the one published last to the first; of a year by their date."""

    def when(row: Record) -> tuple[int, str]:
        return year_of(row), str(row.get("assessment_date") or "")[:10]

    return sorted(rows, key=when, reverse=True)
