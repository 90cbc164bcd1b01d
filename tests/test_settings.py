"""Settings: which value counts, where it comes from, and what a bad one is told."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.methods import EVERY_METHOD
from tests.support.secret import SECRET
from tui_app.cli.messages import WORDS
from tui_app.redlist import Token
from tui_app.redlist.errors import UsageError
from tui_app.redlist.rate_limit import NO_WINDOW, Window
from tui_app.settings import Settings, example, load_settings, token_file, user_config_file
from tui_app.ui.keys import keys_example

HERE = Path()
WINDOW_IS = "The window is N/S, at most N requests in any S seconds, or off"


def write(text: str | bytes, path: Path = Path("config.ini")) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_without_anything_the_demo_answers() -> None:
    """Else a new user meets questions before the first page."""
    loaded = load_settings({}, {}, HERE)
    assert loaded.settings == Settings()
    assert loaded.settings.source == "demo"
    assert set(loaded.origins.values()) == {"default"}


def test_option_before_environment_before_folder_before_user_before_default() -> None:
    """Else a value that the user gives is overruled by one that was forgotten in a file."""
    user = write("[iucn-tui]\nretries=1\nseed=1\nwarmup=1\nrepeats=7\n", user_config_file())
    write("[iucn-tui]\nretries=2\nseed=2\nwarmup=2\n")
    environ = {"IUCN_TUI_RETRIES": "3", "IUCN_TUI_SEED": "3", "IUCN_TUI_PAGES": ""}
    loaded = load_settings({"retries": "4", "seed": None}, environ, HERE)
    found = loaded.settings
    assert (found.retries, found.seed, found.warmup, found.repeats) == (4, 3, 2, 7)
    assert (found.concurrency, found.pages) == (8, None)
    assert loaded.origins["retries"] == "option"
    assert loaded.origins["seed"] == "IUCN_TUI_SEED"
    assert loaded.origins["warmup"] == "config.ini"
    assert loaded.origins["repeats"] == str(user)
    assert loaded.origins["concurrency"] == loaded.origins["pages"] == "default"


def test_a_named_configuration_takes_the_place_of_the_usual_ones() -> None:
    """Else a run for one project picks up another's settings."""
    write("[iucn-tui]\nretries=2\nseed=2\n")
    write("[iucn-tui]\nseed=5\n", Path("mine/other.ini"))
    loaded = load_settings({}, {"IUCN_TUI_CONFIG": "mine/other.ini"}, HERE)
    assert (loaded.settings.seed, loaded.settings.retries) == (5, 5)


@pytest.mark.parametrize(
    ("name", "text", "attribute", "value"),
    [
        ("api", " V3 ", "api", "v3"),
        ("base-url", "http://127.0.0.1:8808/", "base_url", "http://127.0.0.1:8808"),
        ("demo_profile", "Notebook", "demo_profile", "notebook"),
        ("method", "threads", "method", "threads"),
        ("methods", "threads, sequential,threads", "methods", ("threads", "sequential")),
        ("methods", "ALL", "methods", EVERY_METHOD),
        ("pages", "ALL", "pages", None),
        ("pages", "12", "pages", 12),
        ("page-counts", "10, 1,3,3", "page_counts", (1, 3, 10)),
        ("concurrency", "256", "concurrency", 256),
        ("rate", "off", "rate", math.inf),
        ("rate", "0.5", "rate", 0.5),
        ("window", "off", "window", NO_WINDOW),
        ("window", " 45 / 60.5 ", "window", Window(45, 60.5)),
        ("window", "default", "window", None),
        ("pause", "18", "pause_s", 18.0),
        ("backoff", "0.01", "backoff_s", 0.01),
        ("retries", "0", "retries", 0),
        ("timeout", "0.5", "timeout_s", 0.5),
        ("connect-timeout", "3", "connect_timeout_s", 3.0),
        ("warmup", "0", "warmup", 0),
        ("shuffle", "No", "shuffle", False),
        ("shuffle", "1", "shuffle", True),
    ],
)
def test_good_values_are_read_from_a_file(name: str, text: str, attribute: str, value) -> None:
    """Else what stands in config.ini has no effect."""
    write(f"[iucn-tui]\n{name} = {text}\n")
    loaded = load_settings({}, {}, HERE)
    assert getattr(loaded.settings, attribute) == value
    assert loaded.origins[attribute] == "config.ini"


