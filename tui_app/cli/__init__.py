"""The command line: one face on ``runs``. stdout is data, stderr is everything else."""

try:
    from .main import main
except KeyboardInterrupt:  # Ctrl-C before signals are handled: end as they would
    import os

    os._exit(130)

__all__ = ["main"]
