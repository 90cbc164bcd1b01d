"""A token, step by step: where it is free, paste it, it is tried, then it is kept."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.util import find_spec
from typing import ClassVar, Final, NamedTuple

from textual import on, work
from textual.binding import BindingType
from textual.widgets import Button, Input

from tui_app.redlist import Token, redact
from tui_app.redlist.errors import RedListError, RequestError, TokenRefused
from tui_app.settings import (
    TOKEN_VARIABLE,
    Settings,
    check_token,
    keep_token,
    names_keyring,
    read_token,
    token_file,
)

from .. import keys, messages
from ..background import in_thread
from ..fields import Tick
from ..footer import Severity, StatusLine
from ..service import ServiceHolder
from . import Dialog, button_row, cancel_button, result_line

SIGN_UP: Final = "https://api.iucnredlist.org/users/sign_up"
PATIENCE_S: Final = 15.0
"""How long the server may take for each of the two answers that try a token."""

_ABOUT: Final = (
    "The Red List API needs a token. It is free for research, education and conservation: sign up "
    f"at {SIGN_UP}, then copy it from your account."
)


class NewToken(NamedTuple):
    """A token that is to be used from now on."""

    token: Token
    words: str  # what the server said of it and where it is kept, a sentence or two
    kept: bool  # whether the next start will find it


class TokenDialog(Dialog[NewToken | None]):
    """Tries a token at the settings' server, whatever their source, and keeps it."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.TOKEN_DIALOG)
    AUTO_FOCUS = "#token"

    def __init__(self, service: ServiceHolder, settings: Settings) -> None:
        self._service = service
        self._settings = replace(
            settings, source="live", timeout_s=PATIENCE_S, connect_timeout_s=PATIENCE_S
        )
        self._file = token_file(os.environ)
        self._tried: Token | None = None
        keyring = []
        if find_spec("keyring") is not None:
            named = names_keyring(self._file)
            keyring = [Tick("in the system's keyring", named, id="token-keyring", compact=True)]
        has_one = "A token is set; a new one replaces it. " if settings.token else ""
        super().__init__(
            "Token",
            "Enter: check and save · {token_page}: open the page · {token_close}: close",
            Input(placeholder="paste the token (shown as dots)", password=True, id="token"),
            *keyring,
            result_line(
                "token-result",
                f"It is checked at {self._settings.server}, then saved in {self._file}, readable "
                "by you alone. It is sent nowhere else.",
            ),
            button_row(
                Button("Save unchecked", id="token-untried"),
                Button("Open the page", id="token-page"),
                Button("Check and save", id="token-try", variant="primary"),
                cancel_button("Close"),
            ),
            what=has_one + _ABOUT,
        )

    @on(Input.Changed)
    def _typed(self) -> None:
        self._tried = None
        self.remove_class("-unreached")
        self.query_one("#token-result", StatusLine).pass_on()  # it is of another token

    @on(Button.Pressed, "#token-page")
    def action_open_page(self) -> None:
        """Where a token is free, in the browser."""
        self.app.open_url(SIGN_UP)
        self.say(f"Opened {SIGN_UP}, if a browser is available.", lasting=False)

    @on(Button.Pressed, "#token-untried")
    def action_keep_untried(self) -> None:
        """Keep one that could not be tried."""
        if self._tried is not None and self.has_class("-unreached"):
            self._keep(self._tried, "The token has not been checked")

    @on(Input.Submitted)
    @on(Button.Pressed, "#token-try")
    def _begin(self) -> None:
        self.remove_class("-unreached")
        try:
            token = read_token(self.query_one("#token", Input).value)
            check_token(replace(self._settings, token=token))
        except RedListError as error:
            self.say(messages.error_in_words(error), Severity.BAD, lasting=False)
            return
        self._tried = token
        self.say(f"Checking it at {self._settings.server}…", lasting=False)
        self._try(token)

    @work(group="token", exclusive=True, exit_on_error=False)
    async def _try(self, token: Token) -> None:
        settings = replace(self._settings, token=token)
        try:
            said = await in_thread(lambda: self._service.get().versions(settings))
        except TokenRefused as error:
            self._failed(token, f"The server refused the token: {error.detail}. It is not saved.")
        except RequestError as error:
            again = f"Enter retries, {keys.key_name('token_untried')} saves it unchecked."
            advice = messages.key_advice(error.advice)
            words = f"The token could not be checked: {error.detail}. {advice} "
            self._failed(token, words + again, keep=True)
        except Exception as error:  # the application outlives a failed try
            self._failed(token, f"The token could not be checked: {type(error).__name__}: {error}.")
        else:
            if self._is_asked(token):
                version = said.get("red_list_version")
                of = f" (Red List {version})" if version else ""
                self._keep(token, f"{self._settings.server}{of} accepts the token")

    def _is_asked(self, token: Token) -> bool:
        """Whether this is still the one that is on the line, and the dialog is still open."""
        return self.is_attached and self._tried is token

    def _failed(self, token: Token, words: str, *, keep: bool = False) -> None:
        if self._is_asked(token):
            self.set_class(keep, "-unreached")
            self.say(redact(words, token), Severity.BAD, lasting=False)

    def _keep(self, token: Token, said: str) -> None:
        keyring = any(tick.value for tick in self.query(Tick))
        where = "the keyring" if keyring else str(self._file)
        words = f"{said}; it is saved in {where}."
        kept = True
        try:
            keep_token(token, self._file, keyring=keyring)
        except RedListError as error:
            kept = False
            why = messages.error_in_words(error)
            words = f"{said}; it lasts until you quit, because it can't be saved: {why}"
        if kept and os.environ.get(TOKEN_VARIABLE, "").strip():
            words += f" At the next start {TOKEN_VARIABLE} in the environment overrides it."
        self.dismiss(NewToken(token, words, kept))
