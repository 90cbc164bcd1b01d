"""The token is shown nowhere."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import traceback

import msgspec
import pytest

from tests.support.secret import SECRET
from tui_app.fetch import Plan
from tui_app.redlist import Token, make_query, redact
from tui_app.redlist.errors import UsageError
from tui_app.settings import Settings
from tui_app.settings.servers import check_base_url, is_loopback

TOKEN = Token(SECRET)


@pytest.mark.parametrize(
    "shown",
    [
        repr(TOKEN),
        str(TOKEN),
        f"{TOKEN}",
        f"{TOKEN!r} {TOKEN!s} {TOKEN!a}",
        "{}".format(TOKEN),  # noqa: UP032
        "%s %r" % (TOKEN, TOKEN),  # noqa: UP031
        repr([TOKEN, {"token": TOKEN}]),
        repr(Settings(token=TOKEN)),
        repr(dataclasses.replace(Settings(token=TOKEN), pages=3)),
        repr(Plan(make_query(["threats"]), "http://127.0.0.1:1", token=TOKEN)),
        str(ValueError("no", TOKEN)),
    ],
)
def test_a_token_does_not_show(shown: str) -> None:
    """Else the token ends up in a log, an error report or on a projector."""
    assert SECRET not in shown
    assert "••••" in shown or "no" in shown


@pytest.mark.parametrize(
    "write",
    [pickle.dumps, copy.copy, copy.deepcopy, msgspec.json.encode, vars, lambda t: f"{t:>20}"],
    ids=["pickle", "copy", "deepcopy", "msgspec", "vars", "format"],
)
def test_a_token_cannot_be_written_down(write) -> None:
    """Else the token lands in a file or in another process."""
    with pytest.raises(TypeError) as caught:
        write(TOKEN)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_token_can_be_used_and_compared() -> None:
    """Else it could not be sent, or two equal plans would differ."""
    assert TOKEN.reveal() == SECRET
    assert Token(SECRET) == TOKEN
    assert hash(Token(SECRET)) == hash(TOKEN)
    assert Token("other") != TOKEN
    assert TOKEN != SECRET


@pytest.mark.parametrize(
    "text",
    [
        f"GET /api/v3/species/page/0?token={SECRET}",
        f"http://h/?a=1&token={SECRET}&b=2",
        f"'http://h/?TOKEN={SECRET}' failed",
        f'<a href="http://h/?api_key={SECRET}">',
        f"(url: /x?key={SECRET})",
    ],
)
def test_a_token_in_a_url_is_taken_out_without_knowing_it(text: str) -> None:
    """Else v3's tokens, which travel in URLs, leak through the HTTP libraries' messages."""
    assert SECRET not in redact(text)
    assert redact("http://h/?a=1&token=x&b=2") == "http://h/?a=1&token=••••&b=2"
    assert redact(f"said {SECRET}", TOKEN) == "said ••••"
    assert redact("nothing to hide", Token("")) == "nothing to hide"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "is not a base URL"),
        ("api.iucnredlist.org", "is not a base URL"),
        ("ftp://host", "is not a base URL"),
        ("http://", "is not a base URL"),
        ("http://host:99999", "is not a base URL"),
        ("http://host:0", "is not a base URL"),
        ("http://[::1", "is not a base URL"),
        (f"http://me:{SECRET}@host", "must not carry"),
        (f"http://{SECRET}@host", "must not carry"),
        (f"http://me:{SECRET}/x@host", "must not carry"),
        (f"http://me:{SECRET} @host", "must not carry"),
        (f"http://host/{SECRET}@x", "must not carry"),
        ("http://host/?a=1", "must have no query"),
        (f"http://host?{SECRET}", "must have no query"),
        (f"http://host#{SECRET}", "must have no query"),
        (f"http://me:{SECRET}", "is not a base URL"),
        (f"http://me:{SECRET}%40host", "is not a base URL"),
        (" http://host", "is not a base URL"),
        ("http://host ", "is not a base URL"),
        ("http://ho st", "is not a base URL"),
        ("http://ho\nst", "is not a base URL"),
        ("http://host/a\tb", "is not a base URL"),
        ("http://host\r\n", "is not a base URL"),
        ("http://host\x00", "is not a base URL"),
        ("http://host/\x1b[31m", "is not a base URL"),
        ("http://host/\x7f", "is not a base URL"),
        ("http://host/\u2028", "is not a base URL"),
        ("http://host/%zz", "is not a base URL"),
        ("http://host/%2", "is not a base URL"),
        ("http://host/%", "is not a base URL"),
        ("http://h%6fst", "is not a base URL"),
        ("http://hóst", "is not a base URL"),
        ("http://ｈost", "is not a base URL"),
        ("http://host/ü", "is not a base URL"),
        ("http://host\\@evil.test", "must not carry"),
        ("http://host\\x", "is not a base URL"),
        ("http:/\\host", "is not a base URL"),
        ("http:///host", "is not a base URL"),
        ("http:host", "is not a base URL"),
        ("http://host:", "is not a base URL"),
        ("http://host:/x", "is not a base URL"),
        ("http://host:+80", "is not a base URL"),
        ("http://host:8_0", "is not a base URL"),
        ("http://host:٣", "is not a base URL"),
        ("http://[host]", "is not a base URL"),
        ("http://[::1]x", "is not a base URL"),
        ("http://[::1%25eth0]", "is not a base URL"),
        ("http://ho[st", "is not a base URL"),
        ("http://.host", "is not a base URL"),
        ("http://a..b", "is not a base URL"),
        (f"http://{'a' * 64}", "is not a base URL"),
        ("http://host/../x", "is not a base URL"),
        ("http://host/%2e%2E/x", "is not a base URL"),
        ("http://host/<script>", "is not a base URL"),
    ],
    ids=repr,
)
def test_a_base_url_that_cannot_work_is_refused(url: str, why: str) -> None:
    """Else the mistake shows as a network error, or a password is kept in the store."""
    with pytest.raises(UsageError, match=why) as caught:
        check_base_url(url)
    sentence = caught.value.sentence()
    assert SECRET not in sentence
    assert sentence.isascii()
    assert sentence.isprintable()


@pytest.mark.parametrize(
    "url",
    [
        "https://api.iucnredlist.org",
        "HTTPS://API.iucnredlist.org./",
        "http://127.0.0.1:8808",
        "http://[2001:db8::1]:80/a/b",
        "http://my_host-2/mirror/%7Eme/v(4);x=1,2",
        "http://host:65535/",
    ],
)
def test_a_base_url_that_can_work_is_taken(url: str) -> None:
    check_base_url(url)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8808", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:80", True),
        ("http://localhost", True),
        ("http://[::1", False),
        ("http://a.localhost:1", False),  # it can't be resolved, and might lead anywhere
        ("http://localhost.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("https://api.iucnredlist.org", False),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
    ],
)
def test_only_this_machine_is_spared_the_pace(url: str, here: bool) -> None:
    """Else a run floods the live API, or waits for no reason."""
    assert is_loopback(url) is here
    assert Settings(source="live", base_url=url).effective_rate() == (None if here else 2.0)