COUNT = "is a whole number from"
PAGE_COUNTS = "Page counts are whole numbers from 1 to 100000 with commas between them, not '{}'."
PAGES = "The number of pages is a whole number from 1 to 100000, or all, not '{}'."
RATE = "The rate is requests a second from 0.0001 to 1000000, or off, not '{}'."
TIMEOUT = "The timeout is a number of seconds from 0.001 to 86400, not '{}'."
HUGE = "99999999999999999999"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("source", "real", "There is no source 'real'. Choose from demo, live."),
        ("api", "v5", "There is no API version 'v5'. Choose from v4, v3."),
        ("base_url", "example.org", "'example.org' is not a base URL."),
        ("demo_profile", "slow", "There is no demo profile 'slow'. Choose from fast, typical,"),
        (
            "method",
            "magic",
            "There is no method 'magic'. Choose from sequential, threads, asyncio, uvloop.",
        ),
        ("methods", "threads,magic", "There is no method 'magic'."),
        ("pages", "0", PAGES),
        ("pages", "-1", PAGES),
        ("pages", "a", PAGES),
        ("pages", "5-1", PAGES),
        ("pages", "1.5", PAGES),
        ("page_counts", "0", PAGE_COUNTS),
        ("page_counts", "1,,3", PAGE_COUNTS),
        ("page_counts", "5-1", PAGE_COUNTS),
        ("page_counts", "1,100001", PAGE_COUNTS),
        ("concurrency", "0", "In flight is a whole number from 1 to 256, not '0'."),
        ("concurrency", "257", "In flight is a whole number from 1 to 256, not '257'."),
        ("concurrency", "9" * 5000, "In flight is a whole number from 1 to 256"),
        ("rate", "0", RATE),
        ("rate", "inf", RATE),
        ("rate", "nan", RATE),
        ("rate", "-2", RATE),
        *(
            ("window", bad, f"{WINDOW_IS}, not '{bad}'.")
            for bad in (
                *("0", "90", "90/", "/120", "0/120", "90/0", "-1/5", "1/-5", "1.5/2", "1/nan"),
                *("1/inf", "²/5", "90/120/2", "1/86401", "100001/1"),
            )
        ),
        ("retries", "-1", "The number of retries is a whole number from 0 to 100, not '-1'."),
        ("timeout", "0", TIMEOUT),
        ("timeout", "1e9", TIMEOUT),
        ("connect_timeout", "x", "The timeout to connect is a number of seconds from 0.001"),
        ("repeats", "0", "The number of repeats is a whole number from 1 to 1000, not '0'."),
        ("warmup", "-1", "The number of warm-up runs is a whole number from 0 to 100"),
        ("shuffle", "maybe", "Shuffle is yes or no, not 'maybe'."),
        ("seed", "-1", "The seed is a whole number from 0 to 1000000000, not '-1'."),
        ("seed", HUGE, "The seed is a whole number from 0 to 1000000000, not '{}'."),
        *(("rate", text, RATE) for text in ("1e-300", "1e-5", "-0", "1e999", "1e7", "infinity")),
        *(("timeout", text, TIMEOUT) for text in ("1e-9", "-0", "nan", "inf", "1e999", "86401")),
        ("connect_timeout", "1e-9", "The timeout to connect is a number of seconds from 0.001"),
        *(("pages", text, PAGES) for text in (HUGE, "100001", "-0", "inf", "1_0", "nan")),
        *(("page_counts", text, PAGE_COUNTS) for text in ("1,1_0", HUGE, "1,nan", "1,-0")),
        *(
            ("concurrency", text, "In flight is a whole number from 1 to 256, not '{}'.")
            for text in (HUGE, "-0", "nan", "1e2", "+8", "٣")
        ),
        *(
            ("retries", text, "The number of retries is a whole number from 0 to 100, not '{}'.")
            for text in (HUGE, "-0", "inf")
        ),
        ("repeats", HUGE, "The number of repeats is a whole number from 1 to 1000, not '{}'."),
        ("warmup", HUGE, "The number of warm-up runs is a whole number from 0 to 100, not '{}'."),
    ],
)
def test_a_bad_value_is_told_with_its_place(name: str, text: str, sentence: str) -> None:
    """Else the user has to guess which value is bad, and in which of five places it stands."""
    sentence = sentence.format(text)
    with pytest.raises(UsageError) as caught:
        load_settings({name: text}, {}, HERE)
    assert sentence in caught.value.sentence()
    variable = f"IUCN_TUI_{name.upper()}"
    message = sentence.split(". ", 1)[0].rstrip(".")
    with pytest.raises(UsageError) as caught:
        load_settings({}, {variable: text}, HERE)
    assert message in caught.value.sentence()
    assert f"(from {variable})" in caught.value.sentence()
    write(f"[iucn-tui]\n{name} = {text}\n")
    with pytest.raises(UsageError) as caught:
        load_settings({}, {}, HERE)
    assert message in caught.value.sentence()
    assert "(from config.ini)" in caught.value.sentence()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"iucn = {SECRET}\n", "not in the form of config.example.ini (line 1)"),
        (f"[API]\niucn = x\n{SECRET}\n", "not in the form of config.example.ini (line 3)"),
        (f"[API]\niucn={SECRET}\niucn={SECRET}2\n", "config.example.ini (line 3)"),
        (f"[API]\niucn={SECRET}\n[API]\n", "config.example.ini (line 3)"),
        (f"[API\niucn={SECRET}\n", "config.example.ini (line 1)"),
        (b"[API]\niucn = \xff\xfe" + SECRET.encode(), "is not UTF-8 text"),
        (f"[API]\niucn = {SECRET}".encode("utf-16"), "is not UTF-8 text"),
        (bytes(range(256)) * 4, "is not UTF-8 text"),
        (f"[API]\niucn = {SECRET} two\n", "has characters that are not valid in a token"),
        (f"[API]\niucn = {SECRET}é\n", "has characters that are not valid in a token"),
        (f"[API]\niucn = {SECRET}\n  more\n", "has characters that are not valid in a token"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_without_quoting_it(text, sentence: str) -> None:
    """Else the user is shown a traceback, or the token stands in the error message."""
    write(text)
    with pytest.raises(UsageError) as caught:
        load_settings({}, {}, HERE)
    assert sentence in caught.value.sentence()
    assert "config.ini" in caught.value.sentence()
    assert SECRET not in caught.value.sentence()
    assert caught.value.__cause__ is None


def test_a_configuration_that_is_not_there_is_only_missed_when_named() -> None:
    """Else a misspelt --config is ignored, and the run uses other settings."""
    for named in ("nope.ini", "nope/nope.ini"):
        with pytest.raises(UsageError, match=f"no configuration file {named}"):
            load_settings({}, {"IUCN_TUI_CONFIG": named}, HERE)
    with pytest.raises(UsageError, match="no user for"):
        load_settings({}, {"IUCN_TUI_CONFIG": "~nobody-of-this-name/x.ini"}, HERE)
    with pytest.raises(UsageError, match="no user for"):
        token_file({"IUCN_TUI_CONFIG": "~nobody-of-this-name/x.ini"})
    with pytest.raises(UsageError, match="File name too long"):
        load_settings({}, {"IUCN_TUI_CONFIG": "x" * 5000}, HERE)


def test_a_configuration_that_cannot_be_read_is_told() -> None:
    """Else settings are silently those of somewhere else."""
    Path("config.ini").mkdir()
    with pytest.raises(UsageError, match=r"config\.ini can't be read: Is a directory"):
        load_settings({}, {}, HERE)


def test_a_home_that_cannot_be_is_told() -> None:
    """Else a typing error in IUCN_TUI_HOME shows a traceback."""
    with pytest.raises(UsageError, match="no user for"):
        load_settings({}, {"IUCN_TUI_HOME": "~nobody-of-this-name/runs"}, HERE)
    loaded = load_settings({}, {"IUCN_TUI_HOME": "~/runs"}, HERE)
    assert loaded.settings.home == Path.home() / "runs"


def test_the_example_is_the_file_in_the_repository_and_changes_nothing() -> None:
    """Else the example that users copy is out of date, or sets something by being copied."""
    assert (ROOT / "config.example.ini").read_text(encoding="utf-8") == example() + keys_example()
    write(example() + keys_example())
    assert load_settings({}, {}, HERE).settings == Settings()


def test_the_example_without_its_comment_signs_is_a_good_configuration() -> None:
    """Else taking away a # where nothing follows the equals sign is an error."""
    lines = example().splitlines()
    write("\n".join(line.removeprefix("# ") if " = " in line else line for line in lines))
    loaded = load_settings({}, {}, HERE)
    assert loaded.settings == Settings()
    assert loaded.origins["retries"] == "config.ini"
    assert loaded.origins["source"] == loaded.origins["token"] == "default"


def test_a_token_with_per_cent_signs_and_a_byte_order_mark_is_read() -> None:
    """Else a token as Windows editors save it is refused, or changed on the way."""
    write(b"\xef\xbb\xbf[API]\r\niucn = a%b%(c)s$d\r\n")
    loaded = load_settings({}, {}, HERE)
    assert loaded.settings.token == Token("a%b%(c)s$d")
    assert loaded.origins["token"] == "config.ini"


def test_the_environment_s_token_comes_first_and_makes_the_source_live() -> None:
    """Else a user of the R clients, who has IUCN_REDLIST_KEY, is shown synthetic data."""
    write("[API]\niucn = filed\n")
    loaded = load_settings({}, {"IUCN_REDLIST_KEY": f" {SECRET} "}, HERE)
    assert loaded.settings.token == Token(SECRET)
    assert loaded.settings.source == "live"
    assert loaded.settings.effective_rate() == 2.0
    assert SECRET not in repr(loaded)
    kept = load_settings({"source": "demo"}, {"IUCN_REDLIST_KEY": SECRET}, HERE).settings
    assert (kept.source, kept.effective_rate()) == ("demo", None)
    with pytest.raises(UsageError, match="characters that are not valid in a token") as caught:
        load_settings({}, {"IUCN_REDLIST_KEY": f"{SECRET}\nx"}, HERE)
    assert SECRET not in caught.value.sentence()


def test_a_base_url_makes_the_source_live_and_contradicts_the_demo() -> None:
    """Else the server that the user names is not asked."""
    found = load_settings({"base_url": "http://127.0.0.1:1"}, {}, HERE).settings
    assert (found.source, found.server, found.effective_rate()) == (
        "live",
        "http://127.0.0.1:1",
        None,
    )
    with pytest.raises(UsageError, match="the source is demo"):
        load_settings({"base_url": "http://127.0.0.1:1", "source": "demo"}, {}, HERE)
    assert load_settings({"source": "live", "api": "v3"}, {}, HERE).settings.server == (
        "https://apiv3.iucnredlist.org"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("concurency", "Did you mean concurrency?"),
        ("xyzzy", "`iucn-tui config` lists all settings"),
    ],
)
def test_a_misspelt_setting_is_named(tmp_path: Path, name: str, said: str) -> None:
    """A pace that is ignored because of a typing error costs the user the token."""
    (tmp_path / "config.ini").write_text(f"[iucn-tui]\n{name} = 3\n")
    with pytest.raises(UsageError) as caught:
        load_settings(folder=tmp_path)
    assert f"'{name}'" in str(caught.value)
    assert said in caught.value.sentence(WORDS)


