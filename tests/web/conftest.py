"""What the tests of the page share with those of the command line."""

from tests.support.programs import program

__all__ = ["program"]
