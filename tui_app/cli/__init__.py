"""The command line: commands, options, output, messages and exit codes. Data go to stdout only.

A command has its module (:mod:`.fetch`, :mod:`.compare`, …); :mod:`.options` has the options that
several share, :mod:`.messages` the advice on errors and the exit codes.
"""

try:
    from .main import main
except KeyboardInterrupt:  # Ctrl-C before signals are handled: end as they would
    import os

    os._exit(130)

__all__ = ["main"]
