"""Rows of a list: an assessment in short, as JSON text.

Written with format strings, since a page of 100 must take no longer than a millisecond or two.
The text needs no escapes: names are letters, codes and criteria plain.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from tui_app.redlist import codes

from .answer import dump
from .catalogue import Catalogue
from .structure import SLOTS

SITE: Final = "https://www.iucnredlist.example"
"""Where the pages of the invented species would be: a name reserved for examples (RFC 2606)."""

_BOOL: Final = ("false", "true")


def scope_objects(scopes: Iterable[str]) -> list[dict[str, object]]:
    """Scopes as the API describes them."""
    titles = codes.schemes()["scopes"]
    return [{"description": {"en": titles[code]}, "code": code} for code in scopes]


class Rows:
    """Writes the rows of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Rows of the assessments of *catalogue*."""
        self._catalogue = catalogue

    @cached_property
    def _scopes(self) -> list[str]:
        return [dump(scope_objects(slot.scopes)) for slot in SLOTS]

    @cached_property
    def _categories(self) -> list[str]:
        return [dump(code) for _, code, _ in codes.categories()]

    def row(self, assessment: int, coded: str = "", *, dated: bool = True) -> str:
        """One assessment.

        Args:
            assessment: its number in the catalogue.
            coded: the text of ``code`` and ``code_type`` with a comma, on lists of one code.
            dated: whether to give its date and criteria (the lists of one taxon do not).
        """
        known, skeleton = self._catalogue, self._catalogue.structure
        columns = known.columns
        taxon = skeleton.taxon_of(assessment)
        sis_id = skeleton.sis_id(taxon)
        assessment_id = skeleton.assessment_id(assessment)
        slot = skeleton.slots[assessment]
        category = columns.categories[assessment]
        more = ""
        if dated:
            criteria = known.criteria(assessment)
            quoted = f'"{criteria}"' if criteria else "null"
            more = f'"assessment_date":"{known.date(assessment)}","criteria":{quoted},'
        return (
            f'{{"year_published":"{known.year(assessment)}",'
            f'"latest":{_BOOL[SLOTS[slot].latest]},'
            f'"possibly_extinct":{_BOOL[columns.possibly_extinct[assessment]]},'
            f'"possibly_extinct_in_the_wild":{_BOOL[columns.possibly_extinct_in_the_wild[assessment]]},'
            f'"sis_taxon_id":{sis_id},"url":"{SITE}/species/{sis_id}/{assessment_id}",'
            f'"taxon_scientific_name":"{known.names.scientific_name(taxon)}",'
            f'"red_list_category_code":{self._categories[category]},{more}'
            f'"assessment_id":{assessment_id},{coded}"scopes":{self._scopes[slot]}}}'
        )

    def rows(self, assessments: Iterable[int], coded: str = "", *, dated: bool = True) -> str:
        """Several assessments, as a JSON list."""
        return "[" + ",".join(self.row(number, coded, dated=dated) for number in assessments) + "]"
