"""Clusters of customers who behave alike: as many as can be found again in resampled data, described in words."""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd

from custinsight.base.cluster_words import describe_profiles
from custinsight.base.lines import as_day
from custinsight.base.purchases import Purchases, TransactionsLike, read_purchases
from custinsight.base.rhythm import purchase_spans
from custinsight.base.stability import choose_centres
from custinsight.engine import Tabular, as_table, collect, like, require_columns
from custinsight.errors import DataError
from custinsight.words import Message

SAMPLE = 2_000
YEAR = 365.25
_FAR = 3.0


@dataclass(frozen=True)
class Clusters:
    """Customers in clusters of like behaviour.

    Parameters
    ----------
    labels : pandas frame, Arrow table or ibis table
        customer_id, cluster (int64, 1 the largest), in the form of the features given.
    profiles : DataFrame
        cluster, customers, share, feature, mean, overall (means in the feature's own unit), difference (of the means
        of the scaled feature, in standard deviations of all customers).
    stability : DataFrame
        clusters (their number), cluster, jaccard (mean over the resamples; 1: found again each time),
        silhouette (mean of all customers).
    verdict : str
        ``stable`` (each cluster's Jaccard is at least 0.75), ``doubtful`` (at least 0.6) or ``none``: one cluster.
    """

    labels: Any
    profiles: pd.DataFrame
    stability: pd.DataFrame
    verdict: str

    @property
    def words(self) -> dict[int, Message]:
        """Each cluster in a sentence, for any language."""
        return describe_profiles(self.profiles)


def behaviour_features(transactions: TransactionsLike, as_of: str | dt.date) -> Any:
    """One row per customer with a purchase: how often, how much at a time, how lately, for how long, at which margin.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    as_of : str or date
        Last day seen.

    Returns
    -------
    pandas frame, Arrow table or ibis table
        customer_id, purchases_per_year (purchase days over the time since the first, of at least a quarter),
        spend_per_purchase, days_silent, tenure_days, and margin where a cost is known (all float64), ordered by
        customer unless lazy. Of Purchases, a pandas frame.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a"], "amount_net": [5, 7],
    ...                       "doc_date": ["2024-01-01", "2024-12-01"]})
    >>> behaviour_features(lines, "2024-12-31")[["spend_per_purchase", "days_silent"]].values.tolist()
    [[6.0, 30.0]]
    """
    purchases, end = read_purchases(transactions), as_day(as_of)
    days, events = purchases.occasions(end), purchases.events(end)
    spans = purchase_spans(days)
    spend = days.group_by(spender="customer_id").aggregate(spend=days.amount.sum().cast("float64"))
    money = events.group_by(earner="customer_id").aggregate(
        profit=events.profit.sum().cast("float64"), costed=events.costed.sum().cast("float64")
    )
    told = spans.inner_join(spend, spans.customer_id == spend.spender)
    told = told.left_join(money, told.customer_id == money.earner)
    tenure = ibis.literal(end).delta(told.first_date, unit="day").cast("float64")
    number = (told.x + 1).cast("float64")
    margin = {"margin": told.profit / told.costed.nullif(0)} if purchases.has_cost else {}
    features = told.select(
        "customer_id",
        purchases_per_year=number / ibis.greatest(tenure / YEAR, 0.25),
        spend_per_purchase=told.spend / number,
        days_silent=ibis.literal(end).delta(told.last_date, unit="day").cast("float64"),
        tenure_days=tenure,
        **margin,
    )
    if isinstance(transactions, ibis.Table):
        return features
    ordered = features.order_by("customer_id")
    return collect(ordered, max_rows=None) if isinstance(transactions, Purchases) else like(ordered, transactions)


def clusters(
    features: Tabular, k: Sequence[int] = range(2, 8), *, resamples: int = 20, smallest: float = 0.02, seed: int = 0
) -> Clusters:
    """Group customers by scaled behaviour; the number of groups is the largest that resampling finds again.

    Features that are skewed and not negative are taken as logarithms; all are scaled by mean and standard deviation
    and cut off at three of these. A missing value is the median. For each number of clusters k-means is fitted to an
    even sample of at most 2,000 customers and to resamples of it; a cluster's stability is its mean Jaccard similarity
    with the most similar cluster of a resample. Of the numbers whose clusters all reach 0.75 and hold the share
    ``smallest`` of the sample, the largest is taken whose mean silhouette is four fifths of the best or more; if none
    reaches 0.75, the same from 0.6 on; else there are no clusters.

    Parameters
    ----------
    features : pandas frame, Arrow table or ibis table
        customer_id and numeric columns, such as those of :func:`behaviour_features`.
    k : sequence of int
        Numbers of clusters tried.
    resamples : int
    smallest : float
        Least share of the customers in a cluster.
    seed : int

    Returns
    -------
    Clusters
        The same features and seed give the same clusters.

    Raises
    ------
    DataError
        There is no customer_id or no numeric column.

    References
    ----------
    Hennig (2007), Cluster-wise assessment of cluster stability, Computational Statistics & Data Analysis 52, sections
    3 (bootstrap) and 6 (0.75 and 0.6). Rousseeuw (1987), Silhouettes, Journal of Computational and Applied
    Mathematics 20.

    Examples
    --------
    >>> visits = [n % 30 + 200 * (n >= 30) for n in range(60)]
    >>> frame = pd.DataFrame({"customer_id": [f"{n:02d}" for n in range(60)], "visits": visits})
    >>> found = clusters(frame)
    >>> found.verdict, found.labels["cluster"].value_counts().tolist()
    ('stable', [30, 30])
    """
    table = as_table(features)
    require_columns(table, ("customer_id",), name="The features")
    names = [name for name, kind in table.schema().items() if kind.is_numeric() and name != "customer_id"]
    if not names:
        raise DataError("The features must have at least one numeric column; they have none.")
    table = table.select("customer_id", **{name: table[name].cast("float64") for name in names})
    sample = _even_sample(table)
    scales = [scale for name in names if (scale := _scale_of(sample[name])) is not None]
    points = np.column_stack([scale.apply(sample[scale.name]) for scale in scales]) if scales else np.empty((0, 0))
    found = choose_centres(points, k, resamples=resamples, smallest=smallest, seed=seed)
    labelled = table.mutate(cluster=_nearest(table, scales, found.centres))
    labels = labelled.select("customer_id", "cluster")
    return Clusters(
        labels=labels if isinstance(features, ibis.Table) else like(labels.order_by("customer_id"), features),
        profiles=_profiles(labelled, scales, names),
        stability=found.stability,
        verdict=found.verdict,
    )


