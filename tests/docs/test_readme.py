"""The README fits on a page, its commands run as they stand, and its links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tui_app.docs import topics

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text("utf-8")
COMMANDS = [
    line
    for block in re.findall(r"<!-- runs -->\n```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
]


def test_it_fits_on_a_page() -> None:
    assert len(TEXT.splitlines()) <= 200


def test_its_commands_run_word_for_word(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IUCN_TUI_DEMO_PROFILE", "fast")
    Path("names.txt").write_text("Garbiquoris longululus\nCombevuthera alpinoides\n", "utf-8")
    assert len(COMMANDS) >= 8
    for command in COMMANDS:
        program, *words = shlex.split(command)
        assert program == "iucn-tui"
        said = cli(*words)
        complete = words[0] == "resume" and "is complete" in said.err
        assert said.code == 0 or complete, f"{command}\n{said.err}"
    for name in (
        "report.html",
        "felidae.csv",
        "both.csv",
        "status.csv",
        "again.csv",
        "timings.csv",
    ):
        assert Path(name).stat().st_size
    assert {"assessments.csv", "threats.csv", "habitats.csv"} <= {
        one.name for one in Path("mg").iterdir()
    }


def test_its_links_lead_to_files_and_it_names_each_topic() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", TEXT)
    for link in links:
        assert (README.parent / link).exists(), link
    assert {f"tui_app/docs/{one.name}.md" for one in topics()} <= set(links)
