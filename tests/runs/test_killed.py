"""A program that is killed: what was told as kept is there, and a timed run is lost alone."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.methods import EVERY_METHOD
from tui_app.demo import DemoServer
from tui_app.runs import Service
from tui_app.settings import Settings
from tui_app.store import RunState

PROGRAM = """
import os, signal, sys
from pathlib import Path
from tui_app.fetch import State
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings

home, base_url, method, act, state, left = sys.argv[1:]
left = int(left)
settings = Settings(
    source="live", home=Path(home), base_url=base_url, method=method, methods=(method,),
    page_counts=(3,), repeats=2, warmup=0,
)

def observe(event):
    global left
    if event.state is State[state]:
        os.write(1, b"%d\\n" % event.request)
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

getattr(Service(settings), act)(make_query(["countries/MG"]), settings, observer=observe)
"""


def killed(home: Path, demo: DemoServer, *words: str) -> list[int]:
    """Run the program; gives the requests that it told of before it killed itself."""
    command = [sys.executable, "-c", PROGRAM, str(home), demo.base_url, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return [int(line) for line in done.stdout.split()]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("method", EVERY_METHOD)
def test_what_was_told_as_kept_survives(demo: DemoServer, tmp_path: Path, method: str) -> None:
    """Else `resume` requests it again, or it is missing from an export."""
    told = killed(tmp_path, demo, method, "fetch", "KEPT", "20")
    service = Service(Settings(home=tmp_path))
    assert service.run("last").state is RunState.KILLED
    assert {one.request for one in service.attempts("last")} >= set(told)
    assert service.run("last").pages >= 20
    service.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("method", EVERY_METHOD)
def test_of_a_comparison_the_timed_run_is_lost_that_was_under_way(
    demo: DemoServer, tmp_path: Path, method: str
) -> None:
    """It is no measurement; those before it are."""
    killed(tmp_path, demo, method, "compare", "HELD", "5")
    service = Service(Settings(home=tmp_path))
    assert [(row.state, row.pages) for row in service.runs()] == [
        (RunState.KILLED, 0),
        (RunState.COMPLETE, 3),
    ]
    service.close()
