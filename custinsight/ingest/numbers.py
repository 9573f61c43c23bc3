"""Amounts in text: currency signs, thousands separators, brackets and trailing signs for negative amounts."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import BooleanValue, NumericValue, StringValue, Value

from custinsight.ingest.steps import Steps
from custinsight.ingest.text import ANY_SIGN, Signs

_WIDE = "０１２３４５６７８９．，－＋（）￥＄％　−–\u00a0\u202f\u2009’'"
_NARROW = "0123456789.,-+()¥$% --".ljust(len(_WIDE))
_SIGNS = r"(?i)(CNY|RMB|USD|EUR|GBP|HKD|JPY|AUD|CAD|CHF|US\$|HK\$|[$€£¥元圆])"


@ibis.udf.scalar.builtin(name="translate")
def translate(text: str, signs: str, others: str) -> str:  # type: ignore[empty-body]
    """Replace each of ``signs`` by the sign at its place in ``others``; the engine's own function."""
    ...


def number_steps(
    rows: ibis.Table, text: str, name: str, dtype: str, decimal: str = ".", signs: Signs = ANY_SIGN
) -> Steps:
    """Name the numbers that people and programs wrote into a text column; null where a text is no number.

    Parameters
    ----------
    rows : ibis Table
    text : str
        Column of trimmed text, null for nothing.
    name : str
        Column to be named.
    dtype : str
        ibis type of the numbers; more digits behind the point than it holds are rounded.
    decimal : str
        Decimal sign, ``.`` or ``,``; the other one separates thousands, and must do so in groups of three.
    signs : Signs
        What the texts may hold.

    Examples
    --------
    >>> from custinsight.ingest.steps import run_steps
    >>> rows = ibis.memtable({"text": ["￥1,234.56", "(500)", "300-", "１２", "1,23", "(5"]})
    >>> rows = run_steps(rows, [lambda rows: number_steps(rows, "text", "n", "decimal(18, 2)")])
    >>> [str(n) for n in rows["n"].to_pyarrow().to_pylist()]
    ['1234.56', '-500.00', '-300.00', '12.00', 'None', 'None']
    """
    other, nothing = "," if decimal == "." else ".", ibis.null(dt.string)
    # most cells hold a plain number, which the engine's own cast reads; only the others are looked at more closely
    rows = yield {f"{name}_plain": plain_number(rows[text], decimal, signs).try_cast(dtype)}
    rest = ibis.ifelse(rows[f"{name}_plain"].isnull(), rows[text], nothing)
    rows = yield {f"{name}_bare": translate(rest, _WIDE, _NARROW).re_replace(_SIGNS, "").replace(" ", "")}
    bare = rows[f"{name}_bare"]
    rows = yield {
        f"{name}_minus": ibis.ifelse(bare.re_search(r"^\(.*\)$|^-|-$"), "-", ""),
        f"{name}_digits": bare.re_replace(r"^\((.*)\)$|^[-+](.*)$|^(.*)-$", r"\1\2\3"),
    }
    digits = rows[f"{name}_digits"]
    shaped = ibis.cases(
        (digits.re_search(rf"^(\d+(\{decimal}\d*)?|\{decimal}\d+)([eE][-+]?\d+)?$"), _pointed(digits, decimal)),
        (
            digits.re_search(rf"^\d{{1,3}}(\{other}\d{{3}})+(\{decimal}\d*)?$"),
            _pointed(digits.replace(other, ""), decimal),
        ),
        else_=nothing,
    )
    rows = yield {f"{name}_shaped": rows[f"{name}_minus"] + shaped}
    return (yield {name: ibis.coalesce(rows[f"{name}_plain"], rows[f"{name}_shaped"].try_cast(dtype))})


def native_number(value: Value, dtype: str) -> NumericValue:
    """Take a number that came with its type; null where it is none or does not fit.

    Examples
    --------
    >>> native_number(ibis.literal(2.55), "decimal(18, 4)").execute()
    Decimal('2.5500')
    """
    if value.type().is_floating():
        value = ibis.ifelse(value.isnan() | value.isinf(), ibis.null(dt.float64), value)
    return value.try_cast(dtype)


def is_nothing(value: Value) -> BooleanValue:
    """Whether a typed number is null or no number at all (NaN).

    Examples
    --------
    >>> bool(is_nothing(ibis.literal(float("nan"))).execute())
    True
    """
    return value.isnull() | value.isnan() if value.type().is_floating() else value.isnull()


def plain_number(text: StringValue, decimal: str, signs: Signs) -> StringValue:
    """Text that the engine's own cast reads as it is meant; null where it might read another number or none.

    Parameters
    ----------
    text : ibis string
        Trimmed.
    decimal : str
        Decimal sign.
    signs : Signs
        What the texts may hold.
    """
    nothing = ibis.null(dt.string)
    if signs.may_hold("_"):
        text = ibis.ifelse(text.contains("_"), nothing, text)
    if decimal == ".":
        return text
    return _pointed(ibis.ifelse(text.contains("."), nothing, text) if signs.may_hold(".") else text, decimal)


def _pointed(text: StringValue, decimal: str) -> StringValue:
    return text if decimal == "." else text.replace(decimal, ".")
