"""The validation gate: may the value forecasts be used, and why (not)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from custinsight.clv.backtest import Holdout
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.regularity import Regularity
from custinsight.clv.summaries import as_frame, checked_frequency
from custinsight.engine import Tabular
from custinsight.words import Message, msg

FEWEST_REPEATERS = 30
FEW_REPEATERS = 100
FEWEST_PURCHASES = 20
BIAS_CARE, BIAS_REFUSE = 0.20, 0.50
SPEND_BIAS_CARE = 0.30
CALIBRATION_CARE = 0.08
COVERAGE_CARE = 0.10
CORRELATION_CARE = 0.30
REGULAR, CONTRACT = 1.5, 8.0
COHORT_CARE, FEWEST_COHORT = 1.6, 50

_RANK = {"use": 0, "care": 1, "refuse": 2}


@dataclass(frozen=True)
class Gate:
    """A verdict on the value forecasts.

    Parameters
    ----------
    verdict : str
        "use", "care" (use with care) or "refuse" (show no values).
    reasons : tuple of Message
        What speaks for the verdict, the gravest first; at least one.
    """

    verdict: str
    reasons: tuple[Message, ...]


def gate(
    holdout: Holdout | None,
    summary: Tabular,
    model: PurchaseModel | None = None,
    *,
    regularity: Regularity | None = None,
) -> Gate:
    """Judge whether the forecasts may be used.

    Refused: fewer than 30 customers with repeat purchases; no holdout, or fewer than 20 purchases in it; a total
    off by more than half; forecasts that tell customers apart no better than the mean does. With care: fewer than
    100 repeat customers; a total off by more than 20 % (spend: 30 %); errors larger than those of everybody's own
    past rate; probabilities off by more than 8 points on average; intervals that hold 10 points too little; spend
    that goes with frequency (rank correlation beyond 0.3); no dropout found; a cohort whose purchases the forecast
    missed by more than half while it did not miss those of the others; purchases at regular intervals, unless the model
    takes them as such. Purchases as regular as a contract's are refused.

    Parameters
    ----------
    holdout : Holdout or None
        The test's result; None where it could not be run.
    summary : table
        frequency and, if spend is modelled, monetary_value of the customers that the forecasts are for.
    model : fitted purchase model, optional
        The model that the forecasts are made with.
    regularity : Regularity, optional
        How regular the gaps between purchases are.

    Returns
    -------
    Gate

    Examples
    --------
    >>> from custinsight.words import Words
    >>> few = pd.DataFrame({"frequency": [0, 0, 1], "monetary_value": [0.0, 0.0, 12.0]})
    >>> judged = gate(None, few)
    >>> judged.verdict, Words("en")(judged.reasons[0])
    ('refuse', 'Only 1 of 3 customers bought again: too few to learn from.')
    """
    frame = as_frame(summary, ("frequency",))
    found = [*_history(frame), *_test(holdout), *_model(model), *_rhythm(regularity, model), *_cohorts(holdout)]
    verdict = max((grade for grade, _ in found), key=lambda grade: _RANK[grade], default="use")
    reasons = [reason for grade, reason in sorted(found, key=lambda item: -_RANK[item[0]])]
    if holdout is not None:
        reasons.append(_record(holdout.metrics))
    return Gate(verdict, tuple(reasons))


def _record(metrics: pd.Series) -> Message:
    return msg(
        "Forecast of the last {days:count} days from what was known before: {predicted:count} purchases, made were "
        "{actual:count} ({bias:signed_percent}).",
        days=metrics["holdout_days"],
        predicted=metrics["predicted_total"],
        actual=metrics["actual_total"],
        bias=metrics["bias"],
    )


def _history(frame: pd.DataFrame) -> Iterator[tuple[str, Message]]:
    frequency = checked_frequency(frame)
    repeaters = int((frequency > 0).sum())
    if repeaters < FEW_REPEATERS:
        yield (
            "refuse" if repeaters < FEWEST_REPEATERS else "care",
            msg(
                "Only {repeaters:count} of {customers:count} customers bought again: too few to learn from.",
                repeaters=repeaters,
                customers=len(frame),
            ),
        )
    if "monetary_value" in frame and repeaters >= FEWEST_REPEATERS:
        again = frame[frequency > 0]
        varied = bool((again[["frequency", "monetary_value"]].std() > 0).all())
        correlation = float(spearmanr(again["frequency"], again["monetary_value"]).statistic) if varied else 0.0
        if abs(correlation) > CORRELATION_CARE:
            yield (
                "care",
                msg(
                    "Spend per purchase goes with the number of purchases (rank correlation {correlation:decimal}); "
                    "the spend model takes them as independent.",
                    correlation=correlation,
                ),
            )


def _test(holdout: Holdout | None) -> Iterator[tuple[str, Message]]:
    if holdout is None:
        yield "refuse", msg("The history is too short to test a forecast on its last part.")
        return
    m = holdout.metrics
    if m["actual_total"] < FEWEST_PURCHASES:
        yield (
            "refuse",
            msg(
                "Only {n:count} repeat purchases were made in the {days:count} days tested: too few to judge a "
                "forecast.",
                n=m["actual_total"],
                days=m["holdout_days"],
            ),
        )
        return
    yield from _totals(m)
    yield from _individuals(m)


def _totals(m: pd.Series) -> Iterator[tuple[str, Message]]:
    if abs(m["bias"]) > BIAS_CARE:
        yield (
            "refuse" if abs(m["bias"]) > BIAS_REFUSE else "care",
            msg(
                "The forecast of the number of purchases was off ({bias:signed_percent}); the season, or a change in "
                "the business, may be why.",
                bias=m["bias"],
            ),
        )
    if abs(m.get("spend_bias", 0.0)) > SPEND_BIAS_CARE:
        yield "care", msg("The forecast of the spend was off ({bias:signed_percent}).", bias=m["spend_bias"])


def _individuals(m: pd.Series) -> Iterator[tuple[str, Message]]:
    if m["rmse"] >= m["equal_rmse"] and m["brier"] >= m["base_brier"]:
        yield "refuse", msg("The forecast tells customers apart no better than giving everybody the mean.")
    elif m["mae"] > m["naive_mae"] and m["rmse"] > m["naive_rmse"]:
        yield (
            "care",
            msg(
                "Taking each customer's own past rate is as good: a mean error of {naive:decimal} purchases against "
                "{model:decimal}.",
                naive=m["naive_mae"],
                model=m["mae"],
            ),
        )
    if m["ece"] > CALIBRATION_CARE:
        yield (
            "care",
            msg("The probabilities of no purchase were off by {error:percent} on average.", error=m["ece"]),
        )
    if m.get("coverage", 1.0) < m.get("interval", 0.0) - COVERAGE_CARE:
        yield (
            "care",
            msg(
                "The intervals held the spend of {coverage:percent} of customers; {interval:percent} were aimed at.",
                coverage=m["coverage"],
                interval=m["interval"],
            ),
        )


def _model(model: PurchaseModel | None) -> Iterator[tuple[str, Message]]:
    if model is not None and model.limit_ == "no_dropout":
        yield (
            "care",
            msg("The history shows no customers who stopped for good, so the forecast lets nobody stop."),
        )


def _rhythm(regularity: Regularity | None, model: PurchaseModel | None) -> Iterator[tuple[str, Message]]:
    """Contracts, and companies that order by the calendar, do not buy at random."""
    if regularity is None:
        return
    if regularity.k_low > CONTRACT:
        yield (
            "refuse",
            msg(
                "Purchases come at fixed intervals (regularity {k:decimal}; 1 is at random), as under a contract. A "
                "purchase model does not fit; count renewals with sBG instead.",
                k=min(regularity.k, 999.0),
            ),
        )
    elif regularity.k_low > REGULAR and getattr(model, "k", 1) == 1:
        yield (
            "care",
            msg(
                "Customers order at regular intervals (regularity {k:decimal}; 1 is at random); a model of purchases "
                "at random notices too late who has stopped.",
                k=regularity.k,
            ),
        )


def _cohorts(holdout: Holdout | None) -> Iterator[tuple[str, Message]]:
    """A cohort whose purchases were missed by far more than those of the others."""
    if holdout is None or "age_days" not in holdout.customers:
        return
    customers = holdout.customers
    parts = min(4, customers["age_days"].nunique())
    age = (
        pd.qcut(customers["age_days"].rank(method="dense"), parts, labels=False, duplicates="drop")
        if parts > 1
        else None
    )
    if age is None:
        return
    for _, cohort in customers.groupby(age):
        rest = customers.drop(cohort.index)
        sums = [float(part[name].sum()) for part in (cohort, rest) for name in ("actual", "predicted")]
        if min(sums) < FEWEST_COHORT:
            continue
        own, others = sums[0] / sums[1], sums[2] / sums[3]
        if abs(np.log(own / others)) > np.log(COHORT_CARE):
            yield (
                "care",
                msg(
                    "Customers whose first purchase was {oldest:count} to {youngest:count} days before the test bought "
                    "{times:decimal} times what the forecast let them, the others {others:decimal} times: they are not "
                    "like the rest.",
                    oldest=float(cohort["age_days"].max()),
                    youngest=float(cohort["age_days"].min()),
                    times=own,
                    others=others,
                ),
            )
