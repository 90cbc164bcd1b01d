"""The token in the system's keyring (extra: keyring), where ``config.ini`` says so.

Only then: a keyring takes a fifth of a second to import, and may ask for a password.
"""

from __future__ import annotations

from typing import Any, Final

from tui_app.redlist.errors import Advice, UsageError

from .servers import APP

MARK: Final = "keyring:"
"""Stands in ``config.ini`` in the place of a token: ``iucn = keyring:``."""

_ENTRY: Final = "IUCN_REDLIST_KEY"


def is_mark(text: str) -> bool:
    """Whether a text stands for the token in the keyring, and is none itself."""
    return text.strip().lower() == MARK


def from_keyring() -> str:
    """The token that is kept there.

    Raises:
        UsageError: there is none, or no keyring.
    """
    found = _asked("get_password", APP, _ENTRY)
    if not found:
        raise UsageError("The keyring holds no token.", Advice.KEEP_IN_KEYRING)
    return str(found).strip()


def to_keyring(token: str) -> None:
    """Keep a token there, in the place of an earlier one.

    Raises:
        UsageError: there is no keyring, or it can't be written.
    """
    _asked("set_password", APP, _ENTRY, token)


def forget_in_keyring() -> None:
    """Take the token out of it; nothing happens where there is none.

    Raises:
        UsageError: there is no keyring, or it can't be written.
    """
    if _asked("get_password", APP, _ENTRY):
        _asked("delete_password", APP, _ENTRY)


def _asked(what: str, *arguments: str) -> Any:
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError:
        raise UsageError(
            "The token is to be in the keyring, and the package keyring is not installed.",
            "pip install 'iucn-tui[keyring]'",
        ) from None
    try:
        return getattr(keyring, what)(*arguments)
    except NoKeyringError:
        said = "This system has no keyring that could be used."
        raise UsageError(said, Advice.NO_KEYRING) from None
    except KeyringError as error:
        # Its name only: some backends' messages repeat what they were given.
        raise UsageError(
            f"The keyring can't be used ({type(error).__name__}).", "Unlock it, then try again."
        ) from None


__all__ = ["MARK", "forget_in_keyring", "from_keyring", "is_mark", "to_keyring"]
