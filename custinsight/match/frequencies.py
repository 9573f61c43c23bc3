"""How frequent a value is among other customers: the rarer it is, the more two records say that share it.

Counted by records, a name in three records of one customer would look three times as frequent as it is. Of the records
that share a value, one is the record itself, and some are its customer's further ones; only the others tell what is
common to different customers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from custinsight.match.engines import Engine

FEWEST_OTHERS = 0.5
"""Other records that a value is taken to be in where no other one is."""


def add_frequencies(con: Engine, own: Mapping[str, float]) -> None:
    """Add to ``records`` how frequent its values are, for the columns whose rare values count more.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Holds ``records``.
    own : mapping of str to float
        From :func:`own_records`; the columns ``tf_…`` are those that Splink would else count itself.
    """
    for name, further in own.items():
        con.execute(frequency_table(name, further))
    if own:
        joins = " ".join(f"LEFT JOIN frequency_{name} ON records.{name} = frequency_{name}.value" for name in own)
        added = ", ".join(f"tf_{name}" for name in own)
        con.execute(
            f"CREATE OR REPLACE TABLE records AS SELECT records.*, {added} FROM records {joins} ORDER BY record"
        )


def own_records(settings: Mapping[str, Any], n: int) -> dict[str, float]:
    """Return in how many further records of its own customer a value stands on average.

    Parameters
    ----------
    settings : mapping
        Splink's, with m probabilities and the prior.
    n : int
        Records.

    Returns
    -------
    dict of str to float
        For each column whose frequencies count.

    Examples
    --------
    >>> level = {"tf_adjustment_column": "name", "m_probability": 0.5}
    >>> settings = {"probability_two_random_records_match": 0.001, "comparisons": [{"comparison_levels": [level]}]}
    >>> own_records(settings, 1000)
    {'name': 0.5}
    """
    further = settings["probability_two_random_records_match"] * n
    own: dict[str, float] = {}
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            if name := level.get("tf_adjustment_column"):
                own[name] = max(own.get(name, 0.0), float(f"{level['m_probability'] * further:.9g}"))
    return dict(sorted(own.items()))


def frequency_table(name: str, own: float) -> str:
    """Write the query that makes the table ``frequency_…``: value, tf_….

    Parameters
    ----------
    name : str
        Column of ``records``.
    own : float
        Further records of its own customer that a value stands in on average.
    """
    return f"""
CREATE OR REPLACE TEMP TABLE frequency_{name} AS
SELECT
    {name} AS value,
    greatest(count(*) - {1 + own:.9g}, {FEWEST_OTHERS})::DOUBLE / (SELECT count({name}) FROM records) AS tf_{name}
FROM records WHERE {name} IS NOT NULL GROUP BY {name}
"""
