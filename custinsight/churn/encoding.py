"""Columns of customers as numbers: texts become one truth per frequent value."""

from __future__ import annotations

import pandas as pd

MOST_LEVELS = 20
FEWEST_OF_LEVEL = 20


def levels_of(customers: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Values of each text column that are frequent enough to learn from; texts that hold numbers are none.

    Examples
    --------
    >>> frame = pd.DataFrame({"customer_id": list("ab") * 20, "plan": ["x", "y"] * 20, "fee": ["1", " "] * 20})
    >>> levels_of(frame)
    {'plan': ('x', 'y')}
    """
    found = {}
    for name in customers.columns.drop("customer_id", errors="ignore"):
        if _is_number(customers[name]):
            continue
        counts = customers[name].dropna().astype("str").value_counts()
        frequent = counts[counts >= FEWEST_OF_LEVEL].head(MOST_LEVELS)
        found[str(name)] = tuple(sorted(frequent.index))
    return found


def encode(customers: pd.DataFrame, levels: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Numbers as they are, texts as truths named column=value; customer_id is left out.

    Examples
    --------
    >>> encode(pd.DataFrame({"plan": ["x", "z"], "fee": ["1.5", " "]}), {"plan": ("x", "y")}).to_dict("list")
    {'plan=x': [1.0, 0.0], 'plan=y': [0.0, 0.0], 'fee': [1.5, nan]}
    """
    made: dict[str, pd.Series] = {}
    for name in customers.columns.drop("customer_id", errors="ignore"):
        if name in levels:
            text = customers[name].astype("str")
            made |= {f"{name}={level}": (text == level).astype("float64") for level in levels[str(name)]}
        else:
            made[str(name)] = pd.to_numeric(customers[name], errors="coerce").astype("float64")
    return pd.DataFrame(made, index=customers.index)


def _is_number(values: pd.Series) -> bool:
    """Whether a column holds numbers, be they written as text, but for a few."""
    if pd.api.types.is_numeric_dtype(values):
        return True
    if pd.api.types.is_datetime64_any_dtype(values):
        return False
    filled = values.dropna().astype("str").str.strip()
    filled = filled[filled != ""]
    return bool(len(filled)) and float(pd.to_numeric(filled, errors="coerce").notna().mean()) > 0.95
