"""The commands and code of the documentation do what it says."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.support.doc_blocks import as_printed, blocks, carry_out
from tui_app.docs import ORDER, topic

NOT_RUN = {
    "getting-started": 4,
    "sql": 1,
    "resume-and-cache": 1,
    "replay": 1,
    "teachers": 3,
    "demo-server": 2,
    "configuration": 1,
    "python-api": 1,
    "writing-a-method": 1,
}
"""Blocks that need the real API, a terminal, an installation or seconds, by topic."""


@pytest.mark.parametrize("name", ORDER)
def test_commands_and_code_of_a_topic_run(name, cli, monkeypatch) -> None:
    monkeypatch.setenv("IUCN_TUI_DEMO_PROFILE", "fast")
    monkeypatch.setenv("IUCN_TUI_BACKOFF", "0.01")
    monkeypatch.setenv("IUCN_TUI_REPEATS", "1")  # where a command names no other number
    for block in blocks(topic(name).text):
        if block.kind == "python":
            exec(compile(block.text, f"{name}.md", "exec"), {"__name__": "__main__"})
        elif block.kind in ("console", "console varies"):
            for command, said, code in carry_out(block, cli):
                assert said.code == code, f"{command.line}\n{said.out}{said.err}"
                if block.kind == "console":
                    real = f"{said.out}{said.err}"
                    assert as_printed(command.prints, said), f"$ {command.line}\n{real}"


def test_blocks_that_are_not_run_are_known() -> None:
    live = Counter(
        name
        for name in ORDER
        for block in blocks(topic(name).text)
        if block.kind.endswith((" live", " slow"))
    )
    assert live == NOT_RUN


def test_every_block_is_of_a_known_kind() -> None:
    kinds = {block.kind for name in ORDER for block in blocks(topic(name).text)}
    assert kinds <= {
        *("console", "console varies", "console live", "console slow"),
        *("python", "python module", "python live", "ini", "toml"),
    }
    for name in ORDER:
        for block in blocks(topic(name).text):
            if block.kind.startswith("python"):
                ast.parse(block.text)
