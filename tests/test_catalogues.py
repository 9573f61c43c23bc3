"""Everything a reader sees exists in each language."""

import string

import pytest

from custinsight.locale.extract import message_ids, missing, read
from custinsight.words import languages

TRANSLATED = languages()[1:]


def _fields(text: str) -> set[str]:
    return {f"{name}:{spec}" for _, name, spec, _ in string.Formatter().parse(text) if name is not None}


def test_english_is_never_empty() -> None:
    assert len(message_ids()) > 300


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_message_lacks_a_translation(language: str) -> None:
    assert missing(language) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_the_fields(language: str) -> None:
    catalogue = read(language)
    for text, plural in message_ids().items():
        said = catalogue[text].string
        shown = said[0] if isinstance(said, tuple) else said
        assert _fields(shown) <= _fields(text) | _fields(plural or ""), text
        assert _fields(text) <= _fields(shown) | {"n:"}, text


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_holds_nothing_that_is_no_longer_said(language: str) -> None:
    assert {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in read(language) if entry.id} <= set(
        message_ids()
    )
