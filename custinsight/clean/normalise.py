"""One column of any table normalised: the readers without the rest of cleaning."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import pandas as pd
import pyarrow as pa

from custinsight.clean.readers import READERS
from custinsight.clean.readings import read_each
from custinsight.engine import as_table
from custinsight.errors import DataError

_ALSO = {"date": ("text", "created_date"), "country": ("text", "country")}
KINDS = ("name", "person", "phone", "email", "tax_id", "address", "date", "country", "currency")
"""What :func:`normalise` reads."""


def normalise(values: Iterable[Any], kind: str, *, country: str = "CN") -> pd.DataFrame:
    """Normalise values of one kind: one row per value given, in their order.

    Parameters
    ----------
    values : iterable
        Texts; what is missing stays missing.
    kind : str
        One of :data:`KINDS`.
    country : str
        ISO 3166 code that values are read with.

    Returns
    -------
    pandas.DataFrame
        ``value``, then what was read out of it: ``new`` to show, and, by kind, ``key`` to compare, ``ok``, ``rule`` and
        others. A value that cannot be read stays as it was.

    Raises
    ------
    DataError
        The kind is not known.

    Examples
    --------
    >>> normalise(["人民币", "US$", None], "currency")["new"].tolist()
    ['CNY', 'USD', None]
    >>> normalise(["13912345678"], "phone")[["new", "kind", "area"]].to_numpy().tolist()
    [['+8613912345678', 'mobile', '江苏省常州市']]
    """
    if kind not in KINDS:
        raise DataError("The kind must be one of {known}, got {kind}.", known=", ".join(KINDS), kind=kind)
    reader, column = _ALSO.get(kind, (kind, ""))
    texts = pd.Series([None if pd.isna(value) else str(value) for value in values], dtype=object)
    first, *others = inspect.signature(READERS[reader].read).parameters
    value, beside = ("text", ["column", "region"]) if reader == "text" else (first, others)
    # nothing stands beside the values: of what a reader may ask for, only the country is known
    known = dict.fromkeys(beside, "") | {"column": column, "country": country}
    if reader != "address":
        known["region"] = country
    rows = {
        name: texts if name == value else pd.Series(known[name], texts.index, dtype=object) for name in (first, *others)
    }
    table = pa.table({f"given_{name}": pa.array(column, pa.string()) for name, column in rows.items()})
    found = read_each(as_table(table), reader).to_pandas()
    joined = texts.rename("value").to_frame().merge(found, how="left", left_on="value", right_on=f"given_{value}")
    return joined[["value", *READERS[reader].made]].astype(object).where(lambda frame: frame.notna(), None)
