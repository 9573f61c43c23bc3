"""Who is leaving: the probability of no purchase within the horizon, and what that puts at stake."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.summaries import TRIPLE, as_frame, unit_days
from custinsight.engine import Tabular, require_columns
from custinsight.errors import DataError


def score(
    model: PurchaseModel,
    summary: Tabular,
    horizon_days: float,
    unit: str = "W",
    expected_margin: Any = None,
) -> pd.DataFrame:
    """Score customers without a contract: one row per customer, in the order of the summary.

    The probability is exact under the model: that the customer buys nothing within the horizon, whether gone for
    good or only silent. One minus the probability of being alive is something else and ranks badly.

    Parameters
    ----------
    model : fitted purchase model
    summary : table
        customer_id, frequency, recency, T (in ``unit``).
    horizon_days : float
        Length of the horizon in days.
    unit : str
        D, W or M.
    expected_margin : number, array of shape (customers,) or table, optional
        Margin expected of each customer within the horizon, their chance of leaving counted in (for example the
        clv of :func:`custinsight.clv.lifetime_value`). A table has customer_id and expected_margin.

    Returns
    -------
    pandas.DataFrame
        customer_id, probability (of no purchase, 0 to 1), hiatus_days (since the last purchase), usual_gap_days
        (mean gap between purchases; nan for one-time buyers), expected_margin and value_at_stake (money; nan where
        no margin is given). Value at stake is the probability times the expected margin: it is small both for those
        who will surely stay and for those who are surely gone, where no action would change much.

    Examples
    --------
    >>> from custinsight.clv import BGNBD
    >>> model = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> summary = pd.DataFrame({"customer_id": ["C1"], "frequency": [2], "recency": [30.0], "T": [39.0]})
    >>> score(model, summary, 90, expected_margin=200.0).round(2).values.tolist()
    [['C1', 0.68, 63.0, 105.0, 200.0, 136.52]]
    """
    frame = as_frame(summary, ("customer_id", *TRIPLE)).reset_index(drop=True)
    if not (np.isfinite(horizon_days) and horizon_days > 0):
        raise DataError("The horizon must be longer than 0 days, got {days}.", days=str(horizon_days))
    days = unit_days(unit)
    again = frame["frequency"] > 0
    scores = pd.DataFrame(
        {
            "customer_id": frame["customer_id"],
            "probability": model.probability_no_purchase(frame, horizon_days / days),
            "hiatus_days": (frame["T"] - frame["recency"]) * days,
            "usual_gap_days": (frame["recency"] / frame["frequency"].where(again)) * days,
            "expected_margin": _margins(expected_margin, frame["customer_id"]),
        }
    )
    scores["value_at_stake"] = scores["probability"] * scores["expected_margin"]
    return scores


def _margins(given: Any, customers: pd.Series) -> Any:
    if given is None:
        return np.nan
    if isinstance(given, pd.DataFrame):
        require_columns(given, ("customer_id", "expected_margin"), name="The expected margins")
        of = given.drop_duplicates("customer_id").set_index("customer_id")["expected_margin"]
        return of.reindex(customers).to_numpy(dtype=np.float64)
    margins = np.asarray(given, dtype=np.float64)
    if margins.shape not in ((), (len(customers),)):
        raise DataError(
            "The expected margin must be one number, or one per row of the summary ({rows}).", rows=len(customers)
        )
    return margins if margins.ndim else float(margins)
