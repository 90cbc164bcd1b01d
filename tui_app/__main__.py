"""``python -m tui_app`` is the program."""

import sys

from tui_app.cli import main

sys.exit(main())
