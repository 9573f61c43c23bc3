"""Find every message id in the code and the notebooks, and add to the catalogues what they lack.

Run in a checkout: ``python -m custinsight.locale.extract``. A new language is a new, empty ``<language>.po`` here.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from custinsight import errors
from custinsight.report.markdown import paragraphs
from custinsight.resources import packaged_notebooks

_PACKAGE = Path(__file__).resolve().parent.parent
_ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
_SPEAKERS = {"msg", "words", "say", "self", "Message"} | _ERRORS


def message_ids() -> dict[str, str | None]:
    """Return each message id with its plural, or None where it has none.

    Examples
    --------
    >>> message_ids()["{points} pts"] is None
    True
    """
    found: dict[str, str | None] = {}
    for path in sorted(_PACKAGE.rglob("*.py")):
        for call in _calls(path):
            texts = [arg.value for arg in call.args[:2] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if texts and texts[0]:
                found.setdefault(texts[0], texts[1] if len(texts) == 2 else None)
    for notebook in packaged_notebooks():
        found.update(dict.fromkeys(_texts(notebook)))
    return found


def missing(language: str) -> list[str]:
    """Message ids that a language's catalogue does not translate."""
    catalogue = read(language)
    return [text for text in message_ids() if not _translated(catalogue, text)]


def read(language: str) -> Catalog:
    """Read a language's catalogue."""
    with _path(language).open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"))


def update(language: str) -> int:
    """Add the missing ids to a language's catalogue and drop those no longer used; return how many lack a text."""
    known, fresh = read(language), Catalog(locale=language.replace("-", "_"), project="custinsight")
    for text, plural in sorted(message_ids().items()):
        given = known.get(text)
        fresh.add((text, plural) if plural else text, given.string if given else None)
    with _path(language).open("wb") as file:
        write_po(file, fresh, width=120, omit_header=False)
    return len(missing(language))


def _calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in _SPEAKERS:
                yield node


def _texts(notebook: Path) -> Iterator[str]:
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            yield from paragraphs("".join(cell["source"]))


def _translated(catalogue: Catalog, text: str) -> bool:
    entry = catalogue.get(text)
    if entry is None:
        return False
    return all(entry.string) if isinstance(entry.string, tuple) else bool(entry.string)


def _path(language: str) -> Path:
    return _PACKAGE / "locale" / f"{language}.po"


if __name__ == "__main__":
    from custinsight.words import languages

    for spoken in languages()[1:]:
        print(f"{spoken}: {update(spoken)} messages without a text")
