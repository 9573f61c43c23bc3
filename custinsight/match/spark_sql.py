"""DuckDB's SQL, as this package writes it, put into Spark's.

sqlglot knows both and does most of it; here is what it leaves out or gets wrong for lists and stars.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.dialects import DuckDB, Spark


class CustinsightDuckDB(DuckDB):
    """DuckDB's dialect, where ``len`` measures lists and ``length`` texts."""

    class Parser(DuckDB.Parser):
        """See the dialect."""

        FUNCTIONS = {**DuckDB.Parser.FUNCTIONS, "LEN": exp.ArraySize.from_arg_list}  # noqa: RUF012


class CustinsightSpark(Spark):
    """Spark's dialect, where lists can be asked whether they have an entry in common."""

    class Generator(Spark.Generator):
        """See the dialect."""

        TRANSFORMS = {  # noqa: RUF012
            **Spark.Generator.TRANSFORMS,
            exp.ArrayOverlaps: lambda self, found: self.func("ARRAYS_OVERLAP", found.this, found.expression),
        }


def read_sql(sql: str) -> exp.Expression:
    """Parse DuckDB's SQL and make of it what Spark can be told.

    Parameters
    ----------
    sql : str
        A statement or a condition.

    Returns
    -------
    sqlglot.exp.Expression
    """
    return parse_one(sql, read=CustinsightDuckDB).transform(_sort_list).transform(_spell_out_replaced)


def write_sql(tree: exp.Expression) -> str:
    """Write what :func:`read_sql` returned, or a part of it, in Spark's SQL."""
    return tree.sql(dialect=CustinsightSpark, comments=False)


def translate(sql: str) -> str:
    """Put a statement or a condition into Spark's SQL.

    Examples
    --------
    >>> translate("SELECT list(x ORDER BY x) AS xs FROM t")
    'SELECT SORT_ARRAY(COLLECT_LIST(x)) AS xs FROM t'
    >>> translate("SELECT t.* REPLACE (1 AS x) FROM t")
    'SELECT t.* EXCEPT (x), 1 AS x FROM t'
    >>> translate("len(phones_l) = 0 OR list_has_any(phones_l, phones_r)")
    'SIZE(phones_l) = 0 OR ARRAYS_OVERLAP(phones_l, phones_r)'
    """
    return write_sql(read_sql(sql))


def translate_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Put the conditions and rules of Splink's settings into Spark's SQL; the settings given stay as they are."""
    comparisons = [
        comparison | {"comparison_levels": [_translated_level(level) for level in comparison["comparison_levels"]]}
        for comparison in settings["comparisons"]
    ]
    name = "blocking_rules_to_generate_predictions"
    rules = [
        {key: value for key, value in rule.items() if key != "sql_dialect"}
        | {"blocking_rule": translate(rule["blocking_rule"])}
        for rule in settings[name]
    ]
    return {**settings, "sql_dialect": "spark", "comparisons": comparisons, name: rules}


def _translated_level(level: Mapping[str, Any]) -> dict[str, Any]:
    condition = level["sql_condition"]
    return {**level, "sql_condition": condition if condition == "ELSE" else translate(condition)}


def _sort_list(node: exp.Expression) -> exp.Expression:
    """Sort the list that ``list(x ORDER BY x)`` makes, after its filter; Spark's own lists have no order."""
    made = node.this if isinstance(node, exp.Filter) else node
    if not isinstance(made, exp.ArrayAgg) or not isinstance(made.this, exp.Order):
        return node
    order = made.this
    if [ordered.this for ordered in order.expressions] != [order.this] or order.expressions[0].args.get("desc"):
        raise NotImplementedError(f"A list can only be ordered by its entries: {made.sql('duckdb')}")
    made.set("this", order.this)
    return exp.SortArray(this=node.copy())


def _spell_out_replaced(node: exp.Expression) -> exp.Expression:
    """Leave out of a star the columns that are replaced in it, and write their new values behind it."""
    if not isinstance(node, exp.Select):
        return node
    columns: list[exp.Expression] = []
    for column in node.expressions:
        star = column.this if isinstance(column, exp.Column) else column
        replaced = star.args.get("replace") if isinstance(star, exp.Star) else None
        if replaced:
            star.set("replace", None)
            star.set("except_", [*(star.args.get("except_") or []), *(exp.column(one.alias) for one in replaced)])
        columns += [column, *(replaced or [])]
    node.set("expressions", columns)
    return node
