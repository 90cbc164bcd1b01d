"""The commands' options, read into settings, a query and files, and checked before a request."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import fields
from functools import reduce
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from tui_app.export.destinations import check_outputs, parquet_form
from tui_app.export.parquet_file import check_parquet
from tui_app.export.xlsx_file import check_xlsx
from tui_app.methods import method_notices
from tui_app.redlist import IDS, NAMES, Api, Query, make_query, operations_of
from tui_app.redlist.codes import built_in
from tui_app.redlist.errors import TokenRefused, UsageError
from tui_app.redlist.names_table import list_text, split_lines
from tui_app.redlist.rate_limit import pace_in_words
from tui_app.settings import (
    CONFIG_VARIABLE,
    COURTEOUS_RATE,
    COURTEOUS_WINDOW,
    Loaded,
    NotRegular,
    Settings,
    check_token,
    help_on,
    load_settings,
    parse_setting,
    public_name,
    read_regular,
)

from .messages import say

Decorator = Callable[[Any], Any]

_ATTRIBUTES: Final = {public_name(one.name): one.name for one in fields(Settings)}

MOST_COMPLETED: Final = 300

SERVER: Final = ("source", "api", "base_url", "demo_profile")
CARRYING: Final = ("concurrency", "rate", "window", "retries", "timeout", "connect_timeout")


def _together(*options: Decorator) -> Decorator:
    """Options that several commands have; they stand in this order in the help."""
    return lambda command: reduce(lambda done, option: option(done), reversed(options), command)


class _Setting(click.Option):
    """An option for a setting, whose help is made when it is read."""

    def __init__(self, *args: Any, setting: str, own: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self._setting = setting
        self._own = own

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        form, about, shown = help_on(self._setting)
        self.metavar = f"[{form}]" if "|" in form else form
        self.help = about + (f"  [default: {shown}]" if shown and not self._own else "")
        return super().get_help_record(ctx)


_HEADINGS: Final = {
    "What to fetch": "source api base-url demo-profile names ids column pages details intersect "
    "resolve",
    "How fast": "method methods concurrency rate window retries timeout connect-timeout fresh",
    "How to compare": "repeats warmup seed shuffle live again",
    "Which rows": "latest scope year possibly-extinct possibly-extinct-in-the-wild param "
    "distinct one-per-taxon history",
    "Where to write": "csv jsonl parquet xlsx tables requests-csv bibtex report wide csv-safe",
    "Output": "",  # all others
}
_WIDEST_NAME: Final = 28
"""Columns of an option's name and values; the help of a longer one begins on the next line."""


class GroupedCommand(click.Command):
    """A command whose help shows the options under headings, aligned."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, by heading."""
        records = [
            (one.opts[-1][2:], one.get_help_record(ctx))
            for one in self.get_params(ctx)
            if isinstance(one, click.Option)
        ]
        rows = {name: record for name, record in records if record is not None}
        for heading, names in _HEADINGS.items():
            under = [rows.pop(name) for name in names.split() or [*rows] if name in rows]
            if under:
                (first, about), *rest = under
                with formatter.section(heading):
                    formatter.write_dl(
                        [(first.ljust(_WIDEST_NAME), about), *rest], col_max=_WIDEST_NAME
                    )


def setting_options(*names: str, own: bool = False) -> Decorator:
    """Options for settings, by :func:`~tui_app.settings.public_name`.

    ``own``: where one is not given, a kept run's own value holds, not the default.
    """
    return _together(
        *(
            click.option(
                f"--{name.replace('_', '-')}",
                cls=_Setting,
                setting=_ATTRIBUTES[name],
                own=own,
            )
            for name in names
        )
    )


def chosen_settings(options: dict[str, Any], *names: str) -> dict[str, str | None]:
    """The settings among the options, as :func:`tui_app.settings.load_settings` takes them."""
    given = {name: options.get(name) for name in names}
    if options.get("fresh"):  # a flag, as it is typed; a setting, as it is kept
        given["fresh"] = "yes"
    if options.get("one_per_taxon") is not None:
        given["one_per_taxon"] = "yes" if options["one_per_taxon"] else "no"
    return given


def load(options: dict[str, Any], *names: str) -> Loaded:
    """Load the settings, with the options that are given; print their warnings.

    Raises:
        UsageError: a value is not valid.
    """
    loaded = load_settings(chosen_settings(options, *names), os.environ, Path())
    for notice in loaded.notices:
        say(f"Warning: {notice}")
    if not {"method", "methods"}.isdisjoint(names):
        tell_methods()
    return loaded


def tell_methods() -> None:
    """Warn about methods of other packages that can't be used."""
    for notice in method_notices():
        say(f"Warning: {notice}")


def given(options: dict[str, Any], *names: str) -> dict[str, Any]:
    """The values of the options that are given, by the settings' attributes.

    Raises:
        UsageError: a value is not valid.
    """
    return {
        one.name: parse_setting(one.name, options[name])
        for one in fields(Settings)
        if (name := public_name(one.name)) in names and options.get(name) is not None
    }


