"""Why a customer is likely to stay away: two to four reasons each, with direction and size.

A reason's size is what the probability would lose without it: contributions are sums in log odds, so leaving one out
gives the probability of the customer who is like the mean in this one thing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from custinsight.churn.topics import FACTS, by_topic
from custinsight.clv.summaries import Floats

FEWEST, MOST = 2, 4
SMALLEST = 0.02
"""Change of a probability from which a third or fourth reason is given."""
REASONS = {
    "customer_id": "str",
    "place": "int64",
    "topic": "str",
    "effect": "float64",
    "first": "float64",
    "second": "float64",
    "value": "str",
}
"""Columns of the reasons and their types."""


def list_reasons(
    customer_id: pd.Series, log_odds: Floats, contributions: pd.DataFrame, facts: pd.DataFrame
) -> pd.DataFrame:
    """One row per customer and reason, the weightiest first.

    Parameters
    ----------
    customer_id : pandas.Series, length n
    log_odds : ndarray, shape (n,)
        Of leaving.
    contributions : pandas.DataFrame, n rows
        What each feature adds to them.
    facts : pandas.DataFrame, n rows
        Features, whose values the sentences show; columns that are text are facts of themselves.

    Returns
    -------
    pandas.DataFrame
        customer_id, place (1 is the weightiest), topic, effect (what it adds to the probability of leaving, in shares:
        above 0 it makes leaving likelier), first and second (facts, see :data:`custinsight.churn.topics.FACTS`) and
        value (where the fact is text).

    References
    ----------
    Personal Information Protection Law of the People's Republic of China (2021), article 24: whoever is subject to an
    automated decision may ask for an explanation.

    Examples
    --------
    >>> found = list_reasons(pd.Series(["x"]), np.array([1.0]),
    ...                      pd.DataFrame({"hiatus_days": [1.5], "returns": [-0.5]}),
    ...                      pd.DataFrame({"hiatus_days": [94.0], "usual_gap_days": [31.0]}))
    >>> found[["topic", "effect", "first"]].round(2).values.tolist()
    [['silence', 0.35, 94.0], ['returns', -0.09, nan]]
    """
    topics = by_topic(contributions)
    if topics.empty or not len(topics.columns):
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in REASONS.items()})
    added = topics.to_numpy(dtype=np.float64)
    effects = expit(log_odds)[:, None] - expit(log_odds[:, None] - added)
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :MOST]
    rows = []
    for place in range(order.shape[1]):
        chosen = order[:, place]
        effect = effects[np.arange(len(effects)), chosen]
        kept = (place < FEWEST) | (np.abs(effect) >= SMALLEST)
        kept = kept & (np.abs(effect) > 0)
        rows.append(
            pd.DataFrame(
                {
                    "customer_id": customer_id.to_numpy()[kept],
                    "place": place + 1,
                    "topic": topics.columns.to_numpy()[chosen[kept]],
                    "effect": effect[kept],
                    **_facts(facts[kept], topics.columns[chosen[kept]]),
                }
            )
        )
    found = pd.concat(rows, ignore_index=True).astype(REASONS)
    return found.sort_values(["customer_id", "place"], ignore_index=True)


def _facts(facts: pd.DataFrame, topics: pd.Index) -> dict[str, np.ndarray]:
    """Values that the sentences of these topics show, row by row."""
    shown = {"first": np.full(len(facts), np.nan), "second": np.full(len(facts), np.nan)}
    text = np.full(len(facts), "", dtype=object)
    for topic in dict.fromkeys(topics):
        here = np.asarray(topics == topic)
        for slot, name in zip(("first", "second"), FACTS.get(topic, (topic, topic)), strict=True):
            if name not in facts:
                continue
            if pd.api.types.is_numeric_dtype(facts[name]):
                shown[slot][here] = facts[name].to_numpy(dtype=np.float64)[here]
            else:
                text[here] = facts[name].fillna("").astype("str").to_numpy()[here]
    return {**shown, "value": text}
