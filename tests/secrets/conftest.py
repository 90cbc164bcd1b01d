"""The program, as the tests of the command line start it, and the screen's short waits."""

from tests.support.programs import cli, program
from tests.support.screens import exact_waits, styles_parsed_once

__all__ = ["cli", "exact_waits", "program", "styles_parsed_once"]