@pytest.mark.parametrize(
    ("rate", "window", "hasty"),
    [
        ("", "", False),
        ("2", "90/120", False),
        ("2", "45/60", False),
        ("2", "10/120", False),
        ("0.75", "off", False),
        ("0.8", "off", True),
        ("2", "off", True),
        ("2", "91/120", True),
        ("2", "20/20", True),
        ("2", "200/240", True),
        ("2.1", "10/120", True),
        ("off", "90/120", True),
    ],
)
def test_what_is_faster_than_the_default_at_a_real_host(
    rate: str, window: str, hasty: bool
) -> None:
    """Else a token is limited for a pace that its owner never agreed to."""
    given = {"base_url": "https://redlist.invalid", "rate": rate, "window": window}
    live = load_settings(given, {}, HERE).settings
    assert live.hasty is hasty
    here = load_settings({**given, "base_url": "http://127.0.0.1:1"}, {}, HERE).settings
    assert not here.hasty


def test_the_window_holds_where_the_pace_does() -> None:
    """Else any crawl of more than 100 requests is refused."""
    live = load_settings({"source": "live"}, {}, HERE).settings
    assert (live.effective_rate(), live.effective_window()) == (2.0, Window(90, 120.0))
    here = load_settings({"base_url": "http://127.0.0.1:1"}, {}, HERE).settings
    assert (here.effective_window(), Settings().effective_window()) == (None, None)
    assert (
        load_settings({"source": "live", "window": "off"}, {}, HERE).settings.effective_window()
        is None
    )
