"""What keeps the house in order, beside the contracts of import-linter."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import tui_app

FOLDER = Path(tui_app.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {str(file): length for file, length in lengths.items() if length > 500} == {}


def test_no_two_public_things_have_one_name() -> None:
    """Else a search for a name finds the wrong one."""
    where: dict[str, list[str]] = defaultdict(list)
    for file in FILES:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            if named and not node.name.startswith("_"):
                where[node.name].append(str(file.relative_to(FOLDER)))
    assert {name: files for name, files in where.items() if len(files) > 1} == {}


_PLURAL = re.compile(
    r" (?:answers|assessments|attempts|bytes|files|ids|lines|names|pages|records|requests|rows"
    r"|runs|seconds)\b"
)


def test_no_plural_is_written_behind_a_figure() -> None:
    """Else there is "1 pages": ``counted`` writes a figure with its word."""
    found = []
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for figure, words in pairwise(node.values if isinstance(node, ast.JoinedStr) else ()):
                constant = isinstance(words, ast.Constant) and _PLURAL.match(str(words.value))
                if constant and isinstance(figure, ast.FormattedValue):
                    source = ast.unparse(figure.value)
                    if not source.isupper() and source != "name":
                        found.append(f"{file.relative_to(FOLDER)}:{node.lineno}: {source}")
    assert found == []


def test_every_file_that_contributing_names_exists() -> None:
    """Else a newcomer looks for a file that has moved."""
    text = (FOLDER.parent / "CONTRIBUTING.md").read_text("utf-8")
    rooms = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.\w+)?|\.ci/run)`", text))
    assert len(named) > 25
    for name in sorted(named):
        inside = name.split("/")[0] in rooms
        assert (FOLDER if inside else FOLDER.parent).joinpath(name).exists(), name
