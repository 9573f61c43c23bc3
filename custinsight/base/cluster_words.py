"""Profiles of clusters in words: what sets the customers of each apart from all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from custinsight.words import Message, msg

APART = 0.5
_MOST = 3


def describe_profiles(profiles: pd.DataFrame) -> dict[int, Message]:
    """Cluster to a sentence: how many customers, and the up to three features that set them apart most.

    Parameters
    ----------
    profiles : DataFrame
        From :class:`custinsight.base.clusters.Clusters`.

    Returns
    -------
    dict of int to Message
        A feature sets a cluster apart whose mean is half a standard deviation or more from that of all.

    Examples
    --------
    >>> from custinsight.words import Words
    >>> frame = pd.DataFrame({"cluster": [1], "customers": [40], "share": [0.4], "feature": ["days_silent"],
    ...                       "mean": [300.0], "overall": [90.0], "difference": [1.2]})
    >>> Words("en")(describe_profiles(frame)[1])
    '40 customers (40.0%): silent for long (300 days against 90)'
    """
    numbers = sorted({int(number) for number in profiles["cluster"]})
    return {number: _sentence(profiles[profiles["cluster"] == number]) for number in numbers}


def _sentence(rows: pd.DataFrame) -> Message:
    apart = rows[rows["difference"].abs() >= APART]
    apart = apart.sort_values("difference", key=lambda values: -values.abs(), kind="stable").head(_MOST)
    traits = [_trait(row) for row in apart.to_dict("records")]
    counted: dict[str, Any] = {"n": int(rows["customers"].iloc[0]), "share": float(rows["share"].iloc[0])}
    if not traits:
        return msg(
            "{n:count} customer ({share:percent}): like the average of all",
            "{n:count} customers ({share:percent}): like the average of all",
            **counted,
        )
    said = traits[0]
    for trait in traits[1:]:
        said = msg("{some}; {more}", some=said, more=trait)
    return msg(
        "{n:count} customer ({share:percent}): {traits}",
        "{n:count} customers ({share:percent}): {traits}",
        traits=said,
        **counted,
    )


def _trait(row: Mapping[Any, Any]) -> Message:
    values: dict[str, Any] = {"mean": float(row["mean"]), "overall": float(row["overall"])}
    up = float(row["difference"]) > 0
    known = {
        ("purchases_per_year", True): msg(
            "buy often ({mean:decimal} times a year against {overall:decimal})", **values
        ),
        ("purchases_per_year", False): msg(
            "buy seldom ({mean:decimal} times a year against {overall:decimal})", **values
        ),
        ("spend_per_purchase", True): msg("spend much at a time ({mean:money} against {overall:money})", **values),
        ("spend_per_purchase", False): msg("spend little at a time ({mean:money} against {overall:money})", **values),
        ("days_silent", True): msg("silent for long ({mean:count} days against {overall:count})", **values),
        ("days_silent", False): msg("bought lately ({mean:count} days ago against {overall:count})", **values),
        ("tenure_days", True): msg("customers for long ({mean:count} days against {overall:count})", **values),
        ("tenure_days", False): msg("customers for a short time ({mean:count} days against {overall:count})", **values),
        ("margin", True): msg("high margin ({mean:percent} against {overall:percent})", **values),
        ("margin", False): msg("low margin ({mean:percent} against {overall:percent})", **values),
    }
    named = known.get((str(row["feature"]), up))
    if named is not None:
        return named
    values["feature"] = row["feature"]
    if up:
        return msg("high {feature} ({mean:precise} against {overall:precise})", **values)
    return msg("low {feature} ({mean:precise} against {overall:precise})", **values)
