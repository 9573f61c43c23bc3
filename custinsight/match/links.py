"""What follows from the links: other tables moved to the golden customers, and the counts."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from custinsight.engine import Tabular, as_table, beside, collect, like, require_columns


def relink(table: Tabular, links: Tabular) -> Any:
    """Replace each customer_id by the golden one; rows, their number and all other columns stay.

    Parameters
    ----------
    table : table
        Any table with ``customer_id``. Numbers that are not in the links stay.
    links : table
        ``Matched.links``.

    Returns
    -------
    table
        Of the kind of ``table``.

    Examples
    --------
    >>> links = pd.DataFrame({"customer_id": ["1", "2"], "golden_id": ["1", "1"]})
    >>> relink(pd.DataFrame({"customer_id": ["2", "9"], "amount": [5, 6]}), links).to_numpy().tolist()
    [['1', 5], ['9', 6]]
    """
    given = as_table(table)
    require_columns(given, ("customer_id",), name="table")
    known = as_table(links).select(link__record="customer_id", link__golden="golden_id").distinct()
    known = beside(known, given)
    joined = given.left_join(known, given.customer_id == known.link__record)
    golden = ibis.coalesce(joined.link__golden, joined.customer_id)
    return like(joined.mutate(customer_id=golden).select(*given.columns), table)


def match_report(links: Tabular, review: Tabular) -> pd.DataFrame:
    """Count what deduplication did: one row.

    Returns
    -------
    pandas.DataFrame
        records, customers, duplicates (records − customers), largest_cluster, review_pairs.

    Examples
    --------
    >>> links = pd.DataFrame({"customer_id": ["1", "2", "3"], "golden_id": ["1", "1", "3"]})
    >>> match_report(links, pd.DataFrame({"customer_id_l": ["1"]})).to_numpy().tolist()
    [[3, 2, 1, 2, 1]]
    """
    sizes = as_table(links).group_by("golden_id").agg(n=lambda t: t.count())
    counts = collect(
        sizes.agg(
            records=sizes.n.sum().fill_null(0), customers=sizes.count(), largest_cluster=sizes.n.max().fill_null(0)
        )
    )
    counts.insert(2, "duplicates", counts["records"] - counts["customers"])
    pairs = int(as_table(review).count().to_pyarrow().as_py())
    return counts.assign(review_pairs=pairs).astype("int64")
