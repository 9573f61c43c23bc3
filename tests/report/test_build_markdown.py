"""A notebook's words: split into message ids, said, and rendered without a way out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.report.markdown import blocks, paragraphs, say_blocks
from custinsight.report.notebooks import read_notebook
from custinsight.words import Words
from custinsight.writers.html import faults

EN = Words("en")


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ("", []),
        ("one\ntwo", ["one two"]),
        ("one\n\ntwo", ["one", "two"]),
        ("# Title\ntext", ["Title", "text"]),
        ("- a\n  goes on\n- b", ["a goes on", "b"]),
        ("1. a\n2. b", ["a", "b"]),
        ("> said", ["said"]),
        ("{a}", ["{{a}}"]),
    ],
)
def test_message_ids(source, ids):
    assert paragraphs(source) == ids


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("a\n\n- b\n\nc", "<p>a</p>\n<ul>\n<li>b</li>\n</ul>\n<p>c</p>"),
        ("see [value](#value) and [out](https://example.com)", '<p>see <a href="#value">value</a> and out</p>'),
        ("**a** `b`", "<p><strong>a</strong> <code>b</code></p>"),
    ],
)
def test_rendering(source, html):
    assert say_blocks(blocks(source), EN) == html


@given(st.text(alphabet=st.sampled_from("<>/&\"'()[]!#*_`{}=: \n-1.javscriptonload"), max_size=60))
def test_nothing_in_the_words_can_run(source):
    assert faults(say_blocks([block for block in blocks(source) if block.mark[:1] != "#"], EN)) == []


def test_what_is_no_notebook_is_told(tmp_path):
    for n, content in enumerate(["{", "[]", '{"cells": [1]}', json.dumps({"cells": [{"source": ""}]})]):
        path = tmp_path / f"{n}.ipynb"
        path.write_text(content)
        with pytest.raises(ValueError, match=r"is no notebook|Expecting"):
            read_notebook(path)
