"""The citation has the form that IUCN asks for, and demo data never claims it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from itertools import accumulate

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.redlist.citation import bibtex, citation

SHORT = "IUCN 2025. The IUCN Red List of Threatened Species. Version 2025-1."
DAY = date(2026, 11, 3)


def test_a_version_is_cited_as_iucn_asks() -> None:
    """Else a paper cites the Red List in a form that its editors send back."""
    assert citation("2025-1") == SHORT
    assert citation("2025-1", DAY) == (
        f"{SHORT} https://www.iucnredlist.org. Accessed on 3 November 2026."
    )


@pytest.mark.parametrize("version", [None, "", " ", "\0\n"])
def test_an_unknown_version_is_not_cited(version: str | None) -> None:
    """Else a citation names a version that nobody knows."""
    assert citation(version) is None
    assert "year" not in bibtex(version)
    assert "Version" not in bibtex(version)
    assert bibtex(version).startswith("@misc{iucn_red_list,\n")


@pytest.mark.parametrize(
    ("accessed", "said"),
    [
        (datetime(2026, 11, 3, 4, 5, tzinfo=UTC), "3 November 2026."),
        ("2026-11-03T04:05:06+00:00", "3 November 2026."),
        ("2026-01-31", "31 January 2026."),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_the_day_may_be_text(accessed: date | str | None, said: str | None) -> None:
    """Else a run's own time, which is kept as text, can't be cited or breaks the export."""
    for text in (citation("2025-1", accessed), bibtex("2025-1", accessed)):
        assert text is not None
        assert text.partition("Accessed on ")[2].startswith(said or "")
        assert ("Accessed" in text) == (said is not None)


def test_a_version_without_a_year_has_none() -> None:
    """Else a strange server's version ends in a traceback."""
    assert citation("beta 3") == "IUCN. The IUCN Red List of Threatened Species. Version beta 3."


@pytest.mark.parametrize("version", [None, "2025-1"])
def test_demo_data_is_not_to_be_cited(version: str | None) -> None:
    """Else invented species end up in a paper, with IUCN as their source."""
    for text in (citation(version, DAY, demo=True), bibtex(version, DAY, demo=True)):
        assert text is not None
        assert "not to be cited" in text
        assert "ynthetic" in text
        assert "The IUCN Red List of Threatened Species" not in text
        assert "{IUCN}" not in text


def test_bibtex_has_what_a_bibliography_needs() -> None:
    """Else a reference manager doesn't take the entry."""
    assert bibtex("2025-1", DAY) == (
        "@misc{iucn2025_1,\n"
        "  author = {{IUCN}},\n"
        "  title = {{The IUCN Red List of Threatened Species. Version 2025-1}},\n"
        "  year = {2025},\n"
        "  howpublished = {\\url{https://www.iucnredlist.org}},\n"
        "  note = {Accessed on 3 November 2026.},\n"
        "}\n"
    )


@given(st.text())
def test_no_version_breaks_out_of_its_entry(version: str) -> None:
    """Else a server's text ends the entry early, or runs as TeX."""
    text = bibtex(version)
    assert re.match(r"@misc\{[0-9A-Za-z_]+,\n", text)
    depths = list(accumulate({"{": 1, "}": -1}.get(char, 0) for char in text))
    assert depths.pop() == 0
    assert [text[i] for i, depth in enumerate(depths) if depth <= 0] == [*"@misc", "}"]
    bare = re.sub(r"\\(text[a-z]+\{\}|url\{|[&%$#_])", "", text)
    assert not set(bare) & set("\\~^&%$#\0\x1b")
    assert all(line.startswith(("@misc{", "  ", "}")) for line in text.splitlines())
