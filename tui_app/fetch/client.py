"""One URL, one response: the contract that the project began with."""

from __future__ import annotations

from typing import Final

import requests

from tui_app.redlist.token import redact
from tui_app.redlist.validation import TOKEN_NOT_VALID

from .connections import StrictAdapter
from .plan import USER_AGENT

TIMEOUT_S: Final = (10.0, 60.0)
"""Seconds to connect, and between two bytes."""

STATUS_HELP: Final = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/"


def get_url_response(url: str) -> requests.Response:
    """Ask for one URL.

    Raises:
        requests.exceptions.HTTPError: v3 says ``Token not valid!``, or any status but 200.
        requests.exceptions.ConnectionError: no connection came about.
        requests.exceptions.RequestException: anything else that went wrong on the way.

    The messages are those of the notebook that the project began from; tokens in them are
    redacted.
    """
    failure: requests.exceptions.RequestException | None = None
    try:
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, StrictAdapter())
            response = session.get(
                url, headers={"User-Agent": USER_AGENT}, timeout=TIMEOUT_S, allow_redirects=False
            )
    except requests.exceptions.ConnectionError as error:
        failure = requests.exceptions.ConnectionError(
            f"Connection Error. Error connecting to server url:{redact(url)}. "
            f"Following error raised: {redact(str(error))}"
        )
    except Exception as error:  # whatever a library raises for an answer
        failure = requests.exceptions.RequestException(
            f"An error occurred while making the request: {redact(str(error))}"
        )
    url = redact(url)  # crash reports show a function's variables
    if failure is not None:
        raise failure  # out here, where no context with the URL hangs on it
    if response.status_code != 200:
        raise requests.exceptions.HTTPError(
            f"HTTPError. Request failed with response status: {response.status_code}, "
            "see the following link for more detail on this status: "
            f"{STATUS_HELP}{response.status_code}"
        )
    # The message is 30 bytes; a page of 3 MB need not be parsed to see that it isn't one.
    if len(response.content) < 1000 and _message(response) == TOKEN_NOT_VALID:
        raise requests.exceptions.HTTPError(TOKEN_NOT_VALID)
    return response


def _message(response: requests.Response) -> object:
    try:
        said = response.json()
    except (ValueError, RecursionError):
        return None
    return said.get("message") if isinstance(said, dict) else None
