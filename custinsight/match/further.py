"""How the columns beside the canonical ones are normalised, compared, and used to bring records together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import ibis

from custinsight.clean.text import is_void
from custinsight.match.roles import Column, as_text

MOST_TELLING = 5
"""Columns that are combined, two by two, to bring records together: the ones with the most different values."""

_CANDIDATES = "n/a null none nil unknown tbd 无 暂无 没有 未知 不详 空 待补"
_VOID = [word for word in _CANDIDATES.split() if is_void(word)]

# blanks and signs; written out, since [:punct:] means something else to Java
_BETWEEN = r"[\s!-/:-@\[-`{-~]+"

Level = dict[str, Any]


def further_keys(table: ibis.Table, columns: Sequence[Column]) -> dict[str, ibis.Value]:
    """Return the values by which the further columns are compared.

    Days become eight digits, codes capitals and digits, other texts lower case with single blanks; words that say
    that there is nothing become null.

    Parameters
    ----------
    table : ibis.Table
    columns : sequence of Column

    Examples
    --------
    >>> import pandas as pd
    >>> table = ibis.memtable(pd.DataFrame({"dob": ["1980/1/2"], "nr": ["ab-12 3"]}))
    >>> columns = [Column("dob", "date", "x0_dob", 1, 1), Column("nr", "code", "x1_nr", 1, 1)]
    >>> table.select(**further_keys(table, columns)).to_pyarrow().to_pylist()
    [{'x0_dob': '19800102', 'x1_nr': 'AB123'}]
    """
    return {column.key: _key(table, column) for column in columns if column.key}


def _key(table: ibis.Table, column: Column) -> ibis.Value:
    text = as_text(table, column.name)
    if column.role == "date":
        return _as_digits(table, text)
    if column.role == "code":
        return text.upper().re_replace(_BETWEEN, "").nullif("")
    tidy = text.lower().re_replace(_BETWEEN, " ").strip().nullif("")
    return text.lower().isin(_VOID).ifelse(ibis.null("string"), tidy)


def _as_digits(table: ibis.Table, text: ibis.Value) -> ibis.Value:
    """Write days as YYYYMMDD; where day and month could be exchanged, the column's other days decide."""
    parts = text.re_replace("[T ].*$", "").re_replace("[年月/.]", "-").re_replace("日", "")
    first, second, third = (parts.split("-")[place] for place in range(3))
    is_late = parts.re_search(r"^[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}$")
    month_first = table.aggregate(
        n=(is_late & (second.try_cast("int64") > 12)).sum().fill_null(0)
        - (is_late & (first.try_cast("int64") > 12)).sum().fill_null(0)
    )
    swaps = int(month_first.to_pyarrow()["n"][0].as_py() or 0) > 0
    month, day = (first, second) if swaps else (second, first)
    early = first.lpad(4, "0") + second.lpad(2, "0") + third.lpad(2, "0")
    late = third.lpad(4, "0") + month.lpad(2, "0") + day.lpad(2, "0")
    is_early = parts.re_search("^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$")
    return ibis.cases((is_early, early), (is_late, late), else_=parts.re_replace("[^0-9]", "")).nullif("")


