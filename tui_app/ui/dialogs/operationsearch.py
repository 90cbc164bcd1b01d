"""What the picker finds for words that are typed, and the widgets that show and collect it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from typing import ClassVar, Final, NamedTuple

from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_app.redlist import (
    IDS,
    NAMES,
    Api,
    Kind,
    Operation,
    Target,
    make_query,
    operations_of,
    parse_target,
)
from tui_app.redlist.codes import Code, full_description, nearest, parents
from tui_app.redlist.errors import RedListError, UsageError
from tui_app.redlist.operations import SEARCH_FILTER, WITH_BELOW, not_given
from tui_app.redlist.text import counted

from .. import keys, text
from ..fields import Field

MOST_SHOWN: Final = 400
"""Longer lists are cut: they want a word more."""


class FoundRow(NamedTuple):
    """A row to choose."""

    text: str  # the operation or code: ``countries/{code}``, ``8_1_2``
    words: str  # what it means
    group: str = ""  # the heading under which it stands
    depth: int = 0  # steps below the outermost code
    operation: Operation | None = None  # None: it is chosen as it stands
    context: bool = False  # whether it only shows where the rows below it belong


class Found(NamedTuple):
    """Rows for what was typed, in the order of the whole list."""

    rows: tuple[FoundRow, ...]
    best: int | None  # index of the row that is meant most likely
    left_out: int = 0  # how many more there are


_GROUPS: Final = {
    Kind.PAGED: "Lists of assessments",
    Kind.RECORD: "One record",
    Kind.CODES: "Code lists",
    Kind.ANSWER: "One answer",
}
_OWN: Final = (
    FoundRow(NAMES, "taxa and their assessments, of a list of names", "A list of yours"),
    FoundRow(IDS, "assessments in full, of a list of their ids", "A list of yours"),
)


def all_operations(api: Api) -> tuple[FoundRow, ...]:
    """A row for each operation of a version, by kind."""
    rows: list[FoundRow] = []
    for kind, group in _GROUPS.items():
        alike = (one for one in operations_of(api) if one.kind is kind)
        rows += [FoundRow(one.path, one.help, group, 0, one) for one in alike]
        if kind is Kind.PAGED and api == "v4":
            rows += _OWN
    return tuple(rows)


def find_operations(typed: str, api: Api) -> Found:
    """Operations in whose path, help or kind every typed word occurs.

    Where there is none, those that have the typed letters in their order, unless the words name
    what the API doesn't have. What is an operation as it stands (``countries/MG``) comes first.
    """
    rows = all_operations(api)
    words = typed.casefold().split()
    if not words:
        return Found(rows, 0 if rows else None)
    found = [row for row in rows if _has(f"{row.text} {row.words} {row.group}", words)]
    if "/" in typed:
        with suppress(RedListError):
            query = make_query([typed], api)
            label, about = query.operations[0], query.targets[0].operation.help
            if all(row.text != label for row in found):
                found.insert(0, FoundRow(label, about, "As typed"))
    return _found(found, typed) if found or not_given(typed) else _like(typed, rows)


def find_codes(typed: str, codes: Sequence[Code]) -> Found:
    """Codes in which every typed word occurs, each below the codes that it belongs to.

    Where there is none, those that look like what was typed. A code that has others below it is
    followed by a row for all of them: ``5+``.
    """
    titles = {one.code: one.description for one in codes}
    words = typed.strip().removesuffix(WITH_BELOW).casefold().split()
    # What stands below "Logging" is about logging too.
    matching = {code for code in titles if _has(f"{code} {full_description(code, titles)}", words)}
    matching = matching or {one.code for one in nearest(typed, codes, n=8)}
    above = {over for code in matching for over in parents(code)}
    numbers = Counter(over for code in titles for over in parents(code))
    rows = []
    for code, words_of in titles.items():
        depth = sum(over in titles for over in parents(code))
        if code in matching or code in above:
            rows.append(FoundRow(code, words_of, depth=depth, context=code not in matching))
        if code in matching and numbers[code]:
            with_all = f"with all {counted(numbers[code], 'code')} below it"
            rows.append(FoundRow(f"{code}{WITH_BELOW}", with_all, depth=depth))
    return _found(rows, typed)


def with_typed(found: Found, typed: str) -> Found:
    """What was found, and what was typed as it stands: no list is sure to be complete."""
    typed = typed.strip()
    if not typed or any(row.text.casefold() == typed.casefold() for row in found.rows):
        return found
    best = len(found.rows) if found.best is None else found.best
    return Found((*found.rows, FoundRow(typed, "as typed")), best, found.left_out)


def _found(rows: list[FoundRow], typed: str) -> Found:
    shown = tuple(rows[:MOST_SHOWN])
    return Found(shown, _best(shown, typed) if rows else None, len(rows) - len(shown))


def _best(rows: Sequence[FoundRow], typed: str) -> int:
    scores = [_score(row, typed) for row in rows]
    alike = [at for at, score in enumerate(scores) if score == max(scores)]
    for at in alike:
        if rows[at].text == typed.strip() and rows[at].operation is None:  # EX is not Ex
            return at
    # Where two codes mean the same, the last one is the one in use: V and VU, E and EN.
    words = rows[alike[0]].words
    return max(at for at in alike if rows[at].words == words) if words else alike[0]


def _score(row: FoundRow, typed: str) -> int:
    text, said, wanted = row.text.casefold(), row.words.casefold(), typed.strip().casefold()
    if row.context:
        return -1
    fits = (
        # Who types "countries" wants those of a country rather than the list of codes.
        text == wanted or text.startswith(f"{wanted}/{{") or row.group == "As typed",
        said == wanted,
        text.startswith(wanted),
        said.startswith(wanted) or f"/{wanted}" in text,
        wanted in text,
        True,
    )
    return len(fits) - fits.index(True)


def _has(text: str, words: Iterable[str]) -> bool:
    text = text.casefold()
    spaced = text.replace("_", " ")
    return all(word in text or word in spaced for word in words)


def _like(typed: str, rows: Sequence[FoundRow]) -> Found:
    matcher = Matcher(typed.strip())
    scores = {row: max(matcher.match(row.text), matcher.match(row.words)) for row in rows}
    best = max(scores.values(), default=0.0)
    found = [row for row, score in scores.items() if score and score >= best / 2]
    at = next((at for at, row in enumerate(found) if scores[row] == best), None)
    return Found(tuple(found), at)


_WIDEST: Final = 27
"""Cells for paths and codes; longer ones push what they mean to the right."""
_LONGEST: Final = 200
"""Characters of a path, a code or its meaning that are drawn."""


class SearchInput(Input):
    """An input whose arrows move in the rows below."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PICKER_SEARCH)


