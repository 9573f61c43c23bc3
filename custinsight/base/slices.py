"""Any slice of the customers or their purchases: a filter, and one result per value of a dimension.

A slice is looked at as if it were the whole company: its customers are those with a line in it, and a customer's
first purchase is the first one in it. Of a dimension of customers, such as region, that changes nothing; of a
dimension of lines, such as channel or category, a customer may stand in several slices, and an order is counted in
each that it has a line of. Money is in exactly one slice, so it sums to the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

import ibis
import pandas as pd

from custinsight.base.lines import LineReader, open_lines
from custinsight.base.purchases import Purchases, TransactionsLike, purchases_of, read_purchases
from custinsight.engine import Tabular, as_table, collect, require_columns
from custinsight.errors import DataError

Lens = TypeVar("Lens")
Where: TypeAlias = Mapping[str, Any] | None
MOST_SLICES = 200


@dataclass(frozen=True)
class Slices(Mapping[Any, Lens], Generic[Lens]):
    """One result per value of a dimension.

    Each attribute of the results is here, too: a frame with the dimension in its first column (the first columns, of
    several dimensions), one block of rows per value; of a series, one row per value.

    Parameters
    ----------
    by : tuple of str
        The dimensions.
    parts : dict
        Value (tuple of values, of several dimensions) to result, in order; a missing value is ``""``.

    Examples
    --------
    >>> from custinsight.base import lenses
    >>> lines = pd.DataFrame({"customer_id": ["a", "b", "c"], "amount_net": [30, 50, 20],
    ...                       "doc_date": ["2024-01-03", "2024-02-05", "2024-03-06"],
    ...                       "channel": ["web", "web", "shop"]})
    >>> lens = lenses.one_period(lines, "2024", by="channel")
    >>> lens.totals[["channel", "customers", "spend"]].values.tolist()
    [['shop', 1.0, 20.0], ['web', 2.0, 80.0]]
    >>> lens["web"].totals["aov"]
    np.float64(40.0)
    """

    by: tuple[str, ...]
    parts: dict[Any, Lens]

    def __getitem__(self, value: Any) -> Lens:
        return self.parts[value]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not self.parts:
            raise AttributeError(name)
        found = {value: getattr(part, name) for value, part in self.parts.items()}
        first = next(iter(found.values()))
        if not isinstance(first, pd.DataFrame | pd.Series):
            return first
        frames = [self._labelled(value, part) for value, part in found.items()]
        return pd.concat(frames, ignore_index=True)

    def _labelled(self, value: Any, part: pd.DataFrame | pd.Series) -> pd.DataFrame:
        frame = part.to_frame().T if isinstance(part, pd.Series) else part.copy()
        values = value if isinstance(value, tuple) else (value,)
        for place, (name, label) in enumerate(zip(self.by, values, strict=True)):
            frame.insert(place, name, label, allow_duplicates=True)
        return frame.reset_index(drop=True)


def look(
    lens: Callable[[Purchases], Lens],
    transactions: TransactionsLike,
    where: Where = None,
    by: str | Sequence[str] | None = None,
    customers: Tabular | None = None,
) -> Lens | Slices[Lens]:
    """Look through a lens at all purchases, at those of a filter, or at those of each value of a dimension.

    Parameters
    ----------
    lens : callable
        Purchases to a result.
    transactions : pandas frame, Arrow table, ibis table or Purchases
    where : mapping, optional
        Column to the value, or the list of values, that its lines must have; all conditions hold at once.
    by : str or sequence of str, optional
        Dimensions: columns of the transactions or of ``customers``.
    customers : pandas frame, Arrow table or ibis table, optional
        One row per customer: customer_id and columns to filter or slice by.

    Raises
    ------
    DataError
        No table has such a column, a customer has several rows, or there are more than 200 slices.
    """
    dims = (by,) if isinstance(by, str) else tuple(by or ())
    if not dims and not where:
        return lens(read_purchases(transactions))
    needed = tuple(dict.fromkeys((*dims, *(where or {}))))
    told = _customer_columns(customers, needed)
    if isinstance(transactions, Purchases):
        narrowed = _narrow_purchases(transactions, needed, dims, where or {}, told)
    else:
        narrowed = _narrow_lines(transactions, needed, dims, where or {}, told)
    if not dims:
        return lens(narrowed)
    return Slices(dims, {value: lens(part) for value, part in _split(narrowed, dims)})


def _customer_columns(customers: Tabular | None, needed: tuple[str, ...]) -> ibis.Table | None:
    """One row per customer: ci_customer and those of the columns that the table of customers has."""
    if customers is None:
        return None
    table = as_table(customers)
    require_columns(table, ("customer_id",), name="The table customers")
    columns = {name: table[name] for name in needed if name in table.columns and name != "customer_id"}
    table = table.select(ci_customer=table.customer_id, **columns)
    counts = collect(table.aggregate(rows=table.ci_customer.count(), customers=table.ci_customer.nunique())).iloc[0]
    if counts["rows"] != counts["customers"]:
        raise DataError(
            "The table customers must have one row per customer, got {rows} rows of {customers} customers.",
            rows=int(counts["rows"]),
            customers=int(counts["customers"]),
        )
    return table


def _narrow_lines(
    transactions: Tabular, needed: tuple[str, ...], dims: tuple[str, ...], where: Mapping[str, Any], told: Any
) -> Purchases:
    known = () if told is None else told.columns
    own = [name for name in needed if name not in known]
    reader = open_lines(transactions, *own)
    require_columns(reader.table, tuple(own), name="The table transactions")
    if told is not None:
        reader = _join_customers(reader, told, transactions, own)
    for name, wanted in where.items():
        reader = replace(reader, counted=(*reader.counted, _meets(reader.columns[name], wanted)))
    return purchases_of(replace(reader, columns=_dim_columns(reader.columns, dims)), *map(_dim, dims))


def _join_customers(reader: LineReader, told: Any, transactions: Tabular, own: list[str]) -> LineReader:
    """Put the customers' columns beside the lines."""
    table = reader.table
    joined = table.left_join(told, table.customer_id == told.ci_customer)
    taken = [name for name in told.columns if name != "ci_customer"]
    plain = joined.select(*table.columns, **{f"ci_of_{name}": joined[_right(table, name)] for name in taken})
    again = open_lines(plain, *own, *(f"ci_of_{name}" for name in taken))
    return replace(again, columns={**again.columns, **{name: again.columns[f"ci_of_{name}"] for name in taken}})


