"""How well a header means a canonical column: a bilingual dictionary, and likeness where it has no such word."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from rapidfuzz import fuzz

from custinsight.tables import TABLES

WEAK = 0.7
"""Score of a header that the dictionary knows as a weak hint."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETS = re.compile(r"[(（\[【<][^)）\]】>]*[)）\]】>]")
_SEPARATORS = re.compile(r"[\s_\-./\\:：,，、#*%'\"|]+")


def plain_header(header: str) -> str:
    """A header in small letters, its words parted by one blank, without what stands in brackets.

    Examples
    --------
    >>> plain_header("CustomerID"), plain_header("invoice_no."), plain_header("客戶編號（必填）")
    ('customer id', 'invoice no', '客户编号')
    """
    text = unicodedata.normalize("NFKC", header).translate(_simplify())
    bare = _BRACKETS.sub(" ", text).strip()
    parted = _CAMEL.sub(" ", bare or text)
    return _SEPARATORS.sub(" ", parted).strip().lower()


def header_score(header: str, table: str, name: str) -> float:
    """Score between 0 and 1 of a header as a column of a table.

    Parameters
    ----------
    header : str
        As the file has it.
    table : str
    name : str
        A canonical column, or a helper of the dictionary such as ``_unit_price``.

    Examples
    --------
    >>> header_score("InvoiceDate", "transactions", "doc_date"), header_score("价税合计", "transactions", "amount_net")
    (1.0, 0.0)
    """
    return _score(plain_header(header), table, name)


@functools.lru_cache(maxsize=100_000)
def _score(header: str, table: str, name: str) -> float:
    return max((_likeness(header, word) for word in words(table, name)), default=0.0)


def _likeness(header: str, word: str) -> float:
    most = WEAK if word.startswith("~") else 1.0
    word = word.removeprefix("~")
    one, other = header.replace(" ", ""), word.replace(" ", "")
    if not one or not other:
        return 0.0
    if one == other:
        return most
    same_length = len(header.split()) == len(word.split())
    return most * max(_contained(header, word), _alike(one, other) if same_length else 0.0)


def _contained(header: str, word: str) -> float:
    """A word inside a header counts more the more of it there is; at the end it says what the header is."""
    if word.isascii():
        there, wanted = header.split(), word.split()
        if len(wanted) < len(there) and there[-len(wanted) :] == wanted:
            return 0.55 + 0.3 * len(wanted) / len(there)
        return 0.0
    one, other = header.replace(" ", ""), word.replace(" ", "")
    if len(other) < 2 or len(other) >= len(one):
        return 0.0
    share = len(other) / len(one)
    return 0.55 + 0.3 * share if one.endswith(other) else 0.4 + 0.3 * share if one.startswith(other) else 0.0


def _alike(one: str, other: str) -> float:
    ratio = fuzz.ratio(one, other) / 100
    # a changed character is a typo in a long English word and another word in a short Chinese one
    least = 0.85 if other.isascii() and len(other) >= 6 else 2.0
    return 0.9 * ratio if ratio >= least else 0.0


def names_of(table: str) -> tuple[str, ...]:
    """Canonical columns of a table that a header can mean, then the dictionary's helpers.

    Examples
    --------
    >>> names_of("owners")[:2], "_first_name" in names_of("owners")
    (('owner_id', 'owner_name'), True)
    """
    known = _dictionary()[table]
    canonical = [name for name in TABLES[table].names if name in known]
    return (*canonical, *(name for name in known if name.startswith("_")))


def words(table: str, name: str) -> Sequence[str]:
    """The dictionary's words for a column; its own name is one of them."""
    return _prepared()[table, name]


def value_words(table: str, name: str) -> Mapping[str, str]:
    """Words of codes, in small letters, and the values of a column that they mean; none for most columns.

    Examples
    --------
    >>> value_words("transactions", "doc_type")["销售退货"], value_words("customers", "status")["冻结"]
    ('return', 'frozen')
    """
    codes = _dictionary()["values"]
    meant: Mapping[str, Sequence[str]] = codes.get(f"{name}_{table}", codes.get(name, {}))
    return {word.lower(): value for value, given in meant.items() for word in given}


def file_hint(stem: str, table: str) -> bool:
    """Whether a file's name holds a word for a table.

    Examples
    --------
    >>> file_hint("应收账款_2024-12-31", "receivables"), file_hint("SalesOrders", "customers")
    (True, False)
    """
    name = plain_header(stem)
    return any(word.replace(" ", "") in name.replace(" ", "") for word in _dictionary()["files"][table])


def simplified(text: str) -> str:
    """Replace the traditional characters of headers by simplified ones."""
    return text.translate(_simplify())


@functools.lru_cache(maxsize=1)
def _dictionary() -> dict[str, Any]:
    text = files("custinsight").joinpath("ingest", "synonyms.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.lru_cache(maxsize=1)
def _simplify() -> dict[int, int]:
    signs = _dictionary()["traditional"]
    return {ord(one): ord(other) for one, other in zip(signs["from"], signs["to"], strict=True)}


@functools.lru_cache(maxsize=1)
def _prepared() -> dict[tuple[str, str], tuple[str, ...]]:
    prepared = {}
    for table in TABLES:
        for name in names_of(table):
            given = [name.strip("_").replace("_", " "), *_dictionary()[table][name]]
            weak = {word for word in given if word.startswith("~")}
            plain = [f"~{plain_header(word[1:])}" if word in weak else plain_header(word) for word in given]
            prepared[table, name] = tuple(dict.fromkeys(plain))
    return prepared
