"""The defaults and limits of all settings, each named once; the pace of the live API among them."""

from typing import Final

from tui_app.redlist.rate_limit import KNOWN_PAUSE_S, Window

COURTEOUS_RATE: Final = 2.0
"""Requests a second that the API's guidance permits: IUCN's own R client waits 0.5 s."""

COURTEOUS_WINDOW: Final = Window(90, 120.0)
"""Requests in any so many seconds that keep below the limit of the live API, which was seen to be
about 100 in 120 s."""

PAUSE_S: Final = KNOWN_PAUSE_S
DEMO_PROFILE: Final = "typical"
METHOD: Final = "asyncio"
PAGE_COUNTS: Final = (1, 3, 5, 10)
IN_FLIGHT: Final = 8
RETRIES: Final = 5
BACKOFF_S: Final = 0.5
TIMEOUT_S: Final = 60.0
CONNECT_TIMEOUT_S: Final = 10.0
REPEATS: Final = 3
WARMUP_RUNS: Final = 1
SEED: Final = 0

MOST_IN_FLIGHT: Final = 256
MOST_RETRIES: Final = 100
MOST_PAGES: Final = 100_000
MOST_REPEATS: Final = 1000
MOST_WARMUP_RUNS: Final = 100
LARGEST_SEED: Final = 10**9
LARGEST_PORT: Final = 65_535

LOWEST_RATE: Final = 0.0001
"""Requests a second: one in 2.8 hours. Waits stay within what a clock can take."""
HIGHEST_RATE: Final = 1_000_000

SHORTEST_TIMEOUT_S: Final = 0.001
LONGEST_TIMEOUT_S: Final = 86_400
LARGEST_WINDOW: Final = 100_000
"""Requests of a window at most: all of their start times are remembered."""
