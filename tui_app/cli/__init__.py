"""The command line: one face on ``runs``. stdout is data, stderr is everything else."""

from .main import main

__all__ = ["main"]
