"""The program, as the tests of the command line start it."""

from tests.cli.conftest import cli, program

__all__ = ["cli", "program"]