def _right(table: ibis.Table, name: str) -> str:
    return f"{name}_right" if name in table.columns else name


def _narrow_purchases(
    purchases: Purchases, needed: tuple[str, ...], dims: tuple[str, ...], where: Mapping[str, Any], told: Any
) -> Purchases:
    known = () if told is None else told.columns
    missing = [name for name in needed if name not in known]
    if missing:
        raise DataError(
            "Purchases read before can only be sliced by columns of a table of customers, and {missing} is none. "
            "Hand over the transactions themselves, or a table customers with this column.",
            missing=", ".join(missing),
        )

    def narrow(table: ibis.Table) -> ibis.Table:
        joined = table.left_join(told, table.customer_id == told.ci_customer)
        kept = [_meets(joined[_right(table, name)], wanted) for name, wanted in where.items()]
        columns = {_dim(name): _as_label(joined[_right(table, name)]) for name in dims}
        return (joined.filter(*kept) if kept else joined).select(*table.columns, **columns).cache()

    return replace(purchases, days=narrow(purchases.days), pieces=narrow(purchases.pieces), _kept={})


def _meets(column: Any, wanted: Any) -> Any:
    """Whether a column has the value, or one of the values; None stands for a missing one."""
    values = [wanted] if isinstance(wanted, str) or not isinstance(wanted, Sequence | set | frozenset) else list(wanted)
    given = [value for value in values if value is not None]
    meets = column.isin(given).fill_null(False) if given else ibis.literal(False)
    return meets | column.isnull() if len(given) < len(values) else meets


def _dim(name: str) -> str:
    return f"ci_by_{name}"


def _as_label(column: Any) -> Any:
    return column.cast("string").fill_null("")


def _dim_columns(columns: Mapping[str, Any], dims: tuple[str, ...]) -> dict[str, Any]:
    return {**columns, **{_dim(name): _as_label(columns[name]) for name in dims}}


def _split(purchases: Purchases, dims: tuple[str, ...]) -> Iterator[tuple[Any, Purchases]]:
    """Yield each value and its purchases, in the order of the values."""
    names = [_dim(name) for name in dims]
    found = purchases.days.select(*names).union(purchases.pieces.select(*names)).distinct()
    values = collect(found.order_by(*names).limit(MOST_SLICES + 1)).itertuples(index=False, name=None)
    labels = list(values)
    if len(labels) > MOST_SLICES:
        raise DataError(
            "The dimension must have at most {most} values, {by} has more. Filter with where=, or group its values.",
            most=MOST_SLICES,
            by=", ".join(dims),
        )
    for label in labels:
        days, pieces = (_only(table, names, label) for table in (purchases.days, purchases.pieces))
        yield label if len(dims) > 1 else label[0], replace(purchases, days=days, pieces=pieces, _kept={})


def _only(table: ibis.Table, names: list[str], label: tuple[Any, ...]) -> ibis.Table:
    kept = [table[name] == value for name, value in zip(names, label, strict=True)]
    return table.filter(*kept).drop(*names)