class FoundRows(OptionList, can_focus=False):
    """What was found, under headings, one row highlighted."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self._rows: list[FoundRow | None] = []  # None: a heading

    @property
    def row(self) -> FoundRow | None:
        """The highlighted one."""
        return None if self.highlighted is None else self._rows[self.highlighted]

    def show_found(self, found: Found, ticked: Collection[str], keep: str | None = None) -> None:
        """Show rows, some with a tick; the one named ``keep`` is highlighted, or else the best."""
        longest = max((2 * row.depth + len(row.text) for row in found.rows), default=0)
        options: list[Option] = []
        self._rows = []

        def add(row: FoundRow | None, words: Content) -> None:
            self._rows.append(row)
            options.append(Option(words, disabled=row is None))

        group, highlight = "", None
        for number, row in enumerate(found.rows):
            if row.group != group:
                group = row.group
                add(None, Content.styled(group, "bold $text-primary"))
            if row.text == keep or (number == found.best and highlight is None):
                highlight = len(options)
            add(row, _prompt(row, min(longest, _WIDEST), row.text in ticked))
        if found.left_out:
            more = f"  … {text.count(found.left_out)} more: type to narrow them down"
            add(None, Content.styled(more, "$foreground 70%"))
        self.set_options(options)
        self.highlighted = highlight
        if highlight is not None and highlight <= 1:
            self.scroll_home(animate=False)


def _prompt(row: FoundRow, width: int, ticked: bool) -> Content:
    shown = f"{'  ' * row.depth}{text.clean(row.text[:_LONGEST])}"
    code, words = ("$foreground 70%",) * 2 if row.context else ("bold", "$foreground 75%")
    return Content.assemble(
        ("✓ " if ticked else "  ", "bold $text-success"),
        (shown.ljust(width), code),
        (f"  {text.clean(row.words[:_LONGEST])}", words),
    )


class ChosenOperations(OptionList):
    """The operations that were collected; Enter, Delete or a click selects one, to be removed."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PICKER_CHOSEN)

    def show_operations(self, operations: Sequence[str]) -> None:
        """Show these, with the highlight where it was."""
        at = self.highlighted or 0
        self.set_options(
            Option(Content.assemble(("× ", "bold $text-error"), text.clean(one)))
            for one in operations
        )
        self.highlighted = min(at, len(operations) - 1) if operations else None


_LABELS: Final = {
    "genus_name": ("Genus", "Canis"),
    "species_name": ("Species", "lupus"),
    "infra_name": ("Infra", "a subspecies or variety; may stay empty"),
    "subpopulation_name": ("Subpop.", "a subpopulation; may stay empty"),
    "sis_id": ("SIS id", "a number, such as 3746"),
    "assessment_id": ("Id", "an assessment's number, such as 163508960"),
}


def typed_values(operation: Operation) -> tuple[str, ...]:
    """Names of the values that are typed, as no list has them; none where a code is chosen."""
    if operation.takes is not None:
        return (operation.takes,) if operation.takes in ("sis_id", "assessment_id") else ()
    if operation.required == (SEARCH_FILTER,):  # one of a few filters: chosen like a code
        return ()
    return (*operation.required, *operation.optional) if operation.required else ()


class OperationValues(Vertical):
    """A line a value."""

    async def ask_for(self, operation: Operation) -> None:
        """Show empty lines for an operation's values and give the first one the focus."""
        await self.remove_children()
        fields: list[Field] = []
        for number, name in enumerate(typed_values(operation)):
            label, example = _LABELS.get(name, (name[:9], name))
            widget = Input(name=name, placeholder=example, compact=True, id=f"value-{number}")
            fields.append(Field(f"value-{number}", label, widget))
        await self.mount(*fields)
        fields[0].focus_inner()

    def operation_with_values(self, operation: Operation) -> str:
        """The operation as it is written with what was typed.

        Raises:
            UsageError: something is missing or is no number.
        """
        typed = {one.name or "": one.value.strip() for one in self.query(Input)}
        if operation.takes is None:
            given = tuple((name, value) for name, value in typed.items() if value)
            target = Target(operation, None, given)
        elif value := typed[operation.takes]:
            target = Target(operation, value)
        else:
            raise UsageError(f"{operation.path} needs its {operation.takes}.")
        return parse_target(target.label, operation.api).label
