"""The notebook's four cases, as it began: by requests, and the same through asyncio."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import SimpleNamespace
from urllib.parse import quote

import aiohttp
import pytest
import requests
import responses
from aioresponses import aioresponses

from tests.support.secret import SECRET, leaks
from tui_app.fetch import Plan, Result, get_url_response, run
from tui_app.redlist import Token, make_query
from tui_app.redlist.errors import UsageError

URL = f"https://apiv3.iucnredlist.org/api/v3/species/page/0?token={quote(SECRET, safe='')}"
BASE = "https://apiv3.iucnredlist.org"
PAGE = {"count": 1, "region": "global", "page": "0", "result": [{"taxonid": 3, "category": "LC"}]}
BAD_TOKEN = {"message": "Token not valid!"}


@responses.activate
def test_success() -> None:
    """A good answer is given back as it is."""
    responses.get(URL, json=PAGE)
    assert get_url_response(URL).json() == PAGE


@responses.activate
@pytest.mark.parametrize("status", [500, 404, 301])
def test_status(status: int) -> None:
    """Any status but 200 says which, and where to read about it."""
    responses.get(URL, status=status)
    with pytest.raises(requests.exceptions.HTTPError) as caught:
        get_url_response(URL)
    assert str(caught.value) == (
        f"HTTPError. Request failed with response status: {status}, see the following link for "
        f"more detail on this status: https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/"
        f"{status}"
    )


@responses.activate
def test_bad_token() -> None:
    """v3 says 200 and a message."""
    responses.get(URL, json=BAD_TOKEN)
    with pytest.raises(requests.exceptions.HTTPError) as caught:
        get_url_response(URL)
    assert str(caught.value) == "Token not valid!"


@responses.activate
def test_unreachable_host() -> None:
    """The sentence names the server, and never the token."""
    responses.get(URL, body=requests.exceptions.ConnectionError(f"no route to {URL}"))
    with pytest.raises(requests.exceptions.ConnectionError) as caught:
        get_url_response(URL)
    text = str(caught.value)
    assert text.startswith(
        "Connection Error. Error connecting to server url:https://apiv3.iucnredlist.org/"
    )
    assert "Following error raised: no route to" in text
    assert not leaks(text)
    assert caught.value.__cause__ is None


@responses.activate
def test_anything_else() -> None:
    """Other faults of requests come in one form."""
    responses.get(URL, body=requests.exceptions.TooManyRedirects("round and round"))
    with pytest.raises(requests.exceptions.RequestException) as caught:
        get_url_response(URL)
    assert str(caught.value) == "An error occurred while making the request: round and round"


# -- the same through asyncio ------------------------------------------------------------


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[aioresponses]:
    """aioresponses, mended for aiohttp 3.14, whose responses want a stream writer."""
    plain = aiohttp.ClientResponse.__init__

    def init(self: aiohttp.ClientResponse, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("stream_writer", SimpleNamespace(output_size=0))
        try:
            plain(self, *args, **kwargs)  # type: ignore[arg-type]
        except TypeError:  # an aiohttp that doesn't know it
            del kwargs["stream_writer"]
            plain(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(aiohttp.ClientResponse, "__init__", init)
    with aioresponses() as mock:
        yield mock


def fetch() -> Result:
    query = make_query(["species/page"], "v3")
    token = Token(SECRET)
    return run(
        Plan(query, BASE, token=token, pages=1, retries=1, backoff_s=0.001, method="asyncio")
    )


def test_asyncio_success(mocked: aioresponses) -> None:
    """The asyncio method takes the same page."""
    mocked.get(URL, payload=PAGE)
    result = fetch()
    assert result.complete
    assert result.pages[0].records() == PAGE["result"]


def test_asyncio_status(mocked: aioresponses) -> None:
    """500 is tried again, and then named."""
    mocked.get(URL, status=500, repeat=True)
    (failure,) = fetch().totals.failures
    assert (failure.error.status, failure.attempt) == (500, 2)


def test_asyncio_bad_token(mocked: aioresponses) -> None:
    """The message stops the run."""
    mocked.get(URL, payload=BAD_TOKEN)
    assert "Token not valid!" in str(fetch().totals.stopped)


def test_asyncio_unreachable_host(mocked: aioresponses) -> None:
    """No connection is tried again, and then named, without the URL."""
    mocked.get(URL, exception=aiohttp.ClientConnectionError(f"no route to {URL}"), repeat=True)
    (failure,) = fetch().totals.failures
    assert failure.error.kind == "connection"
    assert not leaks(str(failure.error))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("rate", value) for value in (1e-300, -0.0, math.nan, math.inf)),
        *(("timeout_s", value) for value in (1e-9, math.nan, math.inf)),
        ("connect_timeout_s", 1e-9),
        *(("concurrency", value) for value in (0, 10**9)),
        *(("retries", value) for value in (-1, 10**9)),
        *(("pages", value) for value in (0, 10**9)),
    ],
)
def test_a_plan_out_of_range_is_refused(name: str, value: float) -> None:
    """A program of the user's, or a store that somebody else made, has the same limits."""
    with pytest.raises(UsageError, match=f"{name} must be from .+ to .+, not "):
        Plan(make_query(["threats"]), "http://127.0.0.1:1", **{name: value})  # type: ignore[arg-type]
