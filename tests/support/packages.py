"""Packages of others, as they lie about when they are installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tui_app import methods

GROUP = "iucn_tui.methods"

Install = Callable[..., Path]
"""What the fixture ``others`` gives."""


def install(
    folder: Path,
    name: str,
    entries: Mapping[str, str] | str,
    files: Mapping[str, str] | None = None,
    version: str = "1.0",
) -> Path:
    """Put a package into a folder, which has to be on the path.

    Args:
        folder: where.
        name: the package's.
        entries: its methods, names and what they point to; or all of ``entry_points.txt``.
        files: its modules, by path.
        version: its version.

    Returns:
        The folder.
    """
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if not isinstance(entries, str):
        lines = [f"{method} = {where}" for method, where in entries.items()]
        entries = "\n".join([f"[{GROUP}]", *lines, ""])
    (about / "entry_points.txt").write_bytes(entries.encode("utf-8", "surrogateescape"))
    for path, text in (files or {}).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def look_again() -> None:
    """Forget which methods there are: others are installed now."""
    methods._others.cache_clear()
    methods.load_method.cache_clear()
    methods.has_one_in_flight.cache_clear()
