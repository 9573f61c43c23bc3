"""Few records against many: of all pairs only those of a fresh record, of all records only those in such pairs.

What depends on how often a value occurs (values that too many share, the most frequent values of a block, term
frequencies) is counted over all records; only then is the table ``records`` cut down.
"""

from __future__ import annotations

import re
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
        Makes :data:`FRESH_PAIRS`, the pairs with a fresh record that a blocking rule brings together, and leaves in
        ``records`` only what they speak of, with the term frequencies of the whole that the settings ask for.
    """

    def narrow(con: Any, budget: int) -> None:
        con.register("marked", pa.table({"record": np.flatnonzero(is_fresh)}))
        con.execute("CREATE OR REPLACE TABLE fresh AS SELECT records.* FROM records JOIN marked USING (record)")
        con.unregister("marked")
        blocks = _blocks(con)
        rules = [rule for rule in settings["blocking_rules_to_generate_predictions"] if _is_there(rule, blocks)]
        for name in sorted({name for rule in rules for name in _names(rule)} & set(blocks)):
            con.execute(_USEFUL_OF_ALL.format(name=name, value=_value(name, blocks[name]), budget=budget))
        nothing = "SELECT record AS join_key_l, record AS join_key_r FROM fresh WHERE false"
        found = " UNION ".join([nothing, *(_partners(rule, blocks) for rule in rules)])
        con.execute(f"CREATE OR REPLACE TABLE {FRESH_PAIRS} AS {found}")
        con.execute(_narrowed(con, settings))

    return narrow


FRESH_PAIRS = "fresh_pairs"
_SIDE = re.compile(r"\b[lr]\.(\w+)")


def _names(rule: Mapping[str, Any]) -> set[str]:
    """Columns that a blocking rule looks at."""
    return set(_SIDE.findall(rule["blocking_rule"]))


def _is_there(rule: Mapping[str, Any], blocks: Mapping[str, bool]) -> bool:
    """Tell whether the blocks of a rule are there: those of a column that is empty now are not."""
    return all(name in blocks for name in _names(rule) if name.startswith("block_"))


def _blocks(con: Any) -> dict[str, bool]:
    """Columns of ``records`` that rules block by, and whether they hold lists."""
    columns = [row[:2] for row in con.execute("DESCRIBE records").fetchall()]
    return {name: kind.endswith(("[]", ">")) for name, kind in columns if name.startswith("block_")}


def _value(name: str, is_list: bool) -> str:
    return f"unnest({name})" if is_list else name


def _partners(rule: Mapping[str, Any], blocks: Mapping[str, bool]) -> str:
    """Select the pairs of a fresh record and any other that a blocking rule brings together."""
    lists = rule.get("arrays_to_explode") or []
    names = sorted(_names(rule))
    chosen = ", ".join(["record", *(f"unnest({name}) AS {name}" if name in lists else name for name in names)])
    # values that are too frequent to be of use are left out on one side, and so never meet
    useful = "".join(f" AND {name} IN (SELECT block FROM useful_{name})" for name in names if name in blocks)
    return (
        "SELECT least(l.record, r.record) AS join_key_l, greatest(l.record, r.record) AS join_key_r "
        f"FROM (SELECT * FROM (SELECT {chosen} FROM fresh) WHERE true{useful}) l "
        f"JOIN (SELECT {chosen} FROM records) r ON {rule['blocking_rule']} AND l.record <> r.record"
    )


def _narrowed(con: Any, settings: Mapping[str, Any]) -> str:
    """Write the query that cuts ``records`` down and adds the term frequencies of the whole."""
    own = own_records_of(settings)
    joins = []
    for name, further in own.items():
        con.execute(frequency_table(name, further))
        joins.append(f"LEFT JOIN frequency_{name} ON records.{name} = frequency_{name}.value")
    frequencies = "".join(f", tf_{name}" for name in own)
    spoken_of = f"SELECT join_key_l FROM {FRESH_PAIRS} UNION SELECT join_key_r FROM {FRESH_PAIRS}"
    return (
        f"CREATE OR REPLACE TABLE records AS SELECT records.*{frequencies} FROM records "
        f"{' '.join(joins)} WHERE record IN ({spoken_of}) ORDER BY record"
    )


_USEFUL_OF_ALL = f"""
CREATE OR REPLACE TEMP TABLE useful_{{name}} AS
WITH single AS (SELECT {{value}} AS block FROM records) {USEFUL_BLOCKS}
"""
