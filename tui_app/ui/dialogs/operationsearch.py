"""What the picker finds for words that are typed, and the widgets that show and collect it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar, Final, NamedTuple

from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import Matcher
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_app.redlist import IDS, NAMES, Api, Kind, Operation, Target, operations_of, parse_target
from tui_app.redlist.codes import Code, full_description, nearest, parents
from tui_app.redlist.errors import RedListError, UsageError
from tui_app.redlist.operations import SEARCH_FILTER

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
    catalogue = operations_of(api)
    by_kind = {
        kind: tuple(
            FoundRow(one.path, one.help, group, 0, one) for one in catalogue if one.kind is kind
        )
        for kind, group in _GROUPS.items()
    }
    own = _OWN if api == "v4" else ()
    return (*by_kind[Kind.PAGED], *own, *by_kind[Kind.RECORD], *by_kind[Kind.CODES],
            *by_kind[Kind.ANSWER])  # fmt: skip


def find_operations(typed: str, api: Api) -> Found:
    """Operations in whose path, help or kind every typed word occurs.

    Where there is none, those that have the typed letters in their order. What is an operation
    as it stands (``countries/MG``) comes first.
    """
    rows = all_operations(api)
    words = typed.casefold().split()
    if not words:
        return Found(rows, 0 if rows else None)
    texts = [f"{row.text} {row.words} {row.group}" for row in rows]
    found = [row for row, text in zip(rows, texts, strict=True) if _has(text, words)]
    written = as_written(typed, api) if "/" in typed else None
    if written is not None and all(row.text != written.text for row in found):
        found.insert(0, written)
    return _found(found, typed) if found else _like(typed, rows)


def as_written(typed: str, api: Api) -> FoundRow | None:
    """A row for an operation that was typed in full, with its code; None where it is none."""
    try:
        target = parse_target(typed, api)
    except RedListError:
        return None
    return FoundRow(target.label, target.operation.help, "As typed")


def find_codes(typed: str, codes: Sequence[Code]) -> Found:
    """Codes in which every typed word occurs, each below the codes that it belongs to.

    Where there is none, those that look like what was typed.
    """
    known = {one.code: one for one in codes}
    words = typed.casefold().split()
    if not words:
        matching = list(known)
    else:
        # What stands below "Logging" is about logging too.
        titles = {one.code: one.description for one in codes}
        matching = [
            one.code
            for one in codes
            if _has(f"{one.code} {full_description(one.code, titles)}", words)
        ]
        if not matching:
            matching = [one.code for one in nearest(typed, codes, n=8)]
    above = {over for code in matching for over in parents(code) if over in known}
    wanted = set(matching)
    rows = [
        FoundRow(
            one.code,
            one.description,
            depth=sum(over in known for over in parents(one.code)),
            context=one.code not in wanted,
        )
        for one in known.values()
        if one.code in wanted or one.code in above
    ]
    return _found(rows, typed)


def with_typed(found: Found, typed: str) -> Found:
    """What was found, and what was typed as it stands: no list is sure to be complete."""
    typed = typed.strip()
    if not typed or any(row.text.casefold() == typed.casefold() for row in found.rows):
        return found
    best = len(found.rows) if found.best is None else found.best
    return Found((*found.rows, FoundRow(typed, "as typed")), best, found.left_out)


def _found(rows: list[FoundRow], typed: str) -> Found:
    if not rows:
        return Found((), None)
    shown = rows[:MOST_SHOWN]
    return Found(tuple(shown), _best(shown, typed), len(rows) - len(shown))


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
    # Who types "countries" wants those of a country rather than the list of codes.
    if text == wanted or text.startswith(f"{wanted}/{{") or row.group == "As typed":
        return 5
    if said == wanted:
        return 4
    if text.startswith(wanted):
        return 3
    if said.startswith(wanted) or f"/{wanted}" in text:
        return 2
    return 1 if wanted in text else 0


def _has(text: str, words: Iterable[str]) -> bool:
    text = text.casefold()
    spaced = text.replace("_", " ")
    return all(word in text or word in spaced for word in words)


def _like(typed: str, rows: Sequence[FoundRow]) -> Found:
    matcher = Matcher(typed.strip())
    scores = [max(matcher.match(row.text), matcher.match(row.words)) for row in rows]
    best = max(scores, default=0.0)
    if not best:
        return Found((), None)
    found = [(row, score) for row, score in zip(rows, scores, strict=True) if score >= best / 2]
    return Found(tuple(row for row, _ in found), [score for _, score in found].index(best))


_WIDEST: Final = 27
"""Cells for paths and codes; longer ones push what they mean to the right."""
_LONGEST: Final = 200
"""Characters of a path, a code or its meaning that are drawn."""
_LABELS: Final = {
    "genus_name": ("Genus", "Canis"),
    "species_name": ("Species", "lupus"),
    "infra_name": ("Infra", "a subspecies or variety; may stay empty"),
    "subpopulation_name": ("Subpop.", "a subpopulation; may stay empty"),
    "sis_id": ("SIS id", "a number, such as 3746"),
    "assessment_id": ("Id", "an assessment's number, such as 163508960"),
}


class SearchInput(Input):
    """An input whose arrows move in the rows below."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PICKER_SEARCH)


