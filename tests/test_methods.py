"""Methods of other packages: which are taken, which are not, and what their users are told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.packages import GROUP, Install, install
from tui_app.methods import (
    DEFAULT_METHODS,
    all_methods,
    find_method,
    has_one_in_flight,
    known_methods,
    load_method,
    method_notices,
    usable_methods,
)
from tui_app.redlist.errors import UsageError

OURS = (*DEFAULT_METHODS, "uvloop")
CARRY = "def carry(dispatcher):\n    '''Carry nothing.'''\n"


def why_not(name: str) -> str:
    with pytest.raises(UsageError) as caught:
        load_method(name)
    return caught.value.sentence()


def test_a_module_and_a_function_are_methods(others: Install) -> None:
    others(
        "their-package",
        {
            "trio": "theirs.trio_method",
            "curl_2": "theirs.many:begin",
            "deep": "theirs.many:C.carry",
        },
        {
            "theirs/__init__.py": "",
            "theirs/trio_method.py": CARRY,
            "theirs/many.py": "def begin(d): ...\nclass C:\n    @staticmethod\n"
            "    def carry(d): ...\nONE_IN_FLIGHT = True\n",
        },
    )
    assert known_methods() == (*OURS, "curl_2", "deep", "trio")
    assert method_notices() == ()
    assert find_method("trio").package == "their-package 1.0"
    assert load_method("trio").__name__ == "carry"
    assert load_method("curl_2").__name__ == "begin"
    assert load_method("deep").__qualname__ == "C.carry"
    assert [has_one_in_flight(name) for name in ("sequential", "threads", "trio", "curl_2")] == [
        True,
        False,
        False,
        True,
    ]


def test_nothing_is_imported_to_know_the_names(others: Install) -> None:
    """A method and its library take longer to import than the rest of the program."""
    others("their-package", {"trio": "theirs"}, {"theirs.py": "raise SystemExit('imported')"})
    assert known_methods()[-1] == "trio"
    assert find_method("trio").module == "theirs"


@pytest.mark.parametrize(
    "name",
    ["threads", "Trio", "7up", "über", "two words", "-x", "a" * 25, "x.y", "[red]x", "\x1b[2J"],
)
def test_a_name_that_will_not_do_is_not_taken_and_told(others: Install, name: str) -> None:
    others("their-package", {name: "theirs", "good": "theirs"}, {"theirs.py": CARRY})
    assert known_methods() == (*OURS, "good")
    (notice,) = method_notices()
    assert "of their-package 1.0 is ignored: " in notice
    assert ("iucn-tui has a method" if name == "threads" else "lowercase letter") in notice
    assert notice.isprintable()
    assert load_method("threads").__name__ == "carry_threads"


def test_of_two_packages_with_one_name_the_first_counts(others: Install) -> None:
    others("a-package", {"trio": "a"}, {"a.py": CARRY})
    others("b-package", {"trio": "b", "curl": "b"}, {"b.py": CARRY})
    assert known_methods()[len(OURS) :] == ("curl", "trio")
    taken = find_method("trio").package
    other = {"a-package 1.0": "b-package 1.0", "b-package 1.0": "a-package 1.0"}[taken]
    assert method_notices() == (
        f"The method 'trio' of {other} is ignored: {taken} has a method of that name.",
    )


def test_a_package_that_hides_its_older_self_is_no_other(others: Install, tmp_path: Path) -> None:
    older = install(tmp_path / "older", "their-package", {"trio": "older"}, version="0.9")
    sys.path.append(str(older))  # the fixture takes it away again
    others("their-package", {"trio": "theirs"}, {"theirs.py": CARRY})
    assert find_method("trio").package == "their-package 1.0"
    assert method_notices() == ()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (None, "can't be imported: ModuleNotFoundError: No module named 'theirs'"),
        ("import trio_that_is_not_there", "needs trio_that_is_not_there, which is not installed"),
        ("def carry(:", "(theirs.py, line 1). Repair or"),
        ("1 / 0", "can't be imported: ZeroDivisionError: division by zero (theirs.py, line 1)"),
        ("raise SystemExit(3)", "can't be imported: SystemExit: 3"),
        ("def begin(d): ...", "can't be used: theirs has no function carry"),
        ("carry = 7", "can't be used: theirs has no function carry"),
        (
            "raise ValueError('\\x1b[2J ?token=0123456789')",
            "ValueError: \ufffd[2J ?token=•••• (theirs.py, line 1)",
        ),
    ],
)
def test_what_can_not_be_loaded_is_told_when_it_is_chosen(
    others: Install, code: str | None, said: str
) -> None:
    """And keeps no other method from working."""
    files = {"fine.py": CARRY} | ({} if code is None else {"theirs.py": code})
    others("their-package", {"broken": "theirs", "fine": "fine"}, files)
    sentence = why_not("broken")
    assert sentence.startswith("The method 'broken' of their-package 1.0 ")
    assert said in sentence
    assert sentence.endswith("Repair or remove that package, or choose another method.")
    assert load_method("fine").__module__ == "fine"
    assert method_notices() == ()
    assert all_methods() == (*EVERY_METHOD, "fine")
    assert [said in notice for notice in method_notices()] == [True]


@pytest.mark.parametrize(
    "text",
    [
        f"[{GROUP}]\nno equals sign\n",
        f"[{GROUP}]\ntrio = theirs\n\udcff\udcfe\n",
        f"[{GROUP}]\n= theirs\n",
        f"[{GROUP}]\ntrio = \n",
        f"[{GROUP}]\ntrio = :::\n",
        f"[{GROUP}]\ntrio = ..\n",
    ],
)
def test_entry_points_that_are_none_keep_nothing_from_working(others: Install, text: str) -> None:
    """Else another package's mistake keeps the program from starting."""
    others("bad-package", text)
    others("their-package", {"good": "theirs"}, {"theirs.py": CARRY})
    assert "good" in known_methods()
    if "trio" in known_methods():
        assert why_not("trio").startswith("The method 'trio' of bad-package 1.0 ")
    elif text.isascii():
        (notice,) = method_notices()
        assert "bad-package" in notice


