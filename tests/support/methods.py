"""The methods of this package, for tables of tests that run over all of them.

uvloop is the asyncio method on another loop. It takes part where the loop matters (sockets, waits,
stopping, TLS, names, what is left behind), not where the code above it is one and the same.
"""

from __future__ import annotations

import sys
from typing import Final

from tui_app.methods import DEFAULT_METHODS

EVERY_METHOD: Final = (*DEFAULT_METHODS, *(() if sys.platform == "win32" else ("uvloop",)))
