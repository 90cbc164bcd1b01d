"""API v4: the answer to a path and a query, as the live server gave it in 2026."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import Final
from urllib.parse import unquote, urlencode

from tui_app.redlist import codes

from .answer import Answer, Kind, Target, dump, error, in_json, no_such_page
from .assessment import Assessments
from .catalogue import SEARCHES, Catalogue, Filters, Members, green_taxa
from .hashing import Dice
from .skeleton import SLOTS
from .tables import RANKS
from .taxa import SITE, coded, green_status, scope_objects, taxon_object

ROOT: Final = "/api/v4/"
VERSION: Final = "2026-1"
PAGE_SIZE: Final = 100
_SHORT_PAGE: Final = 20
_FILTERS: Final = (
    "year_published", "latest", "possibly_extinct", "possibly_extinct_in_the_wild", "scope_code",
)  # fmt: skip
_OF_TAXA: Final = ("year_published", "latest", "scope_code")
_NEWEST_FIRST: Final = {"3.1": 0, "2.3": 1, "Earlier Version": 2, None: 3}
_BOOL: Final = ("false", "true")


class V4:
    """Answers of API v4 from one catalogue."""

    def __init__(self, catalogue: Catalogue, base_url: str) -> None:
        """Answer from *catalogue*; *base_url* is what the links between pages begin with."""
        self._catalogue = catalogue
        self._base_url = base_url
        self._assessments = Assessments(catalogue)

    def answer(self, target: Target) -> Answer:
        """The answer to a request for *target* (whose path begins with ROOT)."""
        path = target.path[len(ROOT) :].strip("/")
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
            "statistics/count": {"count": self._catalogue.skeleton.taxa},
            "information/api_version": {"api_version": "v4"},
            "information/red_list_version": {"red_list_version": VERSION},
        }
        return in_json(facts[path]) if path in facts else no_such_page()

    # -- lists -----------------------------------------------------------------------------

    def _coded(self, target: Target, path: str, code: str) -> Answer:
        """Assessments of one code, after the code's own object; a group's rows name no code."""
        entries = _entries(path)
        alike = (one for one in entries if one.casefold() == code.casefold())
        code = next((one for one in (code, code.upper(), *alike) if one in entries), "")
        if not code:
            return error(404, "Not found")
        allowed = tuple(name for name in _FILTERS if (path, name) != ("scopes", "scope_code"))
        members = self._catalogue.listed(path, code, _filters(target, allowed)) or ()
        single, extra = "comprehensive_group", ""
        if path != single + "s":
            single = self._catalogue.facets[path].single
            extra = f'"code":{dump(code)},"code_type":"{single}",'
        entry: object = entries[code]
        if path != "red_list_categories":
            entry = entries[code][0]
        return self._page(target, members, f'"{single}":{dump(entry)},', allowed, extra=extra)

    def _taxa(self, target: Target, rest: str) -> Answer:
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
            return in_json({f"{kind}_names": self._catalogue.skeleton.names(kind)}, Kind.CODES)
        of_rank = self._catalogue.listed(f"taxa/{kind}", value, _filters(target, _OF_TAXA))
        if of_rank is None:
            return error(404, "Not found")
        return self._page(target, of_rank, "", _OF_TAXA, name={f"{kind}_name": value})

    def _search(self, target: Target) -> Answer:
        """Ids of the assessments that fit every filter named."""
        wanted = tuple(value for name, value in target.query if name == "filter_on[]")
        if not wanted or not set(wanted) <= SEARCHES.keys():
            return error(400, "filter_on is missing or unknown")
        members, page = self._catalogue.search(wanted), _page_number(target)
        found = members[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        ids = [self._catalogue.skeleton.assessment_id(number) for number in found]
        body = dump({"assessment_ids": ids, "filters": {"filter_on": wanted}})
        headers = self._paging(target, page, len(members), PAGE_SIZE)
        return Answer(200, body.encode(), Kind.PAGE, headers)

    def _page(
        self,
        target: Target,
        members: Members,
        head: str,
        allowed: tuple[str, ...] | None,
        *,
        name: dict[str, str] | None = None,
        extra: str = "",
        size: int = PAGE_SIZE,
    ) -> Answer:
        """A page of a list.

        Args:
            target: the request; its filters are echoed as sent.
            members: the whole list.
            head: the text of the keys before ``assessments``.
            allowed: the filters that the list knows; None: it has no ``filters``.
            name: what ``filters`` ends with.
            extra: the text of a row's keys before ``scopes``.
            size: rows a page.
        """
        page = _page_number(target)
        rows = self.rows(members[(page - 1) * size : page * size], extra)
        tail = ""
        if allowed is not None:
            sent = {key: value for key, value in target.query if key in allowed}
            tail = f',"filters":{dump({**sent, **(name or {})})}'
        body = f'{{{head}"assessments":{rows}{tail}}}'
        return Answer(200, body.encode(), Kind.PAGE, self._paging(target, page, len(members), size))

    def _paging(
        self, target: Target, page: int, total: int, size: int
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

    def _assessment(self, value: str) -> Answer:
        """An assessment in full, by its id; some historical ones are named by lists only."""
        skeleton = self._catalogue.skeleton
        number = _number(value)
        assessment = skeleton.assessment_of_id(number)
        if assessment is None or self._catalogue.withheld(assessment):
            return error(404, f"Assessment ID {value} not found")
        today = datetime.now(UTC).date()
        body = dump(self._assessments.whole(assessment, today)).encode()
        return Answer(200, body, Kind.RECORD, day=today.isoformat())

    def _taxon_by_sis_id(self, value: str) -> Answer:
        """A taxon and its assessments, by its id."""
        number = _number(value)
        taxon = self._catalogue.skeleton.taxon_of_sis_id(number)
        if taxon is None:
            return error(404, "Not found")
        return self._taxon(taxon, f'"sis_id":{number},', "")

    def _taxon_by_name(self, target: Target) -> Answer:
        """A taxon and its assessments, by its name."""
        keys = ("genus_name", "species_name", "infra_name", "subpopulation_name")
        genus, species, infra, population = (target.value(key) for key in keys)
        if not genus or not species:
            return error(400, "genus_name and species_name are required")
        taxon = self._catalogue.names.find(genus, species, infra, population)
        if taxon is None:
            return error(404, "Not found")
        sent = {name: value for name, value in target.query if name in keys}
        return self._taxon(taxon, "", f',"params":{dump(sent)}')

    def _taxon(self, taxon: int, head: str, tail: str) -> Answer:
        history = list(reversed(self._catalogue.skeleton.history(taxon)))
        # Not always newest first: the live API's order is none that a client could rely on.
        start = Dice(self._catalogue.seed, "order", taxon).below(len(history))
        history = history[start:] + history[:start]
        body = (
            f'{{{head}"taxon":{dump(taxon_object(self._catalogue, taxon))},'
            f'"assessments":{self.rows(history)}{tail}}}'
        )
        return Answer(200, body.encode(), Kind.RECORD)

    def _green_statuses(self) -> Answer:
        """All Green Status assessments in one answer."""
        taxa = green_taxa(self._catalogue.skeleton)
        return in_json(
            {"assessments": [green_status(self._catalogue, taxon) for taxon in taxa]}, Kind.RECORD
        )

    # -- rows ------------------------------------------------------------------------------

    @cached_property
    def _scopes(self) -> list[str]:
        return [dump(scope_objects(slot.scopes)) for slot in SLOTS]

    @cached_property
    def _categories(self) -> list[str]:
        return [dump(code) for _, code, _ in codes.categories()]

    def rows(self, assessments: Iterable[int], extra: str = "") -> str:
        """Assessments in short, as a JSON list.

        Written with format strings, since a page of 100 must take no longer than a millisecond or
        two; names, codes and criteria need no escapes.
        """
        known, skeleton = self._catalogue, self._catalogue.skeleton
        columns = known.columns
        found = []
        for assessment in assessments:
            taxon = skeleton.taxon_of(assessment)
            sis_id, assessment_id = skeleton.sis_id(taxon), skeleton.assessment_id(assessment)
            slot = skeleton.slots[assessment]
            day, year = known.date(assessment), known.year(assessment)
            criteria = known.criteria(assessment)
            found.append(
                f'{{"assessment_date":{_text(day)},"year_published":{_text(year)},'
                f'"latest":{_BOOL[SLOTS[slot].latest]},'
                f'"possibly_extinct":{_BOOL[columns.possibly_extinct[assessment]]},'
                '"possibly_extinct_in_the_wild":'
                f"{_BOOL[columns.possibly_extinct_in_the_wild[assessment]]},"
                f'"sis_taxon_id":{sis_id},"criteria":{_text(criteria)},'
                f'"url":"{SITE}/species/{sis_id}/{assessment_id}",'
                f'"taxon_scientific_name":"{known.names.scientific_name(taxon)}",'
                f'"red_list_category_code":{self._categories[columns.categories[assessment]]},'
                f'"assessment_id":{assessment_id},{extra}"scopes":{self._scopes[slot]}}}'
            )
        return "[" + ",".join(found) + "]"


def _text(value: str | int | None) -> str:
    return "null" if value is None else f'"{value}"'


def _entries(path: str) -> dict[str, list[dict[str, object]]]:
    """The code list of a path: by code, its objects (a category has one for each version)."""
    found: dict[str, list[dict[str, object]]] = {}
    if path == "red_list_categories":
        rows = sorted(codes.categories(), key=lambda row: _NEWEST_FIRST[row[0]])
        for version, code, title in rows:
            found.setdefault(code, []).append({"version": version, **coded(code, title)})
        return found
    if path == "comprehensive_groups":
        return {name: [dict(group)] for name, group in codes.comprehensive_groups().items()}
    return {code: [coded(code, title)] for code, title in codes.schemes()[path].items()}


def _code_list(path: str) -> Answer:
    """All codes of a scheme; the categories in their own order, with all versions."""
    if path == "red_list_categories":
        rows = codes.categories()
        listed = [{"version": version, **coded(code, title)} for version, code, title in rows]
        return in_json({path: listed}, Kind.CODES)
    key = "comprehensive_group" if path == "comprehensive_groups" else path
    return in_json({key: [one for entry in _entries(path).values() for one in entry]}, Kind.CODES)


def _number(value: str) -> int:
    return int(value) if value.isdecimal() and len(value) < 19 else -1


def _page_number(target: Target) -> int:
    """The page requested; the first where the number makes no sense."""
    value = target.value("page") or "1"
    return max(1, _number(value))


def _filters(target: Target, allowed: tuple[str, ...]) -> Filters:
    sent = {name: target.value(name) or None for name in allowed}

    def truth(name: str) -> bool | None:
        value = sent.get(name)
        return None if value is None else value.lower() in {"true", "1", "t", "yes"}

    year = sent["year_published"]
    return Filters(
        latest=truth("latest"),
        year=None if year is None else _number(year),
        scope=sent.get("scope_code"),
        possibly_extinct=truth("possibly_extinct"),
        possibly_extinct_in_the_wild=truth("possibly_extinct_in_the_wild"),
    )
