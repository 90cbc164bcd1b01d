"""The program, in this process."""

from __future__ import annotations

from tests.support.programs import cli

__all__ = ["cli"]
