"""API v3, which is retired: species by pages of 10,000, as the notebook fetched them.

Shapes after https://apiv3.iucnredlist.org/api/v3/docs and the R package rredlist 0.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tui_app.redlist import codes

from .answer import Answer, Kind, Target, dump, in_json, no_such_page
from .build import Build
from .catalogue import Catalogue
from .taxonomy import RANKS
from .v4 import VERSION

ROOT: Final = "/api/v3/"
PAGE_SIZE: Final = 10_000
BAD_TOKEN: Final = in_json({"message": "Token not valid!"})
_AMPERSAND: Final = "\\u0026"
_STEP: Final = 250  # records written between two looks at the connections


class V3:
    """Answers of API v3 from one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Answer from *catalogue*."""
        self._catalogue = catalogue

    def answer(self, target: Target) -> Answer | Build:
        """The answer to a request for *target* (whose path begins with ROOT)."""
        path = target.path[len(ROOT) :].strip("/")
        head, _, value = path.rpartition("/")
        if head == "species/page" and value.isdecimal():
            return self._page(int(value))
        if path == "version":
            return in_json({"version": VERSION})
        if path == "speciescount":
            count = str(self._catalogue.structure.taxa)
            notes = ("Infraranks and subpopulations are counted, too.", "All of them are invented.")
            return in_json({"count": count, "note1": notes[0], "note2": notes[1]})
        return no_such_page()

    @property
    def last_page(self) -> int:
        """The number of the last page with records."""
        return (self._catalogue.structure.taxa - 1) // PAGE_SIZE

    def _page(self, page: int) -> Build:
        skeleton = self._catalogue.structure
        first = min(page * PAGE_SIZE, skeleton.taxa)
        end = min(first + PAGE_SIZE, skeleton.taxa)
        pieces: list[bytes] = []
        for start in range(first, end, _STEP):
            records = self._records(start, min(start + _STEP, end))
            pieces.append(",".join(records).encode())
            yield
        head = f'{{"count":{end - first},"region":"global","page":"{page}","result":['
        body = head.encode() + b",".join(pieces) + b"]}"
        return Answer(200, body, Kind.V3_PAGE)

    def _records(self, start: int, end: int) -> Iterator[str]:
        """The records of some taxa as JSON; all strings but a few are known to need no escapes."""
        known, skeleton, names = self._catalogue, self._catalogue.structure, self._catalogue.names
        categories, category_codes = (
            known.columns.categories,
            [row[1] for row in codes.categories()],
        )
        family_end = 0
        lineage = ""
        for taxon in range(start, end):
            if taxon >= family_end:
                family = skeleton.family_of(taxon)
                family_end = skeleton.family_starts[family + 1]
                ranks = zip(RANKS, skeleton.families[family].lineage, strict=True)
                lineage = ",".join(f'"{rank}_name":"{name}"' for rank, name in ranks)
            genus, species, infra, population = names.parts(taxon)
            name, below = f"{genus} {species}", '"infra_rank":null,"infra_name":null'
            if infra:
                rank = names.infra_rank(taxon)
                name += f" {rank} {infra}"
                below = f'"infra_rank":"{rank}","infra_name":"{infra}"'
            elif population:
                name += f" {population}"
            common = names.main_common_name(taxon)
            authority = names.authority(taxon).replace("&", _AMPERSAND)
            yield (
                f'{{"taxonid":{skeleton.sis_id(taxon)},{lineage},"genus_name":"{genus}",'
                f'"scientific_name":"{name}",'
                f'"taxonomic_authority":"{authority}",{below},'
                f'"population":{dump(population) if population else "null"},'
                f'"category":"{category_codes[categories[known.latest_global(taxon)]]}",'
                f'"main_common_name":{_quoted(common) if common else "null"}}}'
            )


def _quoted(name: str) -> str:
    return dump(name) if '"' in name or "&" in name else f'"{name}"'
