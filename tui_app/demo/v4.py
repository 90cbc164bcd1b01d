"""API v4: what it answers to a path and a query; nothing here knows of connections or time.

Shapes, key orders and headers follow recorded exchanges of the real API (2024 to 2025).
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlencode

from tui_app.redlist import codes

from .answer import Answer, Kind, Target, dump, error, in_json, no_such_page
from .catalogue import Catalogue, Filters, Members
from .groups import GROUPS
from .records import Records
from .rows import Rows
from .taxonomy import RANKS

ROOT: Final = "/api/v4/"
VERSION: Final = "2025-0"
"""The version that the demo gives: of the right form, but one that never came out."""

PAGE_SIZE: Final = 100
_SHORT_PAGE: Final = 20
_FILTERS: Final = (
    "latest", "year_published", "scope_code", "possibly_extinct", "possibly_extinct_in_the_wild",
)  # fmt: skip
_OF_TAXA: Final = _FILTERS[:3]
_NEWEST_FIRST: Final = {"3.1": 0, "2.3": 1, "Earlier Version": 2, None: 3}


class V4:
    """Answers of API v4 from one catalogue."""

    def __init__(self, catalogue: Catalogue, base_url: str) -> None:
        """Answer from *catalogue*; *base_url* is what the links between pages begin with."""
        self._catalogue = catalogue
        self._base_url = base_url
        self._rows = Rows(catalogue)
        self._records = Records(catalogue, self._rows)

    def answer(self, target: Target) -> Answer:
        """The answer to a request for *target* (whose path begins with ROOT)."""
        head, _, rest = target.path[len(ROOT) :].strip("/").partition("/")
        value = unquote(rest)
        if head == "taxa":
            return self._taxa(target, rest)
        if head == "assessment":
            return self._assessment(value)
        if head == "comprehensive_groups":
            return self._groups(target, value)
        if head in self._catalogue.facets and "/" not in rest:
            return self._coded(target, head, value) if value else _code_list(head)
        return self._single(target, f"{head}/{rest}" if rest else head)

    def _single(self, target: Target, path: str) -> Answer:
        """Operations without a code."""
        if path == "assessment_search":
            return self._search(target)
        if path == "green_status/all":
            return self._records.green_statuses()
        facts: dict[str, dict[str, object]] = {
            "statistics/count": {"count": self._catalogue.structure.taxa},
            "information/api_version": {"api_version": "v4"},
            "information/red_list_version": {"red_list_version": VERSION},
        }
        return in_json(facts[path]) if path in facts else no_such_page()

    # -- lists -----------------------------------------------------------------------------

    def _coded(self, target: Target, path: str, code: str) -> Answer:
        facet = self._catalogue.facets[path]
        if path == "red_list_categories":
            known = [row for row in codes.categories() if row[1] == code]
            known = known or [row for row in codes.categories() if row[1] == code.upper()]
            known.sort(key=lambda row: _NEWEST_FIRST[row[0]])
            found: object = [_category(*row) for row in known]
            code = known[0][1] if known else code
        else:
            scheme = codes.schemes()[path]
            code = code if code in scheme else code.upper()
            known = [(None, code, "")] if code in scheme else []
            found = known and _code(code, scheme[code])
        if not known:
            return error(404, "Not found")
        members = self._catalogue.listed(path, code, _filters(target, _FILTERS)) or ()
        coded = f'"code":{dump(code)},"code_type":"{facet.single}",'
        head = f'"{facet.single}":{dump(found)},'
        return self._page(target, members, head, {}, _FILTERS, coded=coded)

    def _groups(self, target: Target, name: str) -> Answer:
        groups = codes.comprehensive_groups()
        if not name:
            return in_json({"comprehensive_group": list(groups.values())}, Kind.CODES)
        name = name.lower()
        if name not in GROUPS:
            return error(404, "Not found")
        members = self._catalogue.listed("comprehensive_groups", name, _filters(target, _FILTERS))
        head = f'"comprehensive_group":{dump(groups[name])},'
        return self._page(target, members or (), head, {}, _FILTERS)

    def _taxa(self, target: Target, rest: str) -> Answer:
        kind, _, value = rest.partition("/")
        value = unquote(value)
        if kind in {"possibly_extinct", "possibly_extinct_in_the_wild"} and not value:
            members = self._catalogue.listed(f"taxa/{kind}", "", Filters())
            return self._page(target, members or (), "", None, size=_SHORT_PAGE)
        if kind == "sis" and value.isdecimal():
            return self._records.taxon_by_sis_id(int(value))
        if kind == "scientific_name" and not value:
            return self._records.taxon_by_name(target)
        if kind not in RANKS or "/" in value:
            return error(404, "Not found") if kind == "sis" else no_such_page()
        if not value:
            return in_json({f"{kind}_names": self._catalogue.structure.names(kind)}, Kind.CODES)
        members = self._catalogue.listed(f"taxa/{kind}", value, _filters(target, _OF_TAXA))
        if members is None:
            return error(404, "Not found")
        return self._page(target, members, "", {f"{kind}_name": value}, _OF_TAXA)

    def _search(self, target: Target) -> Answer:
        """Several codes at once: ``filter_on[]=countries:MG&filter_on[]=threats:5_3``.

        How the real, beta operation words its criteria is not documented; a path and a code
        with a colon is this server's reading.
        """
        wanted = [value for name, value in target.query if name in {"filter_on[]", "filter_on"}]
        if not wanted:
            return error(400, "filter_on is missing")
        lists = []
        for criterion in wanted:
            path, _, code = criterion.replace("=", ":", 1).partition(":")
            members = self._one_list(path, code, _filters(target, _FILTERS))
            if members is None:
                return error(400, f"filter_on is invalid: {criterion}")
            lists.append(members)
        members = lists[0] if len(lists) == 1 else self._catalogue.common(lists)
        return self._page(target, members, "", {"filter_on": wanted}, _FILTERS)

    def _one_list(self, path: str, code: str, filters: Filters) -> Members | None:
        schemes = codes.schemes()
        known = path.startswith("taxa/") and path[5:] in RANKS
        known = known or path == "comprehensive_groups" or code in schemes.get(path, ())
        known = known or (
            path == "red_list_categories" and code in (row[1] for row in codes.categories())
        )
        return self._catalogue.listed(path, code, filters) if known else None

    def _page(
        self,
        target: Target,
        members: Members,
        head: str,
        filters: dict[str, object] | None,
        allowed: tuple[str, ...] = (),
        *,
        coded: str = "",
        size: int = PAGE_SIZE,
    ) -> Answer:
        page = _page_number(target)
        rows = self._rows.rows(members[(page - 1) * size : page * size], coded)
        tail = ""
        if filters is not None:
            sent = {name: value for name, value in target.query if name in allowed}
            tail = f',"filters":{dump({**filters, **sent})}'
        body = f'{{{head}"assessments":{rows}{tail}}}'
        pages = max(1, -(-len(members) // size))
        headers = (
            ("current-page", str(page)),
            ("link", self._links(target, page, pages, size)),
            ("page-items", str(size)),
            ("total-count", str(len(members))),
            ("total-pages", str(pages)),
        )
        return Answer(200, body.encode(), Kind.PAGE, headers)

    def _links(self, target: Target, page: int, pages: int, size: int) -> str:
        kept = [pair for pair in target.query if pair[0] not in {"page", "per_page", "items"}]
        step = "items" if size == _SHORT_PAGE else "per_page"
        numbers = {"first": 1, "prev": min(page - 1, pages), "next": page + 1, "last": pages}
        if page >= pages:
            del numbers["next"]
        if page == 1:
            del numbers["prev"]
        path = target.path.rstrip("/")
        return ", ".join(
            f"<{self._base_url}{path}?{urlencode([*kept, ('page', number), (step, size)])}>; "
            f'rel="{rel}"'
            for rel, number in numbers.items()
        )

    # -- records ---------------------------------------------------------------------------

    def _assessment(self, value: str) -> Answer:
        if not value or "/" in value:
            return no_such_page()
        number = int(value) if value.isdecimal() else -1
        assessment = self._catalogue.structure.assessment_of_id(number)
        if assessment is None:
            return error(404, f"Assessment ID {value} not found")
        return self._records.assessment(assessment)


def _code(code: str, title: str) -> dict[str, object]:
    return {"description": {"en": title}, "code": code}


def _category(version: str | None, code: str, title: str) -> dict[str, object]:
    return {"version": version, "description": {"en": title}, "code": code}


def _code_list(path: str) -> Answer:
    if path == "red_list_categories":
        return in_json({path: [_category(*row) for row in codes.categories()]}, Kind.CODES)
    return in_json({path: [_code(*row) for row in codes.schemes()[path].items()]}, Kind.CODES)


def _page_number(target: Target) -> int:
    """The page asked for; the first where the number makes no sense."""
    value = target.value("page") or "1"
    return max(1, int(value)) if value.isdecimal() else 1


def _truth(target: Target, name: str, allowed: tuple[str, ...]) -> bool | None:
    value = target.value(name) if name in allowed else None
    return None if not value else value.lower() in {"true", "1", "t", "yes"}


def _filters(target: Target, allowed: tuple[str, ...]) -> Filters:
    year, scope = target.value("year_published"), target.value("scope_code")
    return Filters(
        latest=_truth(target, "latest", allowed),
        year=None if not year else int(year) if year.isdecimal() else 0,
        scope=scope or None,
        possibly_extinct=_truth(target, "possibly_extinct", allowed),
        possibly_extinct_in_the_wild=_truth(target, "possibly_extinct_in_the_wild", allowed),
    )
