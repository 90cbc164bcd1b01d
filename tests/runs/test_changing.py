"""A list that changes while a comparison goes on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.support.raw_server import page, scripted
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings


def test_answers_that_change_between_runs_are_told(service: Service, tmp_path: Path) -> None:
    """Else a method is slow because its pages were larger, and nobody knows."""
    asked: Counter[str] = Counter()

    def answer(path: str, nth: int) -> bytes:
        asked[path] += 1
        return page(1, 1, rows=2 if nth < 4 else 3)

    with scripted(answer) as host:
        settings = Settings(
            source="live", base_url=host.base_url, home=tmp_path, page_counts=(1,), repeats=2,
            warmup=0, methods=("sequential", "threads"),
        )  # fmt: skip
        outcome = service.compare(make_query(["countries/VA"]), settings)
    assert sum(asked.values()) == 5
    assert outcome.settings["same_answers"] is False
    assert "The runs received different responses" in outcome.note
