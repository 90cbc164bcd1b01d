"""The watch over all tests finds the token: else a leak would pass for none."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conftest import ROOT

LEAKING = """
import base64, logging, subprocess, sys
from pathlib import Path
from urllib.parse import quote
import pytest
from tests.support.secret import SECRET

def test_printed(): print("a", SECRET)
def test_taken(capsys): print(SECRET); capsys.readouterr()
def test_of_a_process():
    subprocess.run([sys.executable, "-c", f"print({SECRET!r})"], capture_output=True)
def test_logged(): logging.getLogger("x").warning("a %s", quote(SECRET, safe=""))
def test_in_base64(tmp_path):
    (tmp_path / "a").write_bytes(base64.b64encode(b"xy" + SECRET.encode()))
def test_in_utf_16(tmp_path): (tmp_path / "a").write_text(SECRET, encoding="utf-16")
def test_where_it_belongs(tmp_path): (tmp_path / "config.ini").write_text(SECRET)
@pytest.mark.parametrize("text", [f"x{SECRET}"])
def test_named(text): pass
"""


def test_a_test_that_leaks_fails() -> None:
    """Also where processes share the work."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_leaking.py").write_text(LEAKING)
        command = (sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"))
        done = subprocess.run(
            [*command, "-p", "tests.conftest", "-n", "1", "--tb=no", "--show-capture=no",
             "-rfEp", f"--basetemp={folder}/tmp", f"--rootdir={folder}", folder],
            capture_output=True, text=True,
        )  # fmt: skip
    lines = done.stdout.splitlines()
    told = {word: {line.split("::")[1].split()[0] for line in lines if line.startswith(word)}
            for word in ("FAILED", "ERROR", "PASSED")}  # fmt: skip
    assert told["FAILED"] == {"test_printed", "test_taken", "test_of_a_process", "test_logged"}
    assert told["ERROR"] - told["FAILED"] == {"test_in_base64", "test_in_utf_16"}
    assert told["PASSED"] - told["ERROR"] == {"test_where_it_belongs", "test_named[text"}
