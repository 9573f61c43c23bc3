"""Examples of what a column holds, as a check may show them: personal ones only by their shape."""

from __future__ import annotations

from collections.abc import Iterable

from custinsight.ingest.binding import Binding
from custinsight.ingest.expressions import column_names
from custinsight.plan import Source
from custinsight.tables import PERSONAL

LONGEST, MOST = 20, 3
_NUMBERS_OF_PEOPLE = ("customer_id", "parent_id")
"""Not personal once they are pseudonyms; in an export they may be phone numbers or addresses."""


def shape_of(text: str) -> str:
    """Show what a text looks like without what it says.

    Examples
    --------
    >>> shape_of("王小明 Ltd. 138-1234"), shape_of("Ann.Lee@example.org")
    ('汉汉汉 Aaa. 999-9999', 'Aaa.Aaa@aaaaaaa.aaa')
    """
    return "".join(map(_shape, text))


def pick_examples(values: Iterable[object], *, masked: bool) -> tuple[str, ...]:
    r"""Choose the first few values that differ, each at most 20 characters long, without signs that cannot be seen.

    Examples
    --------
    >>> pick_examples(["a\x00b", "", "a\x00b", None, "c"], masked=False), pick_examples(["7", "8"], masked=True)
    (('a�b', 'c'), ('9',))
    """
    shown: dict[str, None] = {}
    for value in values:
        text = "" if value is None else str(value).strip()
        text = shape_of(text) if masked else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
        if text:
            shown[text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"] = None
        if len(shown) == MOST:
            break
    return tuple(shown)


def personal_columns_of(source: Source, binding: Binding) -> set[str]:
    """Canonical columns of a source whose values tell who somebody is: by what they are or by what they are drawn from.

    Parameters
    ----------
    source : plan.Source
    binding : Binding
    """
    personal = {*PERSONAL, *_NUMBERS_OF_PEOPLE}
    headers = {header for name, header in source.columns.items() if name in personal}
    for name in personal & set(binding.computed):
        headers.update(column_names(binding.computed[name]))
    drawn = {name for name, header in source.columns.items() if header in headers}
    made = {name for name, tree in binding.computed.items() if headers.intersection(column_names(tree))}
    return personal | drawn | made


def _shape(sign: str) -> str:
    if "\u3400" <= sign <= "\u9fff" or "\U00020000" <= sign <= "\U0003ffff":
        return "汉"
    if sign.isnumeric():
        return "9"
    if sign.isalpha():
        return "A" if sign.isupper() else "a"
    return sign if sign.isprintable() else "\ufffd"
