"""Property tests whose generated cases are the same on every machine and every day."""

from hypothesis import given, settings

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")

__all__ = ["given"]
