"""Whether this is a place where the application can open. Imports nothing."""

from __future__ import annotations

_INSTEAD = "`iucn-tui fetch` does the same without a screen."


def why_not_here(
    stdin_tty: bool, stdout_tty: bool, stderr_tty: bool, term: str | None
) -> str | None:
    """The sentence that says why the application can't open here, or None where it can.

    Textual reads keys from stdin, takes its size from stdout and draws on stderr.

    Args:
        stdin_tty: whether standard input is a terminal.
        stdout_tty: whether standard output is.
        stderr_tty: whether standard error is.
        term: the environment's ``TERM``.
    """
    missing = [
        name
        for name, is_tty in (("stdin", stdin_tty), ("stdout", stdout_tty), ("stderr", stderr_tty))
        if not is_tty
    ]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        names = " and ".join(missing)
        return f"The application needs a terminal, and {names} {verb} none; {_INSTEAD}"
    if term in ("dumb", "unknown"):
        return f"The application needs a terminal that can draw, and TERM is '{term}'; {_INSTEAD}"
    return None


def without_lines(encoding: str) -> str | None:
    """What to do where lines and marks can't be drawn, or None where they can.

    Args:
        encoding: of what is drawn on, by Python's name for it.
    """
    if encoding.lower().replace("-", "").replace("_", "") == "utf8":
        return None
    return (
        f"The locale's encoding is {encoding}, which has no lines and marks: they are drawn as ?. "
        "LC_ALL=C.UTF-8 iucn-tui draws them."
    )
