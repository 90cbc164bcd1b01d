"""How a page of a report looks: on a screen by day and by night, and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..figure import PAPER

LIGHT: Final[Mapping[str, str]] = {**PAPER, "soft": "#f1f4f5", "link": "#17596f"}
DARK: Final[Mapping[str, str]] = {
    "ground": "#14191d",
    "ink": "#dde3e8",
    "grey": "#a3adb4",
    "grid": "#333d44",
    "sequential": "#7aa2d8",
    "threads": "#dd9a4b",
    "asyncio": "#57b894",
    "other-1": "#c183c9",
    "other-2": "#c9b458",
    "other-3": "#e58aa9",
    "other-4": "#a8b6c2",
    "paced": "#a3adb4",
    "connect": "#b292d6",
    "wait": "#5584bd",
    "body": "#8fe0bd",
    "decode": "#9cc46a",
    "retry": "#e2915a",
    "lost": "#e0796f",
    "soft": "#20282e",
    "link": "#7fc4d8",
}
"""The same names: words have a contrast of 4.5 to 1 or more on either ground, marks of 3 to 1."""

COLOURS: Final = {name: f"var(--{name})" for name in PAPER}
"""The figures' palette: they follow the page."""

_RULES: Final = """
html { font-size: 106.25%; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1.25rem 4rem; color: var(--ink);
  background: var(--ground); font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue",
  Arial, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; }
.subtitle, caption, summary { color: var(--grey); }
.subtitle { margin: 0; }
.notice { margin: 1rem 0; padding: .6rem 1rem; background: var(--soft);
  border-left: .35rem solid var(--threads); font-weight: 600; }
.headline { font-size: 1.4rem; line-height: 1.35; font-weight: 600; margin: 1.4rem 0 .8rem; }
ul { padding-left: 1.2rem; }
li { margin: .3rem 0; }
a { color: var(--link); }
.wide { overflow-x: auto; margin: 1rem 0; }
figure { margin: 1rem 0; }
svg { display: block; width: 100%; min-width: 42rem; height: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; font-size: .9rem; }
th, td { padding: .3rem .75rem .3rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--grid); }
thead th { font-size: .9rem; vertical-align: bottom; border-bottom: 2px solid var(--grey); }
tbody th { font-weight: 600; }
th.r, td.r { text-align: right; }
tbody .r { white-space: nowrap; }
.new th, .new td { border-top: 2px solid var(--grid); }
pre { background: var(--soft); padding: .8rem 1rem; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: .95rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media (max-width: 40rem) {
  h1 { font-size: 1.5rem; }
  .headline { font-size: 1.2rem; }
}
@media print {
  @page { margin: 15mm; }
  html { font-size: 75%; }
  body { max-width: none; padding: 0; }
  .wide { overflow: visible; margin: .6rem 0; }
  svg { min-width: 0; width: 86%; max-height: 240mm; }
  h2 { margin-top: 1.6rem; }
  th, td { padding-top: .15rem; padding-bottom: .15rem; }
  h2, h2 + p, caption { break-after: avoid; }
  tr, li, pre, .notice { break-inside: avoid; }
  details { display: none; }
}
"""


def style_sheet() -> str:
    """All of it: what stands in the page's ``style`` element."""
    return (
        f":root {{ color-scheme: light dark; {_variables(LIGHT)} }}\n"
        # On paper it is always day.
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_variables(DARK)} }} }}"
        f"{_RULES}"
    )


def _variables(colours: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


__all__ = ["COLOURS", "DARK", "LIGHT", "style_sheet"]
