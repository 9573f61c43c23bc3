"""What the columns of a table of customers are: known by their values first, the header being a hint.

Canonical columns are known by their names. Any other column that describes a customer, such as a birthday, a given
name or a number of social insurance, gets one of a few roles, and each role is compared in its own way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import ibis
import numpy as np

from custinsight.clean.customers import DERIVED_COLUMNS
from custinsight.engine import collect
from custinsight.errors import DataError
from custinsight.ingest.evidence import look_at
from custinsight.ingest.scoring import guess_tables
from custinsight.tables import CUSTOMERS

COMPARED_ROLES = ("given", "family", "date", "code", "text", "category")
"""Roles that are compared; a column of another role is shown with it and left alone."""

LEAST_FILLED = 0.02
_IDENTIFYING = ("customer_id", "customer_name", "mobile", "phone", "email", "tax_id", "city", "address", "contact_name")
_SURE = 0.45
_SAMPLED = 200
_MOST_CATEGORIES = 50
_LEAST_VARIED = 0.02
_UNIQUE = 0.999
_FEWEST_TO_BE_UNIQUE = 20
_LONGEST = 60
_DAY = r"(0?[1-9]|[12][0-9]|3[01])"
_DATE = (
    rf"^([0-9]{{4}}[-/.年][01]?[0-9][-/.月]{_DAY}日?|{_DAY}[-/.]{_DAY}[-/.][0-9]{{4}}"
    r"|(1[5-9]|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01]))([ T]00:00.*)?$"
)
_CODE = r"^[0-9A-Za-z]*[0-9][0-9A-Za-z]*([ \-/][0-9A-Za-z]+)*$"
# neither says who somebody is: what the seller does with a customer, and when
_PARTS_OF_RECORDS = frozenset(set(CUSTOMERS.names) - {"region", "industry", *_IDENTIFYING})
_NAME_PARTS = {"_first_name": "given", "_last_name": "family"}


@dataclass(frozen=True)
class Column:
    """A column beside the canonical ones and what it is taken for.

    Parameters
    ----------
    name : str
        As the table names it.
    role : str
        One of :data:`COMPARED_ROLES`, or why the column is not compared: constant, empty, number (of the record, a
        new one in each), measure, remark, record (what the seller does with the customer), composite (repeats other
        columns).
    key : str
        Its name among the records that are compared; empty when it is not compared.
    filled : float
        Share of the records that have a value.
    distinct : int
        How many different values.
    """

    name: str
    role: str
    key: str
    filled: float
    distinct: int

    def as_dict(self) -> dict[str, Any]:
        """Return the column as it stands in saved settings."""
        return asdict(self)


def name_columns(table: ibis.Table) -> ibis.Table:
    """Give canonical names to the columns that are surely the customer's number, name, phone, e-mail and so on.

    Only names that the table does not have are given; a name of several columns is put together.

    Parameters
    ----------
    table : ibis.Table
        Customers with any columns.

    Returns
    -------
    ibis.Table
        The same rows; a canonical name is a further column, the one it came from is no longer there.

    Raises
    ------
    DataError
        No column holds a number of the records.

    Examples
    --------
    >>> import pandas as pd
    >>> given = pd.DataFrame({"编号": ["1", "2"], "姓名": ["张三", "李四"], "手机号": ["13812345678", "13912345678"]})
    >>> name_columns(ibis.memtable(given)).columns
    ('customer_id', 'customer_name', 'mobile')
    """
    if "name_key" in table.columns:
        return table
    guesses = guess_columns(table)
    wanted = [name for name in _IDENTIFYING if name not in table.columns]
    if "source_id" in table.columns:
        wanted = [name for name in wanted if name != "customer_id"]
    found = {canonical: header for header, canonical in guesses.items() if canonical in wanted}
    table = table.rename(found)
    parts = {role: header for header, name in guesses.items() if (role := _NAME_PARTS.get(name))}
    if "customer_name" not in table.columns and len(parts) == len(_NAME_PARTS):
        table = table.mutate(customer_name=_full_name(table, parts))
    if not {"customer_id", "source_id"} & set(table.columns):
        raise DataError(
            "Customers must have a number, got the columns {columns}. "
            "Add a column customer_id with another value in each row.",
            columns=", ".join(table.columns),
        )
    return table


def guess_columns(table: ibis.Table) -> dict[str, str]:
    """Guess for each column that has no canonical name which canonical column, or helper of one, it is."""
    headers = [name for name in table.columns if name not in {*CUSTOMERS.names, *DERIVED_COLUMNS}]
    if not headers:
        return {}
    evidence = [look_at(_sample(table, name)) for name in headers]
    for guess in guess_tables("customers", [name.strip() for name in headers], evidence):
        if guess.table == "customers":
            return {
                header: one.name
                for header, one in zip(headers, guess.guesses, strict=True)
                if one.name and one.confidence >= _SURE
            }
    return {}


def find_columns(table: ibis.Table) -> tuple[Column, ...]:
    """Find the role of each column that has no canonical name.

    Parameters
    ----------
    table : ibis.Table
        Customers as :func:`name_columns` gives them, cleaned or not.

    Returns
    -------
    tuple of Column
        In the order of the table.

    Examples
    --------
    >>> import pandas as pd
    >>> given = pd.DataFrame({"customer_id": list("abc"), "dob": ["1980-01-02", "1980-02-01", "1999-12-31"], "x": "y"})
    >>> [(column.name, column.role) for column in find_columns(ibis.memtable(given))]
    [('dob', 'date'), ('x', 'constant')]
    """
    names = [name for name in table.columns if name not in {*CUSTOMERS.names, *DERIVED_COLUMNS} and "__" not in name]
    if not names:
        return ()
    facts, guesses = _look(table, names), guess_columns(table)
    roles = {name: _role(table.schema()[name], facts[name], guesses.get(name, "")) for name in names}
    for name in _composites(table, [name for name in names if roles[name] in COMPARED_ROLES], facts):
        roles[name] = "composite"
    if sum(role in ("given", "family") for role in roles.values()) == 1:
        roles = {name: "text" if role in ("given", "family") else role for name, role in roles.items()}
    return tuple(
        Column(
            name,
            roles[name],
            f"x{place}_{_slug(name)}".rstrip("_") if roles[name] in COMPARED_ROLES else "",
            round(facts[name]["filled"], 4),
            int(facts[name]["distinct"]),
        )
        for place, name in enumerate(names)
    )


def require_usable(table: ibis.Table, columns: Collection[Column]) -> None:
    """Refuse a table none of whose columns could tell who a customer is; one that is there and empty is enough.

    Raises
    ------
    DataError
    """
    if not set(_IDENTIFYING[1:]) & set(table.columns) and not any(c.key and c.role != "category" for c in columns):
        raise DataError(
            "The customers have no column by which two records could be found to be one customer. "
            "Add one of {wanted}, or a birthday or a number of each customer.",
            wanted="customer_name, mobile, phone, email, tax_id",
        )


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name.lower()).strip("_")


def _full_name(table: ibis.Table, parts: Mapping[str, str]) -> ibis.Value:
    given, family = (as_text(table, parts[role]).fill_null("") for role in ("given", "family"))
    is_cjk = (given + family).re_search(r"[\x{2e80}-\x{9fff}]")
    return is_cjk.ifelse(family + given, (given + " " + family).strip()).nullif("")


def as_text(table: ibis.Table, name: str) -> ibis.Value:
    """Return a column as text without blanks around it; null where nothing is left.

    Examples
    --------
    >>> import pandas as pd
    >>> as_text(ibis.memtable(pd.DataFrame({"x": [" a ", " "]})), "x").to_pyarrow().to_pylist()
    ['a', None]
    """
    return table[name].cast("string").strip().nullif("")


def _sample(table: ibis.Table, name: str) -> list[str]:
    """Draw different values by their digests, so that the order of the rows does not matter."""
    if table.schema()[name].is_nested() or table.schema()[name].is_binary():
        return []
    values = table.select(value=as_text(table, name)).filter(lambda t: t.value.notnull()).distinct()
    drawn = values.order_by(values.value.hexdigest("md5")).limit(_SAMPLED)
    return [str(value) for value in drawn.to_pyarrow()["value"].to_pylist()]


def _look(table: ibis.Table, names: Collection[str]) -> dict[str, dict[str, float]]:
    """Count what a role follows from, for all columns in one pass."""
    wanted = {}
    for place, name in enumerate(names):
        nested = table.schema()[name].is_nested() or table.schema()[name].is_binary()
        text = ibis.null("string") if nested else as_text(table, name)
        for fact, value in {
            "n": text.count(),
            "distinct": text.nunique(),
            "dates": text.re_search(_DATE).cast("int64").sum(),
            "codes": text.re_search(_CODE).cast("int64").sum(),
            "length": text.length().mean(),
        }.items():
            wanted[f"{fact}_{place}"] = value
    row = collect(table.agg(rows=table.count(), **wanted)).iloc[0].fillna(0)
    return {
        name: {fact: float(row[f"{fact}_{place}"]) for fact in ("n", "distinct", "dates", "codes", "length")}
        | {"filled": float(row[f"n_{place}"]) / max(float(row["rows"]), 1)}
        for place, name in enumerate(names)
    }


def _role(kind: Any, facts: Mapping[str, float], guess: str) -> str:
    n, distinct = facts["n"], facts["distinct"]
    if facts["filled"] < LEAST_FILLED or distinct < 2:
        return "empty" if facts["filled"] < LEAST_FILLED else "constant"
    if guess in _PARTS_OF_RECORDS:
        return "record"
    is_date = kind.is_date() or facts["dates"] > 0.8 * n
    if kind.is_timestamp() and not is_date:
        return "record"
    if kind.is_floating() or kind.is_decimal():
        return "measure"
    if distinct >= _UNIQUE * n and n >= _FEWEST_TO_BE_UNIQUE and facts["codes"] > 0.9 * n and not is_date:
        return "number"
    if facts["length"] > _LONGEST:
        return "remark"
    if distinct <= min(_MOST_CATEGORIES, n / 4) or distinct < _LEAST_VARIED * n:
        return "category"
    if is_date:
        return "date"
    return _NAME_PARTS.get(guess) or ("code" if facts["codes"] > 0.8 * n else "text")


def _composites(table: ibis.Table, names: list[str], facts: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Find the columns that only repeat, word by word, what two other columns say."""
    names = [name for name in names if not table.schema()[name].is_nested()]
    if len(names) < 3:
        return []
    rows = table.select(**{name: as_text(table, name).lower() for name in names})
    wanted = {}
    for place, whole in enumerate(names):
        for other, part in enumerate(names):
            both = rows[whole].notnull() & rows[part].notnull() & (rows[whole] != rows[part])
            if whole != part and facts[whole]["length"] > facts[part]["length"] >= 3:
                wanted[f"c_{place}_{other}"] = (both.ifelse(rows[whole].contains(rows[part]), None)).mean()
    if not wanted:
        return []
    shares = collect(rows.agg(**wanted)).iloc[0].fillna(0)
    inside = np.zeros((len(names), len(names)))
    for label, found in shares.items():
        row, column = (int(number) for number in str(label).split("_")[1:])
        inside[row, column] = found
    return [name for place, name in enumerate(names) if (inside[place] > 0.8).sum() >= 2]
