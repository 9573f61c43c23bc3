"""Amounts with and without tax: net comes from gross only by a tax that the plan names, and never by mistake."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from custinsight.errors import SourceError
from custinsight.plan import Source
from custinsight.words import Message, msg

Basis: TypeAlias = Literal["net", "computed", "gross_less_tax", "gross_less_rate"]
"""Where a source's net amounts come from."""
_WITHOUT = re.compile(
    r"[不未非无無]\s*[含带帶]?\s*[税稅]|excl|ex\.?\s?(vat|tax)|w/?o\s?tax|without|before\s+tax|\bnet\b", re.I
)
_WITH = re.compile(
    r"[含带帶]\s*[税稅]|价\s*[税稅]|[税價]\s*[价税稅]\s*合|价税合计|gross|brutto|\bincl|inc\.?\s?(vat|tax|gst)|with\s+tax|\bttc\b",
    re.I,
)


def is_with_tax(header: str) -> bool:
    """Whether a header looks as if its amounts held tax.

    Examples
    --------
    >>> [is_with_tax(header) for header in ("价税合计", "含税金额", "Gross amount", "不含税金额", "Net (excl. VAT)")]
    [True, True, True, False, False]
    """
    return bool(_WITH.search(header)) and not _WITHOUT.search(header)


def net_basis(source: Source) -> Basis | None:
    """Where a source's net amounts come from; None for tables that have none.

    Examples
    --------
    >>> net_basis(Source(name="log", table="transactions", columns={"amount_gross": "Total"}, tax_rate=0.13))
    'gross_less_rate'
    """
    if source.table != "transactions":
        return None
    if "amount_net" in {*source.columns, *source.constants}:
        return "net"
    if "amount_net" in source.computed:
        return "computed"
    return "gross_less_rate" if source.tax_rate is not None else "gross_less_tax"


def with_net(source: Source) -> Source:
    """Return a source whose net amount is computed from its gross amount, where it has no net amount of its own.

    Parameters
    ----------
    source : plan.Source

    Raises
    ------
    SourceError
        The source has gross amounts alone and the plan does not say which tax they hold, or it says so twice or where
        there is nothing to take off.

    Examples
    --------
    >>> log = Source(name="log", table="transactions", columns={"amount_gross": "Total", "amount_tax": "Tax"})
    >>> with_net(log).computed
    {'amount_net': '("Total") - ("Tax")'}
    """
    filled = {*source.columns, *source.computed, *source.constants}
    derives = source.table == "transactions" and "amount_gross" in filled and "amount_net" not in filled
    if source.tax_rate is not None and (not derives or "amount_tax" in filled):
        raise SourceError(
            "sources.{source}.tax_rate must stand beside amount_gross alone, got a source that maps amount_net or "
            "amount_tax, or no amount_gross. Leave out one of them.",
            source=source.name,
        )
    if not derives:
        return source
    if source.tax_rate is None and "amount_tax" not in filled:
        raise SourceError(
            "sources.{source}: the table transactions must have the column amount_net, got amount_gross alone, which "
            "holds tax. Map amount_tax as well, or name the rate: tax_rate = 0.13.",
            source=source.name,
        )
    gross = _expression(source, "amount_gross")
    if source.tax_rate is None:
        net = f"({gross}) - ({_expression(source, 'amount_tax')})"
    else:
        # to the cent, as the document that the line stands on has it
        net = f"round(({gross}) / {1 + source.tax_rate:.6f}, 2)"
    return source.model_copy(update={"computed": {**source.computed, "amount_net": net}})


def tax_warnings(source: Source) -> list[Message]:
    """Say that a header that looks tax-inclusive was mapped to the net amount."""
    header = source.columns.get("amount_net", "")
    if source.table != "transactions" or not is_with_tax(header):
        return []
    return [
        msg(
            "amount_net is filled from {header}, which looks as if it held tax. If it does, map it to amount_gross and "
            "name the tax.",
            header=header,
        )
    ]


def _expression(source: Source, column: str) -> str:
    """Write what fills a column as an expression over the file's columns."""
    if column in source.columns:
        quoted = source.columns[column].replace('"', '""')
        return f'"{quoted}"'
    return source.computed.get(column) or source.constants[column]
