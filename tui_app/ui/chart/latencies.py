"""Latencies by method: small histograms one under another, in block characters."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from .. import text
from ..figures import percentile
from ..looks import QUIET, look_of
from ..model import RunView
from .series import histogram

_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_NAME: Final = 13


def draw(runs: list[RunView], width: int, height: int) -> Content:
    """A histogram a run under one scale, and its percentiles in words; ``height`` lines at most."""
    room = max(10, width - _NAME - 1)
    samples = {run.run: sorted(run.latencies_ms) for run in runs if run.latencies_ms}
    found = histogram(samples, room)
    if found is None:
        return Content("No answer has come yet.")
    shown = [run for run in runs if run.run in samples]
    classes = len(next(iter(found.counts.values())))
    wide = max(1, room // classes)
    tall = max(1, min(5, (height - 1) // len(shown) - 1))
    lines = []
    for run in shown:
        look = look_of(run.method)
        counts = found.counts[run.run]
        most = max(counts)
        for level in reversed(range(tall)):
            name = f"{look.marker} {run.method}" if level == tall - 1 else ""
            bars = "".join(_block(count / most * tall - level) * wide for count in counts)
            lines.append(
                Content.assemble((f"{text.fit(name, _NAME)} ", look.colour), (bars, look.colour))
            )
        lines.append(Content.styled(" " * (_NAME + 1) + _words(samples[run.run]), QUIET))
    axis = _axis(found.low_ms, found.width_ms, classes, wide)
    return Content("\n").join([*lines, Content.styled(" " * (_NAME + 1) + axis, QUIET)])


def _block(share: float) -> str:
    if share <= 0:
        return " "
    return _BLOCKS[max(1, min(8, round(share * 8)))]


def _words(ordered: list[float]) -> str:
    p50, p95 = (text.milliseconds(percentile(ordered, one)) for one in (50, 95))
    most = text.milliseconds(ordered[-1])
    return f"{text.plural(len(ordered), 'answer')}: p50 {p50}, p95 {p95}, most {most} ms"


def _axis(low_ms: float, width_ms: float, classes: int, wide: int) -> str:
    line = [" "] * (classes * wide + 12)
    step = max(1, -(-12 // wide))
    for place in range(0, classes + 1, step):
        label = f"╵{low_ms + place * width_ms:g}" + (" ms" if place == 0 else "")
        line[place * wide : place * wide + len(label)] = label
    return "".join(line).rstrip()