def test_what_an_extra_adds_is_told_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_app.methods.find_spec", lambda name: None)
    assert usable_methods() == all_methods() == DEFAULT_METHODS
    load_method.cache_clear()
    assert why_not("uvloop") == (
        "The method 'uvloop' needs uvloop, which is not installed. "
        "`pip install 'iucn-tui[uvloop]'` adds it."
    )
    assert "uvloop" in known_methods()


def test_an_unknown_name_is_told_with_what_there_is(others: Install) -> None:
    others("their-package", {"trio": "theirs"}, {"theirs.py": CARRY})
    assert why_not("magic") == (
        "There is no method 'magic'. Choose from sequential, threads, asyncio, uvloop, trio."
    )


@pytest.mark.parametrize(
    "code",
    [
        "import tui_app.ui.app",
        "from tui_app.settings import load_settings; load_settings({'method': 'threads'})",
        "from tui_app.cli.main import main; main(['--help'])",
        "from tui_app.cli.main import main; main(['operations'])",
    ],
)
def test_who_needs_no_other_package_looks_through_none(code: str) -> None:
    """The first frame and the help are waited for."""
    script = f"import sys; {code}; assert 'importlib.metadata' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def program(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tui_app", *args], capture_output=True, text=True)


def test_the_command_line_lists_and_refuses_them(others: Install) -> None:
    others(
        "their-package",
        {"trio": "theirs", "broken": "broken", "threads": "theirs", "Bad": "theirs"},
        {"theirs.py": CARRY, "broken.py": "import not_there_at_all"},
    )
    words = " ".join(program("fetch", "--help").stdout.split())
    assert (
        "--method [sequential|threads|asyncio|uvloop|broken|trio] method (uvloop: an extra)"
        in words
    )
    unknown = program("fetch", "threats", "--method", "magic")
    assert unknown.returncode == 2
    assert "Choose from sequential, threads, asyncio, uvloop, broken, trio." in unknown.stderr
    for command in (
        ("fetch", "threats", "--method", "broken"),
        ("compare", "--methods", "threads,broken"),
    ):
        broken = program(*command)
        assert broken.returncode == 2
        assert broken.stdout == ""
        notices = broken.stderr.splitlines()
        assert notices[:2] == [
            "Warning: The method 'threads' of their-package 1.0 is ignored: iucn-tui has a "
            "method of that name.",
            "Warning: The method 'Bad' of their-package 1.0 is ignored: its name must be a "
            "lowercase letter and up to 23 lowercase letters, digits, - and _.",
        ]
        assert notices[2:] == [
            "iucn-tui: The method 'broken' of their-package 1.0 needs not_there_at_all, which is "
            "not installed. Repair or remove that package, or choose another method."
        ]
    assert program("runs", "--json").stdout.strip() == "[]"
