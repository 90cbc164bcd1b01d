"""The program, in this process and as one of its own."""

from __future__ import annotations

from tests.support.programs import cli, program

__all__ = ["cli", "program"]