def further_comparisons(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Write Splink's comparisons of the further columns.

    Examples
    --------
    >>> [levels] = further_comparisons([Column("dob", "date", "dob", 1, 99)])
    >>> [level["label_for_charts"] for level in levels["comparison_levels"]]
    ['missing', 'same', 'one edit', 'two edits', 'same year', 'different']
    """
    given, family = _name_parts(columns)
    swapped = {a: b for one in given for other in family for a, b in ((one, other), (other, one))}
    return [
        {"output_column_name": column.key, "comparison_levels": _levels(column, swapped.get(column.key))}
        for column in columns
        if column.key
    ]


def _levels(column: Column, other: str | None) -> list[Level]:
    key = column.key
    u = 1.5 / max(column.distinct, 2)
    same = _level(f"{key}_l = {key}_r", "same", 0.75, u, tf_adjustment_column=key, tf_adjustment_weight=1.0)
    likeness = f"{'name' if column.role in ('given', 'family') else 'text'}_similarity({key}_l, {key}_r)"
    null = {"sql_condition": f"{likeness} IS NULL", "label_for_charts": "missing", "is_null_level": True}
    between = {
        "date": [
            _level(f"{likeness} >= 0.87 OR {_swapped_days(key)}", "one edit", 0.08, 0.002),
            _level(f"{likeness} >= 0.75", "two edits", 0.03, 0.03),
            _level(f"substr({key}_l, 1, 4) = substr({key}_r, 1, 4)", "same year", 0.04, 0.02),
        ],
        "code": [
            _level(f"{likeness} >= 1 - 1.01 / length({key}_l) AND length({key}_l) > 2", "one edit", 0.1, 10 * u),
            _level(f"substr({key}_l, 1, 3) = substr({key}_r, 1, 3) AND length({key}_l) > 4", "same start", 0.05, 0.02),
        ],
        "text": [
            _level(f"{likeness} >= 0.85", "nearly the same", 0.1, 2 * u),
            _level(f"{likeness} >= 0.6 OR {_contained(key)}", "alike", 0.05, 0.02),
        ],
        "category": [],
    }.get(column.role)
    if between is None:
        between = [
            *([_level(f"{key}_l = {other}_r", "exchanged", 0.02, u)] if other else []),
            _level(f"{likeness} >= 0.92", "nearly the same", 0.1, 2 * u),
            _level(f"{likeness} >= 0.8 OR {_contained(key)}", "alike", 0.05, 0.02),
        ]
    if column.role == "category":
        null["sql_condition"] = f"{key}_l IS NULL OR {key}_r IS NULL"
    rest = {name: 1 - sum(level[name] for level in [same, *between]) for name in ("m_probability", "u_probability")}
    others = _level("ELSE", "different", max(rest["m_probability"], 0.05), max(rest["u_probability"], 0.01))
    return [null, same, *between, others]


def _level(condition: str, label: str, m: float, u: float, **more: Any) -> Level:
    return {"sql_condition": condition, "label_for_charts": label, "m_probability": m, "u_probability": u, **more}


def _swapped_days(key: str) -> str:
    swapped = f"substr({key}_r, 1, 4) || substr({key}_r, 7, 2) || substr({key}_r, 5, 2)"
    return f"{key}_l = {swapped}"


def _contained(key: str) -> str:
    shorter = f"least(length({key}_l), length({key}_r)) >= 3"
    return f"({shorter} AND (contains({key}_l, {key}_r) OR contains({key}_r, {key}_l)))"


def _name_parts(columns: Sequence[Column]) -> tuple[list[str], list[str]]:
    given, family = ([column.key for column in columns if column.role == role][:1] for role in ("given", "family"))
    return given, family


def has_name_parts(columns: Sequence[Column]) -> bool:
    """Tell whether a name stands in several columns; they are then compared instead of the whole name."""
    return all(_name_parts(columns))


def further_blocks(columns: Sequence[Column], canonical: Sequence[str] = ()) -> dict[str, str]:
    """Write, for each further way to bring records together, the SQL of the value that they must share.

    Parameters
    ----------
    columns : sequence of Column
    canonical : sequence of str
        Canonical keys that are filled, to be combined with the further ones.

    Returns
    -------
    dict of str to str
        Name of the column of blocks to its expression over ``records``.

    Examples
    --------
    >>> further_blocks([Column("dob", "date", "dob", 1, 99)], ["name_key"])
    {'block_dob': 'dob', 'block_name_key_dob': "... || '|' || (dob)"}
    """
    telling = _telling(columns)
    blocks = {f"block_{column.key}": column.key for column in telling}
    starts = {name: expression for name, expression in _CANONICAL_STARTS.items() if name in canonical}
    starts |= {column.key: _start(column) for column in telling}
    known = {column.key for column in telling}
    for one, other in combinations(starts, 2):
        if one in known or other in known:
            blocks[f"block_{one}_{other}"] = f"({starts[one]}) || '|' || ({starts[other]})"
    return blocks


_CANONICAL_STARTS = {
    "name_key": "CASE WHEN is_cjk THEN substr(name_key, 1, 2) ELSE substr(replace(name_key, ' ', ''), 1, 4) END",
    "place": "place",
    "phones": "phone_key",
    "email_key": "email_key",
    "address": "address",
}


def _telling(columns: Sequence[Column]) -> list[Column]:
    """Choose the columns with the most to tell: many different values in many records."""
    chosen = [column for column in columns if column.key and column.role != "category"]
    chosen.sort(key=lambda column: (-column.distinct * column.filled, column.key))
    return chosen[:MOST_TELLING]


def _start(column: Column) -> str:
    """Write what two values that differ in a slip of the pen still have in common, mostly: their beginning."""
    return f"substr({column.key}, 1, 4)" if column.role in ("given", "family") else column.key


def further_training(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """Return for each telling column the rule that draws pairs for training.

    Examples
    --------
    >>> further_training([Column("dob", "date", "dob", 1, 99)])
    [('dob', 'l.dob = r.dob AND l.block_dob = r.block_dob')]
    """
    # the rule names the column, so that nothing is learnt of it, and its block, which its junk is no longer in
    return [(c.key, f"l.{c.key} = r.{c.key} AND l.block_{c.key} = r.block_{c.key}") for c in _telling(columns)]


def further_sure(columns: Sequence[Column]) -> list[tuple[frozenset[str], str]]:
    """Return rules that hardly ever join two different customers: three telling columns agree, or all two.

    Examples
    --------
    >>> further_sure([Column("dob", "date", "dob", 1, 99)])
    []
    """
    telling = [column.key for column in _telling(columns)]
    many = min(3, len(telling))
    if many < 2:
        return []
    return [
        (
            frozenset(names),
            " AND ".join([f"l.block_{names[0]} = r.block_{names[0]}", *(f"l.{name} = r.{name}" for name in names)]),
        )
        for names in combinations(telling, many)
    ]