@dataclass(frozen=True)
class _Scale:
    """How a feature is scaled: cut-off logarithm or value, less its mean, over its standard deviation."""

    name: str
    logarithm: bool
    middle: float
    mean: float
    deviation: float

    def apply(self, values: pd.Series) -> np.ndarray:
        filled = values.fillna(self.middle).to_numpy(float)
        shaped = np.log1p(np.maximum(filled, 0.0)) if self.logarithm else filled
        return np.clip((shaped - self.mean) / self.deviation, -_FAR, _FAR)

    def express(self, column: Any) -> Any:
        filled = column.fill_null(self.middle)
        shaped = (ibis.greatest(filled, 0.0) + 1.0).ln() if self.logarithm else filled
        return ibis.least(ibis.greatest((shaped - self.mean) / self.deviation, -_FAR), _FAR)


def _scale_of(values: pd.Series) -> _Scale | None:
    """Learn a scale; None where all values are the same."""
    known = values.dropna()
    if known.nunique() < 2:
        return None
    middle = float(known.median())
    filled = values.fillna(middle)
    logarithm = float(filled.min()) >= 0 and float(pd.Series(filled, dtype="float64").skew()) > 1  # type: ignore[arg-type]
    shaped = np.log1p(filled) if logarithm else filled
    deviation = float(shaped.std(ddof=0))
    return _Scale(str(values.name), logarithm, middle, float(shaped.mean()), deviation) if deviation > 1e-12 else None


def _even_sample(table: ibis.Table) -> pd.DataFrame:
    """Every n-th customer in the order of their ids, so that the sample does not hang on the order of rows."""
    placed = table.mutate(place=ibis.row_number().over(order_by=table.customer_id), n=table.count().over())
    step = ibis.greatest((placed.n / SAMPLE).ceil().cast("int64"), 1)
    return collect(placed.filter(placed.place % step == 0).order_by("place"))


def _nearest(table: ibis.Table, scales: Sequence[_Scale], centres: np.ndarray) -> Any:
    """Number of the nearest centre, the first of equals."""
    if len(centres) < 2:
        return ibis.literal(1, "int64")
    scaled = [scale.express(table[scale.name]) for scale in scales]
    far = [
        functools.reduce(operator.add, ((axis - at) * (axis - at) for axis, at in zip(scaled, centre, strict=True)))
        for centre in centres.tolist()
    ]
    least = ibis.least(*far)
    return ibis.cases(*((d <= least, number) for number, d in enumerate(far, start=1)), else_=1).cast("int64")


def _profiles(labelled: ibis.Table, scales: Sequence[_Scale], names: Sequence[str]) -> pd.DataFrame:
    known = {scale.name: scale for scale in scales}
    sums = {f"mean_{name}": labelled[name].mean() for name in names}
    scaled = {f"scaled_{name}": scale.express(labelled[name]).mean() for name, scale in known.items()}
    wide = collect(labelled.group_by("cluster").aggregate(customers=labelled.count(), **sums, **scaled))
    total = collect(labelled.aggregate(customers=labelled.count(), **sums, **scaled)).iloc[0]
    rows = [
        {
            "cluster": row["cluster"],
            "customers": row["customers"],
            "share": row["customers"] / total["customers"],
            "feature": name,
            "mean": row[f"mean_{name}"],
            "overall": total[f"mean_{name}"],
            "difference": row[f"scaled_{name}"] - total[f"scaled_{name}"] if name in known else 0.0,
        }
        for row in wide.sort_values("cluster").to_dict("records")
        for name in names
    ]
    kinds = {"cluster": "int64", "customers": "int64", "share": "float64", "feature": "str"}
    kinds |= dict.fromkeys(("mean", "overall", "difference"), "float64")
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)
