"""Few records against many: of all records only those that a blocking rule brings together with a fresh one.

What depends on how often a value occurs (values that too many share, the most frequent values of a block, term
frequencies) is counted over all records; only then is the table ``records`` cut down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from custinsight.match.frequencies import frequency_table
from custinsight.match.records import USEFUL_BLOCKS
from custinsight.match.saved import own_records_of

Narrow = Callable[[Any, int], None]


def narrower(settings: Mapping[str, Any], is_fresh: npt.NDArray[np.bool_]) -> Narrow:
    """Return what :func:`custinsight.match.records.prepare` calls to cut ``records`` down.

    Parameters
    ----------
    settings : mapping
        Learnt settings, as Splink writes them.
    is_fresh : array of bool
        For each record whether it is new or changed.

    Returns
    -------
    callable (connection, budget of pairs) -> None
        Leaves fresh records and those that a blocking rule pairs them with; adds ``is_fresh`` and the term frequencies
        that the settings ask for.
    """

    def narrow(con: Any, budget: int) -> None:
        marked = pa.table({"record": np.arange(len(is_fresh)), "is_fresh": is_fresh})
        con.register("marked", marked)
        blocks = _blocks(con)
        for name, is_list in blocks.items():
            con.execute(_USEFUL_OF_ALL.format(name=name, value=_value(name, is_list), budget=budget))
        con.execute(
            "CREATE OR REPLACE TABLE fresh AS SELECT records.* FROM records JOIN marked USING (record) WHERE is_fresh"
        )
        _prune(con, "fresh", blocks)
        rules = settings["blocking_rules_to_generate_predictions"]
        found = " UNION ".join(["SELECT record FROM fresh", *(_partners(rule) for rule in rules)])
        con.execute(f"CREATE OR REPLACE TEMP TABLE candidates AS {found}")
        con.execute(_narrowed(con, settings))
        _prune(con, "records", blocks)
        con.unregister("marked")

    return narrow


def _blocks(con: Any) -> dict[str, bool]:
    """Columns of ``records`` that rules block by, and whether they hold lists."""
    columns = [row[:2] for row in con.execute("DESCRIBE records").fetchall()]
    return {name: kind.endswith(("[]", ">")) for name, kind in columns if name.startswith("block_")}


def _value(name: str, is_list: bool) -> str:
    return f"unnest({name})" if is_list else name


def _prune(con: Any, table: str, blocks: Mapping[str, bool]) -> None:
    """Take away the values of blocks that are too frequent to be of use."""
    for name, is_list in blocks.items():
        con.execute((_PRUNE_LIST if is_list else _PRUNE).format(table=table, name=name))


def _partners(rule: Mapping[str, Any]) -> str:
    """Select the records that a blocking rule brings together with a fresh one."""
    lists = rule.get("arrays_to_explode") or []
    if not lists:
        return f"SELECT r.record FROM records r SEMI JOIN fresh l ON {rule['blocking_rule']}"
    exploded = ", ".join(f"unnest({name}) AS {name}" for name in lists)
    left, right = (
        f"(SELECT * EXCLUDE ({', '.join(lists)}), {exploded} FROM {table})" for table in ("fresh", "records")
    )
    return f"SELECT r.record FROM {right} r SEMI JOIN {left} l ON {rule['blocking_rule']}"


def _narrowed(con: Any, settings: Mapping[str, Any]) -> str:
    """Write the query that cuts ``records`` down and adds the term frequencies of the whole."""
    own = own_records_of(settings)
    joins = []
    for name, further in own.items():
        con.execute(frequency_table(name, further))
        joins.append(f"LEFT JOIN frequency_{name} ON records.{name} = frequency_{name}.value")
    frequencies = "".join(f", tf_{name}" for name in own)
    return (
        f"CREATE OR REPLACE TABLE records AS SELECT records.*, is_fresh{frequencies} FROM records "
        f"JOIN marked USING (record) {' '.join(joins)} WHERE record IN (SELECT record FROM candidates) ORDER BY record"
    )


_USEFUL_OF_ALL = f"""
CREATE OR REPLACE TEMP TABLE useful_{{name}} AS
WITH single AS (SELECT {{value}} AS block FROM records) {USEFUL_BLOCKS}
"""
_PRUNE = """
CREATE OR REPLACE TABLE {table} AS SELECT {table}.* REPLACE (useful.block AS {name})
FROM {table} LEFT JOIN useful_{name} AS useful ON {table}.{name} = useful.block ORDER BY record
"""
_PRUNE_LIST = """
CREATE OR REPLACE TABLE {table} AS
WITH kept AS (
    SELECT record, list(block ORDER BY block) AS blocks
    FROM (SELECT record, unnest({name}) AS block FROM {table}) SEMI JOIN useful_{name} USING (block)
    GROUP BY record
)
SELECT {table}.* REPLACE (coalesce(blocks, []) AS {name})
FROM {table} LEFT JOIN kept USING (record) ORDER BY record
"""
