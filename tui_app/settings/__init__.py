"""The settings: what they are, where each comes from, what counts as a good value.

Precedence: option, environment (``IUCN_TUI_<NAME>``), ``./config.ini``, ``config.ini`` in the
user's configuration folder, default. A file has ``[API]`` ``iucn = TOKEN`` (or ``keyring:``,
where the system's keyring has it) and, in ``[iucn-tui]``, any of the settings' names.
"""

from .files import NotRegular, check_regular, read_regular
from .keeping_token import keep_token, names_keyring, read_token, token_file
from .loading import (
    ASSUMED,
    CONFIG_VARIABLE,
    HOME_VARIABLE,
    Loaded,
    config_files,
    example,
    home_folder,
    load_settings,
    user_config_file,
)
from .servers import (
    APP,
    check_token,
    check_token_may_go,
    is_loopback_address,
    leads_here,
    named_by,
    on_this_machine,
    token_for,
)
from .settings import (
    APPLICATION_FILE,
    COURTEOUS_RATE,
    Profile,
    Settings,
    Source,
    help_on,
    parse_setting,
    public_name,
)
from .token_sources import LONGEST_TOKEN, TOKEN_VARIABLE
from .values import (
    HIGHEST_RATE,
    LARGEST_PORT,
    LARGEST_SEED,
    LONGEST_TIMEOUT_S,
    LOWEST_RATE,
    MOST_IN_FLIGHT,
    MOST_PAGES,
    MOST_RETRIES,
    SHORTEST_TIMEOUT_S,
    parse_choice,
    parse_count,
    parse_seconds,
)

__all__ = [
    "APP",
    "APPLICATION_FILE",
    "ASSUMED",
    "CONFIG_VARIABLE",
    "COURTEOUS_RATE",
    "HIGHEST_RATE",
    "HOME_VARIABLE",
    "LARGEST_PORT",
    "LARGEST_SEED",
    "LONGEST_TIMEOUT_S",
    "LONGEST_TOKEN",
    "LOWEST_RATE",
    "MOST_IN_FLIGHT",
    "MOST_PAGES",
    "MOST_RETRIES",
    "SHORTEST_TIMEOUT_S",
    "TOKEN_VARIABLE",
    "Loaded",
    "NotRegular",
    "Profile",
    "Settings",
    "Source",
    "check_regular",
    "check_token",
    "check_token_may_go",
    "config_files",
    "example",
    "help_on",
    "home_folder",
    "is_loopback_address",
    "keep_token",
    "leads_here",
    "load_settings",
    "named_by",
    "names_keyring",
    "on_this_machine",
    "parse_choice",
    "parse_count",
    "parse_seconds",
    "parse_setting",
    "public_name",
    "read_regular",
    "read_token",
    "token_file",
    "token_for",
    "user_config_file",
]
