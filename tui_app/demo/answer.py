"""The answer to a path and a query: API v4 as the live server gave it in 2026, and v3.

v3 is retired: species by pages of 10,000, as the notebook fetched them. Its shapes are after
https://apiv3.iucnredlist.org/api/v3/docs and the R package rredlist 0.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Final
from urllib.parse import unquote, urlencode

from tui_app.redlist import codes

from .assessment import SITE, Assessments, coded_object, coded_objects
from .catalogue import SEARCHES, Catalogue, Filters, Members
from .chance import Dice
from .response import AnswerKind, DemoAnswer, RequestTarget, dump, error, in_json, no_such_page
from .tables import SLOTS, lines
from .taxa import RANKS

V4_ROOT: Final = "/api/v4/"
V3_ROOT: Final = "/api/v3/"
V3_BAD_TOKEN: Final = in_json({"message": "Token not valid!"})

_PAGE_SIZE: Final = 100
_V3_PAGE_SIZE: Final = 10_000
_SHORT_PAGE: Final = 20
_OF_TAXA: Final = ("year_published", "latest", "scope_code")
_NEWEST_FIRST: Final = {"3.1": 0, "2.3": 1, "Earlier Version": 2, None: 3}
_BOOL: Final = ("false", "true")


class V4:
    """Answers of API v4 from one catalogue."""

    def __init__(self, catalogue: Catalogue, base_url: str) -> None:
        self._catalogue = catalogue
        self._base_url = base_url
        self._assessments = Assessments(catalogue)

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
            return self._coded(target, head, value) if value else _code_list(head)
        if path == "assessment_search":
            return self._search(target)
        if path == "green_status/all":
            return self._green_statuses()
        facts: dict[str, dict[str, object]] = {
            "statistics/count": {"count": self._catalogue.taxa.count},
            "information/api_version": {"api_version": "v4"},
            "information/red_list_version": {"red_list_version": "2026-1"},
        }
        return in_json(facts[path]) if path in facts else no_such_page()

    # -- lists -----------------------------------------------------------------------------

    def _coded(self, target: RequestTarget, path: str, code: str) -> DemoAnswer:
        """Assessments of one code, after the code's own object; a group's rows name no code."""
        entries = _entries(path)
        alike = (one for one in entries if one.casefold() == code.casefold())
        code = next((one for one in (code, code.upper(), *alike) if one in entries), "")
        if not code:
            return error(404, "Not found")
        allowed = tuple(name for name in _FILTERS if (path, name) != ("scopes", "scope_code"))
        members = self._catalogue.listed(path, code, _filters(target, allowed)) or ()
        single = lines("singles")[path]
        in_rows = path != "comprehensive_groups"
        extra = f'"code":{dump(code)},"code_type":"{single}",' if in_rows else ""
        entry: object = entries[code] if path == "red_list_categories" else entries[code][0]
        return self._page(target, members, f'"{single}":{dump(entry)},', allowed, extra=extra)

    def _taxa(self, target: RequestTarget, rest: str) -> DemoAnswer:
        kind, _, value = rest.partition("/")
        value = unquote(value)
        if kind in {"possibly_extinct", "possibly_extinct_in_the_wild"} and not value:
            members = self._catalogue.listed(f"taxa/{kind}", "") or ()
            return self._page(target, members, "", None, size=_SHORT_PAGE)
        if kind == "sis" and value and "/" not in value:
            return self._taxon_by_sis_id(value)
        if kind == "scientific_name" and not value:
            return self._taxon_by_name(target)
        if kind not in RANKS or "/" in value:
            return no_such_page()
        if not value:
            return in_json(
                {f"{kind}_names": self._catalogue.taxa.rank_names(kind)}, AnswerKind.CODES
            )
        of_rank = self._catalogue.listed(f"taxa/{kind}", value, _filters(target, _OF_TAXA))
        if of_rank is None:
            return error(404, "Not found")
        return self._page(target, of_rank, "", _OF_TAXA, name={f"{kind}_name": value})

    def _search(self, target: RequestTarget) -> DemoAnswer:
        """Ids of the assessments that fit every filter named."""
        wanted = tuple(value for name, value in target.query if name == "filter_on[]")
        if not wanted or not set(wanted) <= SEARCHES.keys():
            return error(400, "filter_on is missing or unknown")
        members, page = self._catalogue.search(wanted), _page_number(target)
        found = members[(page - 1) * _PAGE_SIZE : page * _PAGE_SIZE]
        ids = [self._catalogue.taxa.assessment_id(number) for number in found]
        body = dump({"assessment_ids": ids, "filters": {"filter_on": wanted}})
        headers = self._paging(target, page, len(members), _PAGE_SIZE)
        return DemoAnswer(200, body.encode(), AnswerKind.PAGE, headers)

    def _page(
        self,
        target: RequestTarget,
        members: Members,
        head: str,
        allowed: tuple[str, ...] | None,
        *,
        name: dict[str, str] | None = None,
        extra: str = "",
        size: int = _PAGE_SIZE,
    ) -> DemoAnswer:
        """A page of *size* rows of a list.

        *head* is the text of the keys before ``assessments``, *extra* that of a row's keys before
        ``scopes``. *allowed* are the filters that the list knows, which are echoed as sent and end
        with *name*; for None it has no ``filters``.
        """
        page = _page_number(target)
        rows = self.rows(members[(page - 1) * size : page * size], extra)
        tail = ""
        if allowed is not None:
            sent = {key: value for key, value in target.query if key in allowed}
            tail = f',"filters":{dump({**sent, **(name or {})})}'
        body = f'{{{head}"assessments":{rows}{tail}}}'
        return DemoAnswer(
            200, body.encode(), AnswerKind.PAGE, self._paging(target, page, len(members), size)
        )

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
        body = dump(self._assessments.whole(assessment, today)).encode()
        return DemoAnswer(200, body, AnswerKind.RECORD, day=today.isoformat())

    def _taxon_by_sis_id(self, value: str) -> DemoAnswer:
        """A taxon and its assessments, by its id."""
        number = _number(value)
        taxon = self._catalogue.taxa.taxon_of_sis_id(number)
        if taxon is None:
            return error(404, "Not found")
        return self._taxon(taxon, f'"sis_id":{number},', "")

    def _taxon_by_name(self, target: RequestTarget) -> DemoAnswer:
        """A taxon and its assessments, by its name."""
        keys = ("genus_name", "species_name", "infra_name", "subpopulation_name")
        genus, species, infra, population = (target.value(key) for key in keys)
        if not genus or not species:
            return error(400, "genus_name and species_name are required")
        taxon = self._catalogue.taxa.find(genus, species, infra, population)
        if taxon is None:
            return error(404, "Not found")
        sent = {name: value for name, value in target.query if name in keys}
        return self._taxon(taxon, "", f',"params":{dump(sent)}')

    def _taxon(self, taxon: int, head: str, tail: str) -> DemoAnswer:
        history = list(reversed(self._catalogue.taxa.history(taxon)))
        # Not always newest first: the live API's order is none that a client could rely on.
        start = Dice(self._catalogue.seed, "order", taxon).below(len(history))
        history = history[start:] + history[:start]
        body = (
            f'{{{head}"taxon":{dump(self._assessments.taxon(taxon))},'
            f'"assessments":{self.rows(history)}{tail}}}'
        )
        return DemoAnswer(200, body.encode(), AnswerKind.RECORD)

    def _green_statuses(self) -> DemoAnswer:
        """All Green Status assessments in one answer."""
        rows = map(self._assessments.green_status, self._catalogue.green_taxa)
        return in_json({"assessments": list(rows)}, AnswerKind.RECORD)

    # -- rows ------------------------------------------------------------------------------

    @cached_property
    def _scopes(self) -> list[str]:
        return [dump(coded_objects("scopes", slot.scopes)) for slot in SLOTS]

    @cached_property
    def _categories(self) -> list[str]:
        return [dump(code) for _, code, _ in codes.categories()]

    def rows(self, assessments: Iterable[int], extra: str = "") -> str:
        """Assessments in short, as a JSON list.

        Written with format strings, since a page of 100 must take no longer than a millisecond or
        two; names, codes and criteria need no escapes.
        """
        known, taxa = self._catalogue, self._catalogue.taxa
        found = []
        for assessment in assessments:
            taxon = taxa.taxon_of(assessment)
            sis_id, assessment_id = taxa.sis_id(taxon), taxa.assessment_id(assessment)
            slot = taxa.slots[assessment]
            day, year = known.date(assessment), known.year(assessment)
            criteria = known.criteria(assessment)
            found.append(
                f'{{"assessment_date":{_text(day)},"year_published":{_text(year)},'
                f'"latest":{_BOOL[SLOTS[slot].latest]},'
                f'"possibly_extinct":{_BOOL[known.possibly_extinct[assessment]]},'
                '"possibly_extinct_in_the_wild":'
                f"{_BOOL[known.possibly_extinct_in_the_wild[assessment]]},"
                f'"sis_taxon_id":{sis_id},"criteria":{_text(criteria)},'
                f'"url":"{SITE}/species/{sis_id}/{assessment_id}",'
                f'"taxon_scientific_name":"{taxa.scientific_name(taxon)}",'
                f'"red_list_category_code":{self._categories[known.categories[assessment]]},'
                f'"assessment_id":{assessment_id},{extra}"scopes":{self._scopes[slot]}}}'
            )
        return "[" + ",".join(found) + "]"


def _text(value: str | int | None) -> str:
    return "null" if value is None else f'"{value}"'


def _category(row: tuple[str | None, str, str]) -> dict[str, object]:
    return {"version": row[0], **coded_object(*row[1:])}


def _entries(path: str) -> dict[str, list[dict[str, object]]]:
    """The code list of a path: by code, its objects (a category has one for each version)."""
    if path == "red_list_categories":
        found: dict[str, list[dict[str, object]]] = {}
        for row in sorted(codes.categories(), key=lambda row: _NEWEST_FIRST[row[0]]):
            found.setdefault(row[1], []).append(_category(row))
        return found
    if path == "comprehensive_groups":
        return {name: [dict(group)] for name, group in codes.comprehensive_groups().items()}
    return {code: [coded_object(code, title)] for code, title in codes.schemes()[path].items()}


def _code_list(path: str) -> DemoAnswer:
    """All codes of a scheme; the categories in their own order, with all versions."""
    key = "comprehensive_group" if path == "comprehensive_groups" else path
    listed = [one for entry in _entries(path).values() for one in entry]
    if path == "red_list_categories":
        listed = list(map(_category, codes.categories()))
    return in_json({key: listed}, AnswerKind.CODES)


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


# -- v3 ------------------------------------------------------------------------------------


def v3_answer(catalogue: Catalogue, target: RequestTarget) -> DemoAnswer:
    """The answer to a request for *target* (whose path begins with V3_ROOT).

    A page takes some tenths of a second.
    """
    path = target.path[len(V3_ROOT) :].strip("/")
    head, _, value = path.rpartition("/")
    if head == "species/page" and value.isdecimal() and len(value) < 10:
        return _v3_page(catalogue, int(value))
    if path == "version":
        return in_json({"version": "2024-2"})
    if path == "speciescount":
        notes = ("Infraranks and subpopulations are counted, too.", "All of them are invented.")
        count = str(catalogue.taxa.count)
        return in_json({"count": count, "note1": notes[0], "note2": notes[1]})
    return no_such_page()


def _v3_page(catalogue: Catalogue, page: int) -> DemoAnswer:
    first, end = (min(n * _V3_PAGE_SIZE, catalogue.taxa.count) for n in (page, page + 1))
    head = f'{{"count":{end - first},"region":"global","page":"{page}","result":['
    body = head + ",".join(_v3_records(catalogue, first, end)) + "]}"
    return DemoAnswer(200, body.encode(), AnswerKind.V3_PAGE)


def _v3_records(known: Catalogue, start: int, end: int) -> Iterator[str]:
    """The records of some taxa as JSON; all strings but a few need no escapes."""
    taxa, category_codes = known.taxa, [row[1] for row in codes.categories()]
    family_end, lineage = 0, ""
    for taxon in range(start, end):
        if taxon >= family_end:
            family = taxa.family_of(taxon)
            family_end = taxa.family_starts[family + 1]
            ranks = zip(RANKS, taxa.families[family].lineage, strict=True)
            lineage = ",".join(f'"{rank}_name":"{name}"' for rank, name in ranks)
        genus, _, infra, population = taxa.parts(taxon)
        below = '"infra_rank":null,"infra_name":null'
        if infra:
            below = f'"infra_rank":"{taxa.infra_rank(taxon)}","infra_name":"{infra}"'
        yield (
            f'{{"taxonid":{taxa.sis_id(taxon)},{lineage},"genus_name":"{genus}",'
            f'"scientific_name":"{taxa.scientific_name(taxon)}",'
            f'"taxonomic_authority":{dump(taxa.authority(taxon))},{below},'
            f'"population":{dump(population)},'
            f'"category":"{category_codes[known.categories[taxa.best(taxon)]]}",'
            f'"main_common_name":{dump(taxa.main_common_name(taxon))}}}'
        )