def _use_config(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value:
        os.environ[CONFIG_VARIABLE] = value


config_option = click.option(
    "--config",
    metavar="FILE",
    expose_value=False,
    is_eager=True,
    callback=_use_config,
    help="configuration file, instead of the usual ones",
)


def complete_operation(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Operations and codes that begin as typed, for the shell's completion."""
    api: Api = "v3" if context.params.get("api") == "v3" else "v4"
    stem, slash, begun = incomplete.rpartition("/")
    codes = [
        CompletionItem(f"{stem}/{one.code}", help=one.description)
        for one in (built_in(stem.lower()) if slash else ())
        if one.code.lower().startswith(begun.lower())
    ]
    pseudo = [
        CompletionItem(word, help=about)
        for word, about in ((NAMES, "species by name: --names FILE"), (IDS, "by id: --ids FILE"))
        if api == "v4" and word.startswith(incomplete.lower())
    ]
    known = [
        CompletionItem(one.stem + "/" * (one.takes is not None), help=one.help)
        for one in operations_of(api)
        if one.stem.startswith(incomplete.lower())
    ]
    return [*codes, *pseudo, *known][:MOST_COMPLETED]


FILTER_OPTIONS: Final = {
    "latest": "latest",
    "scope": "scope_code",
    "year": "year_published",
    "possibly_extinct": "possibly_extinct",
    "possibly_extinct_in_the_wild": "possibly_extinct_in_the_wild",
}
"""Options by the API's name of the filter that they send."""


operations_argument = click.argument(
    "operations", nargs=-1, required=True, metavar="OPERATION…", shell_complete=complete_operation
)

filter_options = _together(
    click.option(
        "--latest/--all-years", default=None, help="latest assessments only; all assessments"
    ),
    click.option("--scope", metavar="CODE", help="assessments of one scope only (1: Global)"),
    click.option("--year", metavar="YEAR", help="assessments published in one year only"),
    *(
        click.option(
            f"--{name}/--not-{name}",
            default=None,
            help=about,
        )
        for name, about in (
            ("possibly-extinct", "include only / exclude possibly extinct taxa"),
            ("possibly-extinct-in-the-wild", "the same for possibly extinct in the wild"),
        )
    ),
    click.option(
        "--param",
        "params",
        multiple=True,
        metavar="K=V",
        help="further query parameter; repeatable",
    ),
)
"""Filters of a query; none is sent by default."""

distinct_option = click.option(
    "--distinct", is_flag=True, help="one row per assessment, even if several codes list it"
)
fresh_option = click.option("--fresh", is_flag=True, help="ignore cached responses")
history_option = click.option(
    "--history", is_flag=True, help="with --names: one row per assessment"
)
one_per_taxon_option = click.option(
    "--one-per-taxon/--all-rows",
    default=None,
    help="one row per taxon (latest Global, else latest, else newest assessment); all rows",
)
wide_option = click.option("--wide", is_flag=True, help="with --names: add every field")
csv_safe_option = click.option(
    "--csv-safe", is_flag=True, help="quote cells that spreadsheets run as formulas"
)

whole_options = _together(
    click.option(
        "--names", metavar="FILE", help="names for the operation species: a file, or - for stdin"
    ),
    click.option(
        "--ids", metavar="FILE", help="ids for the operation assessments: a file, or - for stdin"
    ),
    click.option("--column", metavar="NAME", help="column of the names or ids in a table"),
    click.option("--details", is_flag=True, help="also fetch the full assessment of each row"),
    click.option("--intersect", is_flag=True, help="only assessments that all OPERATIONs list"),
    distinct_option,
)
"""What is fetched beyond the operations' own pages."""

_FILES: Final = {
    "csv": "records as CSV; -: stdout",
    "jsonl": "records as nested JSON Lines; -: stdout",
    "parquet": "records as Parquet; FILE/: partitioned in a folder (extra: parquet)",
    "xlsx": "records as an Excel workbook (extra: excel)",
    "requests-csv": "one row per request, with timings; -: stdout",
    "bibtex": "citation of the Red List version; -: stdout",
}

export_options = _together(
    one_per_taxon_option,
    history_option,
    csv_safe_option,
    wide_option,
    click.option(
        "--tables",
        metavar="FOLDER",
        help="threats, habitats, … of full assessments as one CSV each",
    ),
    *(click.option(f"--{name}", metavar="FILE", help=about) for name, about in _FILES.items()),
)
"""Files to write."""

quiet_option = click.option("-q", "--quiet", is_flag=True, help="print less to stderr")

output_options = _together(
    click.option("--json", "as_json", is_flag=True, help="print the summary as JSON to stdout"),
    click.option("--plain", is_flag=True, help="one line per event on stderr, no progress bar"),
    quiet_option,
    click.option("-v", "--verbose", is_flag=True, help="print more to stderr"),
)
"""What goes to stdout and stderr."""


def filters_from_options(options: dict[str, Any]) -> dict[str, str | None]:
    """The filters of the options, by the API's names; None is not sent."""
    filters: dict[str, str | None] = {}
    for option, name in FILTER_OPTIONS.items():
        value = options.get(option)
        if isinstance(value, bool):
            # --all-years is the API's default.
            filters[name] = None if name == "latest" and not value else str(value).lower()
        elif value is not None:
            filters[name] = str(value)
    return filters


def query_from_options(
    asked: tuple[str, ...], settings: Settings, options: dict[str, Any]
) -> Query:
    """The query of operations and filter options.

    Raises:
        UsageError: an operation doesn't exist, or takes no such filter.
    """
    params: list[tuple[str, str]] = []
    for text in options.get("params") or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--param takes NAME=VALUE, not '{text}'.")
        if name.lower() in ("token", "page", "per_page"):
            raise UsageError(f"--param can't set {name}.")
        params.append((name, value))
    names, ids = options.get("names"), options.get("ids")
    if is_stdin(names) and is_stdin(ids):
        raise UsageError("--names and --ids can't both be read from standard input.")
    return make_query(
        asked,
        settings.api,
        filters=filters_from_options(options),
        params=params,
        names=None if names is None else read_lines(names, "names"),
        ids=None if ids is None else read_lines(ids, "ids"),
        column=options.get("column"),
        details=bool(options.get("details")),
        intersect=bool(options.get("intersect")),
        history=bool(options.get("history")),
        distinct=bool(options.get("distinct")),
        resolve=bool(options.get("resolve")),
    )


def export_paths(
    options: dict[str, Any], settings: Settings, *, json_too: bool = False
) -> dict[str, Path]:
    """The paths of the exports, checked before a request is sent.

    Raises:
        UsageError: one can't be written, or is a file that the program or the command needs.
    """
    names = [name.replace("-", "_") for name in (*_FILES, "tables")]
    wanted = {name: options[name] for name in names if options[name] is not None}
    if "parquet" in wanted:
        target = wanted.pop("parquet")
        wanted[parquet_form(target)] = target
    lists = [options[name] for name in ("names", "ids") if options.get(name)]
    check_outputs(wanted.items(), home=settings.home, inputs=lists, stdout_taken=json_too)
    if "parquet" in wanted or "parquet_folder" in wanted:
        check_parquet()
    if "xlsx" in wanted:
        check_xlsx()
    return {name: Path(text) for name, text in wanted.items()}


STDIN: Final = "-"
_STDIN_NAMES: Final = (STDIN, "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
LARGEST_BYTES: Final = 64 * 2**20


def is_stdin(path: str | None) -> bool:
    """Whether a file's name means standard input."""
    return path in _STDIN_NAMES


def read_lines(path: str, what: str) -> list[str]:
    """The lines of a file of ``what`` (``names``), or of standard input.

    UTF-8, UTF-16 (as spreadsheets save "Unicode text"), else Windows' Western European; a workbook
    as CSV. A pipe or a device by another name is refused: reading it may never end.

    Raises:
        UsageError: it can't be read, or is neither text nor a workbook.
    """
    try:
        if is_stdin(path):
            raw = sys.stdin.buffer.read(LARGEST_BYTES + 1)
        else:
            raw = read_regular(Path(path), LARGEST_BYTES)
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}.", "`-` reads standard input.") from None
    except OSError as error:
        reason = error.strerror or error
        advice = ""
        if isinstance(error, NotRegular):
            advice = f"Save it to a file, or pipe it in: `… | iucn-tui fetch … --{what} -`."
        raise UsageError(f"The file {path} can't be read: {reason}.", advice) from None
    if len(raw) > LARGEST_BYTES:
        raise UsageError(f"The file {path} is larger than 64 MB.", "Split it.")
    try:
        return split_lines(list_text(raw))
    except ValueError:
        raise UsageError(f"The file {path} is not text.", "Save it as UTF-8 text.") from None


def require_token(settings: Settings) -> None:
    """Check, before a request is sent, that a live host has a token that it may receive.

    Raises:
        TokenRefused: there is none.
        TokenWithheld: it is not for that server.
    """
    if settings.pace_is_owed and settings.token is None:
        raise TokenRefused(settings.server, "no token is set")
    if settings.source == "live":
        check_token(settings)


def confirm_pace(settings: Settings, *, quiet: bool) -> None:
    """Warn of a rate beyond the API's limit; on a terminal, ask for confirmation.

    Raises:
        UsageError: the user declined.
    """
    if not settings.hasty:
        return
    usual = pace_in_words(COURTEOUS_RATE, COURTEOUS_WINDOW)
    say(f"Warning: faster than the API permits ({usual}). Your token may be limited or revoked.")
    if quiet or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    if not click.confirm("Continue anyway?", default=False, err=True):
        raise UsageError(
            "Cancelled; no requests were sent.", "Leave out --rate and --window for the defaults."
        )
