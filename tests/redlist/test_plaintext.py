"""Documentation reads well without its markup, whatever the markup."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.redlist.text import plain_text

GOLDEN = [
    ("plain", "As it is.", "As it is."),
    ("nothing", "", ""),
    ("blanks only", " \n <p> </p>", ""),
    (
        "paragraphs",
        "<p>One  <em>two</em>\n three.</p>\r\n<P class='x'>Four.</p>",
        "One two three.\n\nFour.",
    ),
    ("line breaks", "a<br/><br />b<br>c", "a\n\nb\nc"),
    ("many breaks", "a<br/><br/><br/><br/>b", "a\n\nb"),
    ("tags inside words", "10 km<sup>2</sup>, CO<sub>2</sub>", "10 km2, CO2"),
    ("blanks around tags", "the<b> bold </b>one<i>.</i>", "the bold one."),
    ("entities", "c. 5&nbsp;km&#178; &amp; &lt;b&gt; &eacute;", "c. 5 km² & <b> é"),
    ("no tag", "p < 0.05, x<5 and y>3, 1 <2", "p < 0.05, x<5 and y>3, 1 <2"),
    (
        "a list",
        "<p>In:</p><ol><li><b>X</b>: y</li>\n<li><p>z</p></li></ol><p>End</p>",
        "In:\n\n- X: y\n- z\n\nEnd",
    ),
    (
        "lists in lists",
        "<ul><li>a<ul><li>b</li><li>c</li></ul></li><li></li><li>d</li></ul>after",
        "- a\n  - b\n  - c\n- d\n\nafter",
    ),
    ("a list that is not closed", "<li>x<li>y", "- x\n- y"),
    ("a table", "<table><tr><td>1</td><td>2</td></tr><tr><th>3</th></tr></table>", "1 2\n3"),
    ("links", "see <a href=\"https://x.example/?a>b\" title='>'>there</a>", "see there"),
    ("an unclosed quote", '<a title="x>there</a> and on', "there and on"),
    ("an unclosed tag", "one <em two", "one <em two"),
    ("scripts", "a<script>if (x<y) b</script><STYLE>c</STYLE >d", "ad"),
    ("an unclosed script", "a<script>b", "a"),
    ("comments", "a<!-- <p>b --> > -->c<!DOCTYPE html><?xml?><![if x]>d<![endif]>", "a > -->cd"),
    ("an unclosed comment", "a<!-- b", "a"),
    ("line ends without markup", "one\r\ntwo\n\n\n\n<i>three</i>\nfour", "one\ntwo\n\nthree\nfour"),
    ("line ends with markup", "one\ntwo<br>three", "one two\nthree"),
    ("control characters", "\x1b[31mred\x00\x07 \u202eabc&#8238;&#27;", "[31mred abc"),
    (
        "numbers beyond all characters",
        f"a&#{'9' * 5000};b&#x{'f' * 5000};&#xD800;",
        "a\ufffdb\ufffd\ufffd",
    ),
    ("every script", "主に夜間に <i>Северный</i> سلام", "主に夜間に Северный سلام"),
]


@pytest.mark.parametrize(
    ("html", "text"), [one[1:] for one in GOLDEN], ids=[one[0] for one in GOLDEN]
)
def test_markup_becomes_text(html: str, text: str) -> None:
    """Else paragraphs run together, or tags and scripts stand in the text."""
    assert plain_text(html) == text


@pytest.mark.parametrize(
    "part",
    ["a", "<", "<a",
     "</", "<!--", "<![", "<?", "<!", "&", "&#9", '<a b="', "<a '", '<a b=">', "<a b=",
     "<ul><li>x", "<script>", "<style></", "\n", "<br>", "<p>a", '"\'', "<a \"'>", "-->", " <b"],
)  # fmt: skip
def test_a_megabyte_of_anything_takes_linear_time(part: str) -> None:
    """Else one hostile answer hangs an export: squared, this outlasts the tests' time limit."""
    size = 1_000_000
    shown = plain_text(part * (size // len(part)))
    assert len(shown) <= 3 * size
    plain_text("<a" + part * (size // len(part)) + ">")
    plain_text("<a" + part * (size // len(part)))


@given(st.text(st.sampled_from("<>/!-&#;\"' \n\x00\x1b\u202eapbrliu1")))
def test_any_text_is_taken(html: str) -> None:
    """Else one malformed tag ends an export, or an escape sequence reaches the terminal."""
    shown = plain_text(html)
    assert "\n\n\n" not in shown
    assert shown == shown.strip("\n ")
    assert not [
        char for char in shown if char != "\n" and unicodedata.category(char) in ("Cc", "Zl")
    ]
    assert "\u202e" not in shown


@given(
    st.lists(
        st.text(st.characters(categories=("L", "N", "P"), exclude_characters="<>&"), min_size=1)
    )
)
def test_no_word_is_lost(words: list[str]) -> None:
    """Else text vanishes from the documentation."""
    tags = ("<p>", "</p>", " ", "<br/>", "\n", "<ul><li>", "</li></ul>", "&#160;")
    html = "".join(f"{word}{tags[number % len(tags)]}" for number, word in enumerate(words))
    shown = re.sub(r"(?m)^ *- ", "", plain_text(f"<div>{html}</div>"))
    assert "".join(shown.split()) == "".join("".join(words).split())
