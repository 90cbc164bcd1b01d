"""Opening the application with its form filled in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import click

from tui_app.redlist import IDS, NAMES
from tui_app.redlist.errors import UsageError
from tui_app.settings import Settings, load_settings

from .application import open_application
from .options import (
    CARRYING,
    SERVER,
    GroupedCommand,
    chosen_settings,
    complete_operation,
    config_option,
    filter_options,
    filters_from_options,
    fresh_option,
    history_option,
    is_stdin,
    one_per_taxon_option,
    query_from_options,
    setting_options,
    whole_options,
)

_SETTINGS: Final = (*SERVER, "method", "methods", "pages", *CARRYING)
_FETCHED: Final = ("details", "intersect", "distinct", "history")
"""Options of a fetch alone, which are also fields of the form."""
_LISTS: Final = {"names": NAMES, "ids": IDS}


@click.command(
    "open", cls=GroupedCommand, hidden=True, epilog="Example: iucn-tui open countries/MG --latest"
)
@click.argument("operations", nargs=-1, metavar="[OPERATION…]", shell_complete=complete_operation)
@setting_options(*_SETTINGS)
@whole_options
@history_option
@one_per_taxon_option
@filter_options
@fresh_option
@config_option
def open_form(operations: tuple[str, ...], **options: Any) -> int:
    """Open the application with its form filled in.

    The word open is optional: `iucn-tui countries/MG --latest`. Fields that are not given are
    those of the last session.
    """
    given = chosen_settings(options, *_SETTINGS)
    settings = load_settings(given, os.environ, Path()).settings
    return open_application(form_values(operations, settings, options), given)


def form_values(
    operations: tuple[str, ...], settings: Settings, options: dict[str, Any]
) -> dict[str, Any]:
    """The form's values by the options, by field of :class:`tui_app.ui.form.FormValues`.

    Raises:
        UsageError: an operation doesn't exist, a file can't be read, or the form can't hold it.
    """
    for name, option in (("column", "--column"), ("params", "--param")):
        if options[name]:
            raise UsageError(
                f"The form of the application has no field for {option}.",
                "Leave it out, or use `iucn-tui fetch`.",
            )
    for name, word in _LISTS.items():
        if is_stdin(options[name]):
            raise UsageError(
                f"The application can't read {name} from standard input, which is your keyboard.",
                "Give a file.",
            )
        if options[name] is not None and not operations:
            operations = (word,)
    if not operations:
        unused = [f"--{name}" for name in _FETCHED if options[name]]
        unused += ["the filters"] if any(filters_from_options(options).values()) else []
        if unused:
            advice = "Add one, for example countries/MG."
            raise UsageError(f"No operation is given for {unused[0]}.", advice)
        return {}
    # A list that isn't given can be pasted into the form.
    pasted = {word for name, word in _LISTS.items() if options[name] is None}
    if known := tuple(one for one in operations if one not in pasted):
        query_from_options(known, settings, options)  # raises if one is wrong
    return _fields(operations, settings, options)


def _fields(
    operations: tuple[str, ...], settings: Settings, options: dict[str, Any]
) -> dict[str, Any]:
    from tui_app.ui.dialogs.lists import read_list
    from tui_app.ui.form import all_paged, join_operations

    line = join_operations(operations)
    filters = {name: value for name, value in filters_from_options(options).items() if value}
    fetched = {name: bool(options[name]) for name in _FETCHED}
    form: dict[str, Any] = {
        "operation": line,
        "api": settings.api,
        "filters": tuple(filters.items()),
        **fetched,
    }
    for name in _LISTS:
        if options[name] is not None:
            form[name] = tuple(read_list(Path(options[name])).rstrip("\n").split("\n"))
    if any(fetched.values()) or options["pages"] or not all_paged(line, settings.api):
        form["action"] = "fetch"
    return form
