"""API v3, which is retired: species by pages of 10,000, as the notebook fetched them.

Shapes after https://apiv3.iucnredlist.org/api/v3/docs and the R package rredlist 0.7.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final

from tui_app.redlist import codes

from .answer import Answer, Kind, Target, dump, in_json, no_such_page
from .catalogue import Catalogue
from .tables import RANKS

Build = Generator[None, None, Answer]
"""An answer that takes a tenth of a second to write: run step by step, returned at the end."""

ROOT: Final = "/api/v3/"
PAGE_SIZE: Final = 10_000
VERSION: Final = "2024-2"
BAD_TOKEN: Final = in_json({"message": "Token not valid!"})
_STEP: Final = 100  # records written between two looks at the connections


def answer(catalogue: Catalogue, target: Target) -> Answer | Build:
    """The answer to a request for *target* (whose path begins with ROOT)."""
    path = target.path[len(ROOT) :].strip("/")
    head, _, value = path.rpartition("/")
    if head == "species/page" and value.isdecimal() and len(value) < 10:
        return _page(catalogue, int(value))
    if path == "version":
        return in_json({"version": VERSION})
    if path == "speciescount":
        notes = ("Infraranks and subpopulations are counted, too.", "All of them are invented.")
        count = str(catalogue.skeleton.taxa)
        return in_json({"count": count, "note1": notes[0], "note2": notes[1]})
    return no_such_page()


def _page(catalogue: Catalogue, page: int) -> Build:
    taxa = catalogue.skeleton.taxa
    first = min(page * PAGE_SIZE, taxa)
    end = min(first + PAGE_SIZE, taxa)
    pieces: list[bytes] = []
    for start in range(first, end, _STEP):
        records = _records(catalogue, start, min(start + _STEP, end))
        pieces.append(",".join(records).encode())
        yield
    head = f'{{"count":{end - first},"region":"global","page":"{page}","result":['
    return Answer(200, head.encode() + b",".join(pieces) + b"]}", Kind.V3_PAGE)


def _records(known: Catalogue, start: int, end: int) -> Iterator[str]:
    """The records of some taxa as JSON; all strings but a few need no escapes."""
    skeleton, names, categories = known.skeleton, known.names, known.columns.categories
    category_codes = [row[1] for row in codes.categories()]
    family_end, lineage = 0, ""
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
        authority = names.authority(taxon).replace("&", "\\u0026")
        yield (
            f'{{"taxonid":{skeleton.sis_id(taxon)},{lineage},"genus_name":"{genus}",'
            f'"scientific_name":"{name}",'
            f'"taxonomic_authority":"{authority}",{below},'
            f'"population":{dump(population)},'
            f'"category":"{category_codes[categories[known.best(taxon)]]}",'
            f'"main_common_name":{dump(common)}}}'
        )
