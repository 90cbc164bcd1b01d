"""The header line: which program, whose data, what, how fast, and how far it has got.

::

    iucn-tui · DEMO (synthetic data) · red_list_categories/CR · pace off      running 00:12
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from . import text
from .model import Model, Standing
from .order import Order
from .timeleft import seconds_left


@dataclass(frozen=True, slots=True)
class Heading:
    """What the header says.

    Attributes:
        live: whether requests go to a real server.
        source: ``DEMO (synthetic data)`` or ``LIVE api.iucnredlist.org``; of a replay
            ``REPLAY of run 12``, and ``DEMO`` where its data are synthetic.
        source_short: the same where there is little room.
        operation: what is fetched.
        pace: ``pace off``.
        standing: ``running 00:12``; empty before the first run.
        mood: a CSS class for it: ``busy``, ``good``, ``bad`` or empty.
    """

    live: bool
    source: str
    source_short: str
    operation: str
    pace: str
    standing: str = ""
    mood: str = ""


def heading(order: Order, model: Model | None, now: float) -> Heading:
    """What the header has to say of this order and its job."""
    source, short = _sources(order)
    return Heading(
        live=order.live,
        source=source,
        source_short=short,
        operation=text.clean(order.label),
        pace=text.pace(order.settings.effective_rate(), order.settings.effective_window()),
        standing=_standing(model, order, now),
        mood=_mood(model),
    )


def _sources(order: Order) -> tuple[str, str]:
    """Whose data, in words and in fewer."""
    if order.live:
        return f"LIVE {urlsplit(order.settings.server).netloc}", "LIVE"
    demo, demo_short = "DEMO (synthetic data)", "DEMO (synthetic)"
    if order.replay_of is None:
        return demo, demo_short
    replay, replay_short = f"REPLAY of run {order.replay_of}", f"REPLAY {order.replay_of}"
    if order.settings.source == "live":
        return replay, replay_short
    return f"{replay}, {demo}", f"{replay_short}, DEMO"


def _standing(model: Model | None, order: Order, now: float) -> str:
    if model is None:
        return ""
    clock = text.clock(model.elapsed_s(now))
    run = model.current
    which = ""
    if model.kind == "compare" and model.standing is Standing.RUNNING and run is not None:
        which = "warm-up · " if run.warmup else f"run {run.order} of {run.of} · "
    left_s = seconds_left(model, order.settings, now)
    left = "" if left_s is None or left_s < 1 else f" · {text.clock(left_s)} left"
    return f"{which}{model.standing.value} {clock}{left}"


def _mood(model: Model | None) -> str:
    if model is None:
        return ""
    if model.standing.busy:
        return "busy"
    return {Standing.DONE: "good", Standing.FAILED: "bad"}.get(model.standing, "fair")


class HeaderLine(Widget):
    """One line across the screen."""

    heading: reactive[Heading | None] = reactive(None)
    """What it says."""

    def watch_heading(self, new: Heading | None) -> None:
        """Live data looks different from far away."""
        self.set_class(new is not None and new.live, "-live")

    def render(self) -> Content:
        """The parts, those that matter least left out where there is no room."""
        if self.heading is None:
            return Content("iucn-tui")
        return draw(self.heading, self.size.width)


_MOODS = {"busy": "$text-warning", "good": "$text-success", "fair": "$text-warning"}


def draw(what: Heading, width: int) -> Content:
    """The line in ``width`` cells."""
    choices = (
        ("iucn-tui", what.source, what.operation, what.pace),
        ("iucn-tui", what.source_short, what.operation, what.pace),
        (what.source_short, what.operation, what.pace),
        (what.source_short, what.operation),
    )
    room = width - (len(what.standing) + 2 if what.standing else 0)
    parts = next((one for one in choices if len(" · ".join(one)) <= room), choices[-1])
    left = text.fit(" · ".join(parts), max(0, room)) if room > 0 else ""
    standing = what.standing.rjust(max(0, width - len(left)))
    source_style = "bold $text-error" if what.live else "bold $text-accent"
    content = Content(left).stylize_before("")
    for part, style in (("iucn-tui", "bold $text-primary"), (parts[-1], "")):
        if style and left.startswith(part):
            content = content.stylize(style, 0, len(part))
    for source in (what.source, what.source_short):
        at = left.find(source)
        if at >= 0:
            content = content.stylize(source_style, at, at + len(source))
            break
    if not what.standing:
        return content
    return content + Content.styled(standing, f"bold {_MOODS.get(what.mood, '$text-error')}")
