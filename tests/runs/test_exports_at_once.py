"""An export and its provenance are of one run, whoever else writes there, whatever goes wrong."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from tui_app.demo import DemoServer
from tui_app.export.atomic import ExportError
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings

IDS = {"1": 84158999, "2": 84160507}
"""Two runs, each of the one assessment."""
NAMES = {"csv": "a.csv", "jsonl": "a.jsonl", "parquet": "a.parquet", "tables": "t"}


@pytest.fixture
def service(settings: Settings, demo: DemoServer) -> Iterator[Service]:
    """Two runs are kept."""
    service = Service(settings)
    for run, number in IDS.items():
        asked = make_query([f"assessment/{number}"])
        live = Settings(source="live", base_url=demo.base_url, home=settings.home)
        assert service.fetch(asked, live).run == run
    yield service
    service.close()


def written(form: str) -> int:
    """The assessment that an export has."""
    path = Path(NAMES[form])
    if form == "parquet":
        return int(pl.read_parquet(path)["assessment_id"][0])
    if form == "jsonl":
        return int(json.loads(path.read_text())["assessment_id"])
    with (path / "assessments.csv" if form == "tables" else path).open(newline="") as file:
        return int(next(csv.DictReader(file))["assessment_id"])


def told(form: str) -> str:
    """The run that its provenance tells of."""
    return str(json.loads(Path(f"{NAMES[form]}.meta.json").read_text())["summary"]["run"])


def hidden() -> list[str]:
    return [str(path) for path in Path().rglob(".*")]


@pytest.mark.parametrize("form", list(NAMES))
def test_of_two_at_once_one_follows_the_other(service: Service, monkeypatch, form: str) -> None:
    """Else one run's rows stand beside another's provenance."""
    path = Path(NAMES[form])
    ready = threading.Event()  # the second has ended, or waits for the first
    second = threading.Thread(target=lambda: (service.export("2", **{form: path}), ready.set()))
    replace, flock = os.replace, fcntl.flock

    def watched(source: str | Path, target: str | Path) -> None:
        replace(source, target)
        if second.ident is None:
            second.start()
            assert ready.wait(60)

    def locked(fd: int, how: int) -> None:
        try:
            flock(fd, how)
        except BlockingIOError:
            ready.set()
            raise

    monkeypatch.setattr(os, "replace", watched)
    monkeypatch.setattr(fcntl, "flock", locked)
    service.export("1", **{form: path})
    second.join(60)
    assert IDS[told(form)] == written(form) == IDS["2"]
    assert hidden() == []


KILLED = """
import os, sys
from pathlib import Path
from tui_app.runs import Service
from tui_app.settings import Settings
replace = os.replace
def killed(source, target):
    replace(source, target)
    os._exit(9)
os.replace = killed
Service(Settings(home=Path(sys.argv[1]))).export("2", **{sys.argv[2]: Path(sys.argv[3])})
"""


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_kill_between_leaves_no_other_run_s_provenance(service: Service, form: str) -> None:
    service.export("1", **{form: Path(NAMES[form])})
    home = os.fspath(service.settings.home)
    done = subprocess.run([sys.executable, "-c", KILLED, home, form, NAMES[form]])
    assert done.returncode == 9
    assert written(form) == IDS["2"]
    assert not Path(f"{NAMES[form]}.meta.json").exists()
    service.export("1", **{form: Path(NAMES[form])})
    assert (written(form), told(form)) == (IDS["1"], "1")


def test_what_is_written_after_it_does_not_matter(service: Service) -> None:
    """Else a full disk at the second export leaves the first without its provenance."""
    service.export("1", csv=Path("a.csv"))
    with pytest.raises(ExportError, match="No space left"):
        service.export("2", csv=Path("a.csv"), jsonl=Path("/dev/full"))
    assert (written("csv"), told("csv")) == (IDS["2"], "2")


@pytest.mark.parametrize("form", list(NAMES))
def test_what_cannot_take_its_place_leaves_the_old_pair(
    service: Service, monkeypatch, form: str
) -> None:
    """Else the provenance is gone though the export is the old one."""
    service.export("1", **{form: Path(NAMES[form])})
    replace = os.replace
    names = (NAMES[form], "assessments.csv")

    def full(source: str | Path, target: str | Path) -> None:
        if Path(target).name in names:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ExportError, match="can't be written: No space left on device"):
        service.export("2", **{form: Path(NAMES[form])})
    assert (written(form), told(form)) == (IDS["1"], "1")
    assert hidden() == []
