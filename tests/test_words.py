"""The program speaks plainly: none of the phrases that were replaced, and none of the habits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.plain_words import HABITS, REPLACED, ROOT, helps, sentences

MODULES = sorted(ROOT.rglob("*.py"))
PAGES = [
    *(file for file in ROOT.rglob("*") if file.suffix in (".md", ".txt", ".html")),
    *(
        ROOT.parent / name
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "config.example.ini")
    ),
]


def replaced(text: str) -> list[str]:
    plain = " ".join(text.lower().split())
    return [phrase for phrase in REPLACED if phrase in plain]


@pytest.mark.parametrize("file", [*MODULES, *PAGES], ids=lambda file: file.name)
def test_no_phrase_that_was_replaced_is_back(file: Path) -> None:
    text = re.sub(r"^\s*#", "", file.read_text("utf-8"), flags=re.MULTILINE)
    assert replaced(text) == []
    if file.suffix == ".py":
        assert [found for one in sentences(file) if (found := replaced(one))] == []


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_sentences_have_the_field_s_words(file: Path) -> None:
    assert [one for one in sentences(file) if " " in one and HABITS.search(one)] == []


def test_help_has_the_field_s_words() -> None:
    for name, text in helps():
        assert replaced(text) == [], name
        assert HABITS.findall(text) == [], name
        assert "\b" not in text
        assert "\\b" not in text
