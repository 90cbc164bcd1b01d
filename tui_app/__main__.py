"""``python -m tui_app`` is the program."""

import sys
from pathlib import Path

# Python puts the current folder first, and a downloaded one may hold a textual.py.
if not sys.flags.safe_path and sys.path[0] != str(Path(__file__).parents[1]):
    del sys.path[0]

from tui_app.cli import main

sys.exit(main())
