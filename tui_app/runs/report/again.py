"""The command that does a comparison again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from tui_app.redlist import LIVE_BASE_URLS
from tui_app.settings import Settings, on_this_machine, public_name

from .words import is_here

_USUAL: Final = {public_name(one.name): one.default for one in fields(Settings)}


def command(settings: Mapping[str, Any]) -> str:
    """The command line, quoted for a POSIX shell. A token never stands in one.

    It says all that a configuration might say otherwise, and of the rest what isn't usual.

    Args:
        settings: of the comparison.
    """
    said = settings.get
    words = ["iucn-tui", "compare", *map(str, said("operations") or ())]
    words += _server(settings)
    words += ["--methods", _list(said("methods")), "--pages", _list(said("pages"))]
    rate = said("rate")
    words += ["--concurrency", str(said("concurrency"))]
    words += ["--rate", "off" if rate is None else _number(rate)]
    words += ["--window", said("window") or "off"]
    for name in ("retries", "timeout", "connect_timeout"):
        value = said(name)
        if value is not None and value != _USUAL[name]:
            words += [f"--{name.replace('_', '-')}", _number(value)]
    words += ["--repeats", str(said("repeats")), "--warmup", str(said("warmup"))]
    words += ["--shuffle" if said("shuffle") else "--no-shuffle", "--seed", str(said("seed"))]
    return shlex.join(words)


def _server(settings: Mapping[str, Any]) -> list[str]:
    api = settings.get("api")
    words = [] if api == _USUAL["api"] else ["--api", str(api)]
    if settings.get("source") == "demo":
        return [*words, "--source", "demo", "--demo-profile", str(settings.get("demo_profile"))]
    base_url = str(settings.get("base_url"))
    if base_url not in LIVE_BASE_URLS.values():
        words += ["--base-url", _nameless(base_url)]
    return [*words, "--source", "live", "--live"]


def _nameless(base_url: str) -> str:
    """An address without this machine's own name."""
    if on_this_machine(base_url) or not is_here(base_url):
        return base_url
    parts = urlsplit(base_url)
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"localhost{port}"))


def _number(value: float) -> str:
    return str(value).removesuffix(".0")


def _list(values: Any) -> str:
    return ",".join(str(one) for one in values or ())


__all__ = ["command"]
