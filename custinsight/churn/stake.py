"""What is at stake with those who may leave, whom to call first, and how many calls are worth their cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from custinsight.clv.summaries import Floats, numbers
from custinsight.engine import require_columns
from custinsight.errors import DataError

POINTS = 100


@dataclass(frozen=True)
class Calls:
    """How many customers to call.

    Parameters
    ----------
    curve : pandas.DataFrame
        calls (0, …, all customers with something at stake; at most some hundred rows), saved (margin expected to be
        kept), cost, gain (saved less cost), is_best.
    best : int
        Calls with the largest gain, of equals the fewest.
    customers : pandas.Series
        customer_id of those to call, first things first.
    """

    curve: pd.DataFrame
    best: int
    customers: pd.Series


def add_stake(scores: pd.DataFrame, expected_margin: pd.DataFrame | None = None) -> pd.DataFrame:
    """Add to scores what is at stake, and in which order to act.

    Parameters
    ----------
    scores : pandas.DataFrame
        customer_id, probability.
    expected_margin : pandas.DataFrame, optional
        customer_id, expected_margin: money expected of each within the horizon, the chance of leaving counted in.

    Returns
    -------
    pandas.DataFrame
        The scores with expected_margin, value_at_stake (probability times expected margin), changeable (4 p (1 - p), 0
        to 1) and priority (1 is the first; by value at stake times changeable, then by probability and customer).
        Money is nan where no margin is given. One push in log odds, whatever it is, moves a probability by p (1 - p):
        least where somebody is nearly gone or surely stays.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["x", "y"], "probability": [0.5, 0.99]})
    >>> margins = pd.DataFrame({"customer_id": ["x", "y"], "expected_margin": [100.0, 90.0]})
    >>> add_stake(scores, margins)[["value_at_stake", "changeable", "priority"]].round(2).values.tolist()
    [[50.0, 1.0, 1.0], [89.1, 0.04, 2.0]]
    """
    require_columns(scores, ("customer_id", "probability"), name="The scores")
    made = scores.assign(expected_margin=np.nan)
    if expected_margin is not None:
        require_columns(expected_margin, ("customer_id", "expected_margin"), name="The expected margins")
        of = expected_margin.drop_duplicates("customer_id").set_index("customer_id")["expected_margin"]
        made["expected_margin"] = of.reindex(made["customer_id"]).to_numpy(dtype=np.float64)
    p = made["probability"].to_numpy(dtype=np.float64)
    made["value_at_stake"] = p * made["expected_margin"]
    made["changeable"] = 4 * p * (1 - p)
    made["priority"] = _places(made)
    return made


def _places(scores: pd.DataFrame) -> pd.Series:
    """Place of each customer, 1 for the first; what has no known value comes last."""
    weight = (scores["value_at_stake"] * scores["changeable"]).fillna(-np.inf)
    keys = pd.DataFrame({"weight": -weight, "p": -scores["probability"], "customer_id": scores["customer_id"]})
    order = keys.sort_values(["weight", "p", "customer_id"]).index
    return pd.Series(np.arange(1, len(scores) + 1), index=order).reindex(scores.index).astype("int64")


def call_curve(scores: pd.DataFrame, cost_per_call: float, save_rate: float) -> Calls:
    """Work out how many customers are worth a call.

    A call costs ``cost_per_call``. It keeps ``save_rate`` of the value at stake with a customer, times how far action
    can still change it: somebody who is nearly gone is seldom won back by a call, somebody who stays anyway needs none.

    Parameters
    ----------
    scores : pandas.DataFrame
        customer_id, value_at_stake, changeable; see :func:`add_stake`.
    cost_per_call : float
        In the currency of the values; above 0.
    save_rate : float
        Share of what is at stake that a call keeps where everything is still open; 0 to 1.

    Returns
    -------
    Calls

    References
    ----------
    Verbeke et al. (2012), New insights into churn prediction in the telecommunication sector: a profit driven data
    mining approach, European Journal of Operational Research 218 (1), 211-229, section 3 (maximum profit criterion).

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["x", "y", "z"], "value_at_stake": [900.0, 300.0, 40.0],
    ...                        "changeable": [1.0, 1.0, 0.5]})
    >>> calls = call_curve(scores, cost_per_call=20, save_rate=0.1)
    >>> calls.best, calls.customers.tolist(), calls.curve["gain"].tolist()
    (2, ['x', 'y'], [0.0, 70.0, 80.0, 62.0])
    """
    require_columns(scores, ("customer_id", "value_at_stake", "changeable"), name="The scores")
    if not cost_per_call > 0:
        raise DataError("The cost of a call must be above 0, got {cost}.", cost=str(cost_per_call))
    if not 0 < save_rate <= 1:
        raise DataError("The save rate must be a share above 0 and at most 1, got {rate}.", rate=str(save_rate))
    known = scores[scores["value_at_stake"] > 0]
    kept: Floats = save_rate * numbers(known, "value_at_stake") * numbers(known, "changeable")
    order = np.lexsort((known["customer_id"].astype("str"), -kept))
    saved = np.concatenate([[0.0], np.cumsum(kept[order])])
    calls = np.arange(len(saved))
    gain = saved - cost_per_call * calls
    best = int(np.argmax(np.round(gain, 6)))
    shown = np.unique(np.concatenate([np.linspace(0, len(saved) - 1, min(POINTS, len(saved))).astype(int), [best]]))
    curve = pd.DataFrame(
        {
            "calls": calls[shown],
            "saved": saved[shown],
            "cost": cost_per_call * calls[shown],
            "gain": gain[shown],
            "is_best": shown == best,
        }
    )
    return Calls(curve, best, known["customer_id"].iloc[order[:best]].reset_index(drop=True))
