"""The settings: their values, defaults, limits and origins; the token; servers that may have it.

Precedence: option, environment (``IUCN_TUI_<NAME>``), ``./config.ini``, ``config.ini`` in the
user's configuration folder, default. A file has ``[API]`` ``iucn = TOKEN`` (or ``keyring:``,
where the system's keyring has it) and, in ``[iucn-tui]``, any of the settings' names.
"""

from .defaults import (
    COURTEOUS_RATE,
    COURTEOUS_WINDOW,
    LARGEST_PORT,
    LARGEST_SEED,
    MOST_PAGES,
)
from .loading import (
    ASSUMED,
    CONFIG_VARIABLE,
    HOME_VARIABLE,
    LONGEST_TOKEN,
    TOKEN_VARIABLE,
    Loaded,
    NotRegular,
    check_regular,
    config_files,
    example,
    home_folder,
    load_settings,
    read_regular,
    user_config_file,
)
from .servers import (
    APP,
    check_token_may_go,
    is_loopback_address,
    leads_here,
    named_by,
    on_this_machine,
)
from .settings import (
    APPLICATION_FILE,
    Profile,
    Settings,
    Source,
    check_token,
    help_on,
    parse_choice,
    parse_count,
    parse_seconds,
    parse_setting,
    parse_window,
    profile_in_words,
    public_name,
    token_for,
)
from .token import keep_token, names_keyring, read_token, token_file
