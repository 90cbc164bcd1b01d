"""The answer to a path and a query: API v4 as the live server gave it in 2026, and v3.

v3 is retired: species by pages of 10,000, as the notebook fetched them. Its shapes are after
https://apiv3.iucnredlist.org/api/v3/docs and the R package rredlist 0.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote, urlencode

from msgspec import Raw

from tui_app.redlist import codes
from tui_app.redlist.operations import TAXON_RANKS

from .assessment import SITE, Assessments, Json, coded_object, coded_objects
from .catalogue import SEARCHES, Catalogue, Filters, Members
from .chance import Dice
from .response import AnswerKind, DemoAnswer, RequestTarget, dump, error, in_json, no_such_page
from .tables import SLOTS, lines

V4_ROOT: Final = "/api/v4/"
V3_ROOT: Final = "/api/v3/"
V3_BAD_TOKEN: Final = in_json({"message": "Token not valid!"})

_PAGE_SIZE: Final = 100
_V3_PAGE_SIZE: Final = 10_000
_SHORT_PAGE: Final = 20
_OF_TAXA: Final = ("year_published", "latest", "scope_code")
_NAME: Final = ("genus_name", "species_name", "infra_name", "subpopulation_name")
_NEWEST_FIRST: Final[dict[object, int]] = {"3.1": 0, "2.3": 1, "Earlier Version": 2, None: 3}
_LIST_KEYS: Final = {"comprehensive_groups": "comprehensive_group"}  # else the path's own name


class V4:
    """Answers of API v4 from one catalogue; *base_url* begins the links between pages."""

    def __init__(self, catalogue: Catalogue, base_url: str) -> None:
        self._catalogue = catalogue
        self._base_url = base_url
        self._assessments = Assessments(catalogue)
        self._scopes = [coded_objects("scopes", slot.scopes) for slot in SLOTS]

    def answer(self, target: RequestTarget) -> DemoAnswer:
        """The answer to a request for *target* (whose path begins with V4_ROOT)."""
        path = target.path[len(V4_ROOT) :].strip("/")
        head, _, rest = path.partition("/")
        value = unquote(rest)
        if head == "taxa":
            return self._taxa(target, rest)
        if head == "assessment" and value and "/" not in rest:
            return self._assessment(value)
        if (head == "comprehensive_groups" or head in self._catalogue.facets) and "/" not in rest:
            return (
                self._coded(target, head, value)
                if value
                else in_json({_LIST_KEYS.get(head, head): _entries(head)}, AnswerKind.CODES)
            )
        if path == "assessment_search":
            return self._search(target)
        if path == "green_status/all":
            rows = map(self._assessments.green_status, self._catalogue.green_taxa)
            return in_json({"assessments": list(rows)}, AnswerKind.RECORD)
        facts: Json = {
            "statistics/count": {"count": self._catalogue.taxa.count},
            "information/api_version": {"api_version": "v4"},
            "information/red_list_version": {"red_list_version": "2026-1"},
        }
        return in_json(facts[path]) if path in facts else no_such_page()

    # -- lists -----------------------------------------------------------------------------

    def _coded(self, target: RequestTarget, path: str, code: str) -> DemoAnswer:
        """Assessments of one code, after the code's own object; a group's rows name no code."""
        key = "name" if path == "comprehensive_groups" else "code"
        entries = _entries(path)
        known = [str(one[key]) for one in entries]
        alike = (one for one in known if one.casefold() == code.casefold())
        code = next((one for one in (code, code.upper(), *alike) if one in known), "")
        if not code:
            return error(404, "Not found")
        own = [one for one in entries if one[key] == code]
        own.sort(key=lambda one: _NEWEST_FIRST[one.get("version")])
        allowed = tuple(name for name in _FILTERS if (path, name) != ("scopes", "scope_code"))
        members = self._catalogue.listed(path, code, _filters(target, allowed)) or ()
        single = lines("singles")[path]
        extra: Json = {"code": code, "code_type": single}
        if path == "comprehensive_groups":
            extra = {}
        entry: object = own if path == "red_list_categories" else own[0]
        return self._page(target, members, {single: entry}, _echo(target, allowed), extra=extra)

    def _taxa(self, target: RequestTarget, rest: str) -> DemoAnswer:
        """Assessments of a rank's name, and single taxa; an unknown name is not found."""
        kind, _, value = rest.partition("/")
        value, taxa = unquote(value), self._catalogue.taxa
        if kind in {"possibly_extinct", "possibly_extinct_in_the_wild"} and not value:
            members = self._catalogue.listed(f"taxa/{kind}", "") or ()
            return self._page(target, members, {}, None, size=_SHORT_PAGE)
        if kind == "sis" and value and "/" not in value:
            number = _number(value)
            return self._taxon(taxa.taxon_of_sis_id(number), {"sis_id": number}, {})
        if kind == "scientific_name" and not value:
            names = [target.value(key) for key in _NAME]
            if not names[0] or not names[1]:
                return error(400, "genus_name and species_name are required")
            return self._taxon(taxa.find(*names), {}, {"params": _echo(target, _NAME)})
        if kind not in TAXON_RANKS or "/" in value:
            return no_such_page()
        if not value:
            return in_json({f"{kind}_names": taxa.rank_names(kind)}, AnswerKind.CODES)
        of_rank = self._catalogue.listed(f"taxa/{kind}", value, _filters(target, _OF_TAXA))
        if of_rank is None:
            return error(404, "Not found")
        filters = {**_echo(target, _OF_TAXA), f"{kind}_name": value}
        return self._page(target, of_rank, {}, filters)

    def _search(self, target: RequestTarget) -> DemoAnswer:
        """Ids of the assessments that fit every filter named."""
        wanted = tuple(value for name, value in target.query if name == "filter_on[]")
        if not wanted or not set(wanted) <= SEARCHES.keys():
            return error(400, "filter_on is missing or unknown")
        members, page = self._catalogue.search(wanted), _page_number(target)
        found = members[(page - 1) * _PAGE_SIZE : page * _PAGE_SIZE]
        ids = [self._catalogue.taxa.assessment_id(number) for number in found]
        headers = self._paging(target, page, len(members), _PAGE_SIZE)
        body = {"assessment_ids": ids, "filters": {"filter_on": wanted}}
        return in_json(body, AnswerKind.PAGE, headers=headers)

    def _page(
        self,
        target: RequestTarget,
        members: Members,
        head: Json,
        filters: Json | None,
        *,
        extra: Json | None = None,
        size: int = _PAGE_SIZE,
    ) -> DemoAnswer:
        """A page of *size* rows, which have *extra* before ``scopes``; None: no ``filters``."""
        page = _page_number(target)
        rows = self.rows(members[(page - 1) * size : page * size], extra or {})
        body = {**head, "assessments": rows, "filters": filters}
        if filters is None:
            del body["filters"]
        headers = self._paging(target, page, len(members), size)
        return in_json(body, AnswerKind.PAGE, headers=headers)

    def _paging(
        self, target: RequestTarget, page: int, total: int, size: int
    ) -> tuple[tuple[str, str], ...]:
        """The headers of a page."""
        pages = max(1, -(-total // size))
        kept = [pair for pair in target.query if pair[0] not in {"page", "per_page", "items"}]
        step = "items" if size == _SHORT_PAGE else "per_page"
        numbers = {"first": 1, "prev": min(page - 1, pages), "next": page + 1, "last": pages}
        if page >= pages:
            del numbers["next"]
        if page == 1:
            del numbers["prev"]
        path = target.path.rstrip("/")
        links = (
            f"<{self._base_url}{path}?{urlencode([*kept, ('page', number), (step, size)])}>; "
            f'rel="{rel}"'
            for rel, number in numbers.items()
        )
        return (
            ("current-page", str(page)),
            ("link", ", ".join(links)),
            ("page-items", str(size)),
            ("total-count", str(total)),
            ("total-pages", str(pages)),
        )

    # -- records ---------------------------------------------------------------------------

    def _assessment(self, value: str) -> DemoAnswer:
        """An assessment in full, by its id; some historical ones are named by lists only."""
        assessment = self._catalogue.taxa.assessment_of_id(_number(value))
        if assessment is None or self._catalogue.withheld(assessment):
            return error(404, f"Assessment ID {value} not found")
        today = datetime.now(UTC).date()
        answer = in_json(self._assessments.whole(assessment, today), AnswerKind.RECORD)
        return replace(answer, day=today.isoformat())

    def _taxon(self, taxon: int | None, head: Json, tail: Json) -> DemoAnswer:
        """A taxon and its assessments."""
        if taxon is None:
            return error(404, "Not found")
        history = list(reversed(self._catalogue.taxa.history(taxon)))
        # Not always newest first: the live API's order is none that a client could rely on.
        start = Dice(self._catalogue.seed, "order", taxon).below(len(history))
        rows = self.rows(history[start:] + history[:start], {})
        found = self._assessments.taxon(taxon)
        return in_json({**head, "taxon": found, "assessments": rows, **tail}, AnswerKind.RECORD)

    def rows(self, assessments: Iterable[int], extra: Json) -> list[Json]:
        """Assessments in short."""
        known, taxa = self._catalogue, self._catalogue.taxa
        found: list[Json] = []
        for assessment in assessments:
            taxon, slot = taxa.taxon_of(assessment), taxa.slots[assessment]
            sis_id, assessment_id = taxa.sis_id(taxon), taxa.assessment_id(assessment)
            year = known.year(assessment)
            found.append(
                {
                    "assessment_date": known.date(assessment),
                    "year_published": None if year is None else str(year),
                    "latest": SLOTS[slot].latest,
                    "possibly_extinct": bool(known.possibly_extinct[assessment]),
                    "possibly_extinct_in_the_wild": bool(
                        known.possibly_extinct_in_the_wild[assessment]
                    ),
                    "sis_taxon_id": sis_id,
                    "criteria": known.criteria(assessment),
                    "url": f"{SITE}/species/{sis_id}/{assessment_id}",
                    "taxon_scientific_name": taxa.scientific_name(taxon),
                    "red_list_category_code": known.category(assessment)[1],
                    "assessment_id": assessment_id,
                    **extra,
                    "scopes": self._scopes[slot],
                }
            )
        return found


def _category(row: tuple[str | None, str, str]) -> Json:
    return {"version": row[0], **coded_object(*row[1:])}


def _entries(path: str) -> list[Json]:
    """The code list of a path; a category has an entry for each version."""
    if path == "red_list_categories":
        return list(map(_category, codes.categories()))
    if path == "comprehensive_groups":
        return list(map(dict, codes.comprehensive_groups().values()))
    return coded_objects(path, codes.schemes()[path])


def _number(value: str) -> int:
    return int(value) if value.isdecimal() and len(value) < 19 else -1


def _truth(value: str) -> bool:
    return value.lower() in {"true", "1", "t", "yes"}


_FILTERS: Final[dict[str, Callable[[str], bool | int | str]]] = {
    "year_published": _number,
    "latest": _truth,
    "possibly_extinct": _truth,
    "possibly_extinct_in_the_wild": _truth,
    "scope_code": str,
}
"""What lists can be narrowed to, each with what reads its value."""


def _page_number(target: RequestTarget) -> int:
    """The page requested; the first where the number makes no sense."""
    return max(1, _number(target.value("page") or "1"))


def _filters(target: RequestTarget, allowed: tuple[str, ...]) -> Filters:
    """The filters of a request that a list knows, with their values read."""
    return tuple((name, _FILTERS[name](value)) for name in allowed if (value := target.value(name)))


def _echo(target: RequestTarget, allowed: tuple[str, ...]) -> Json:
    """The parameters of a request that are known, as they were sent."""
    return {name: value for name, value in target.query if name in allowed}


# -- v3 ------------------------------------------------------------------------------------


def v3_answer(catalogue: Catalogue, target: RequestTarget) -> DemoAnswer:
    """The answer to a request for *target* (whose path begins with V3_ROOT).

    A page takes some tenths of a second.
    """
    count = catalogue.taxa.count
    path = target.path[len(V3_ROOT) :].strip("/")
    head, _, page = path.rpartition("/")
    if head == "species/page" and page.isdecimal() and len(page) < 10:
        first, end = (min(n * _V3_PAGE_SIZE, count) for n in (int(page), int(page) + 1))
        # Each for itself, so that the loop gets its turns.
        result = [Raw(dump(one)) for one in _v3_records(catalogue, first, end)]
        body = {"count": end - first, "region": "global", "page": str(int(page)), "result": result}
        return in_json(body, AnswerKind.V3_PAGE)
    if path == "version":
        return in_json({"version": "2024-2"})
    if path == "speciescount":
        notes = ("Infraranks and subpopulations are counted, too.", "All of them are invented.")
        return in_json({"count": str(count), "note1": notes[0], "note2": notes[1]})
    return no_such_page()


def _v3_records(known: Catalogue, start: int, end: int) -> Iterator[Json]:
    taxa = known.taxa
    for taxon in range(start, end):
        lineage = taxa.families[taxa.family_of(taxon)].lineage
        genus, _, infra, population = taxa.parts(taxon)
        yield {
            "taxonid": taxa.sis_id(taxon),
            **{f"{rank}_name": name for rank, name in zip(TAXON_RANKS, lineage, strict=True)},
            "genus_name": genus,
            "scientific_name": taxa.scientific_name(taxon),
            "taxonomic_authority": taxa.authority(taxon),
            "infra_rank": taxa.infra_rank(taxon) if infra else None,
            "infra_name": infra,
            "population": population,
            "category": known.category(taxa.best(taxon))[1],
            "main_common_name": taxa.main_common_name(taxon),
        }