class FoundRows(OptionList, can_focus=False):
    """What was found, under headings, one row highlighted."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self._rows: list[FoundRow | None] = []

    @property
    def row(self) -> FoundRow | None:
        """The highlighted one."""
        return None if self.highlighted is None else self.row_at(self.highlighted)

    def row_at(self, index: int) -> FoundRow | None:
        """The row of an option; None for a heading."""
        return self._rows[index] if index < len(self._rows) else None

    def show_found(self, found: Found, ticked: Collection[str], keep: str | None = None) -> None:
        """Show rows.

        Args:
            found: the rows.
            ticked: texts of rows that have a tick.
            keep: text of the row to highlight, where it is among them; else the best is.
        """
        longest = max((2 * row.depth + len(row.text) for row in found.rows), default=0)
        width = min(longest, _WIDEST)
        options: list[Option] = []
        self._rows = []
        group, highlight = "", None
        for number, row in enumerate(found.rows):
            if row.group != group:
                group = row.group
                self._rows.append(None)
                options.append(Option(Content.styled(group, "bold $text-primary"), disabled=True))
            if row.text == keep or (number == found.best and highlight is None):
                highlight = len(options)
            self._rows.append(row)
            options.append(Option(_prompt(row, width, row.text in ticked)))
        if found.left_out:
            self._rows.append(None)
            more = f"  … {text.count(found.left_out)} more: type to narrow them down"
            options.append(Option(Content.styled(more, "$foreground 70%"), disabled=True))
        self.set_options(options)
        self.highlighted = highlight
        if highlight is not None and highlight <= 1:
            self.scroll_home(animate=False)


def _prompt(row: FoundRow, width: int, ticked: bool) -> Content:
    shown = f"{'  ' * row.depth}{text.clean(row.text[:_LONGEST])}"
    return Content.assemble(
        ("✓ " if ticked else "  ", "bold $text-success"),
        (shown.ljust(width), "$foreground 70%" if row.context else "bold"),
        (
            f"  {text.clean(row.words[:_LONGEST])}",
            "$foreground 70%" if row.context else "$foreground 75%",
        ),
    )


class ChosenOperations(OptionList):
    """The operations that were collected; Enter, Delete or a click takes one away."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PICKER_CHOSEN)

    class Removed(Message):
        """An operation is to be taken away."""

        def __init__(self, operation: str) -> None:
            super().__init__()
            self.operation = operation

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self._operations: list[str] = []

    def show_operations(self, operations: list[str]) -> None:
        """Show these."""
        self._operations = list(operations)
        at = self.highlighted
        prompts = [
            Content.assemble(("× ", "bold $text-error"), text.clean(one)) for one in operations
        ]
        self.set_options([Option(prompt) for prompt in prompts])
        self.highlighted = min(at or 0, len(prompts) - 1) if prompts else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it away."""
        event.stop()
        if event.option_index < len(self._operations):
            self.post_message(self.Removed(self._operations[event.option_index]))


def asks_for_values(operation: Operation) -> bool:
    """Whether it has a value that no code list holds, or parameters that it can't do without."""
    if operation.required == (SEARCH_FILTER,):  # one of a few filters: chosen like a code
        return False
    return bool(operation.required) or operation.takes in ("sis_id", "assessment_id")


class OperationValues(Vertical):
    """A line a value."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._operation: Operation | None = None

    async def ask_for(self, operation: Operation) -> None:
        """Show empty lines for an operation's values and give the first one the focus."""
        self._operation = operation
        await self.remove_children()
        fields: list[Field] = []
        for name in _names(operation):
            label, example = _LABELS.get(name, (name[:9], name))
            widget = Input(name=name, placeholder=example, compact=True, id=f"value-{len(fields)}")
            fields.append(Field(f"value-{len(fields)}", label, widget))
        await self.mount(*fields)
        fields[0].focus_inner()

    def operation_with_values(self) -> str:
        """The operation as it is written with what was typed.

        Raises:
            UsageError: something is missing or is no number.
        """
        operation = self._operation
        assert operation is not None
        typed = {one.name or "": one.value.strip() for one in self.query(Input)}
        if operation.takes is not None:
            value = typed[operation.takes]
            if not value:
                raise UsageError(f"{operation.path} needs its {operation.takes}.")
            target = Target(operation, value)
        else:
            given = tuple((name, value) for name, value in typed.items() if value)
            target = Target(operation, None, given)
        return parse_target(target.label, operation.api).label


def _names(operation: Operation) -> tuple[str, ...]:
    if operation.takes is not None:
        return (operation.takes,)
    return (*operation.required, *operation.optional)
