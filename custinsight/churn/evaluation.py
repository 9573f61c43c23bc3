"""How good the churn scores were, beside the rule that needs no model: the longer silent, the likelier gone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from custinsight.clv.metrics import Outcomes, brier, calibration_error, calibration_table
from custinsight.clv.summaries import Floats, numbers
from custinsight.engine import require_columns
from custinsight.errors import DataError


@dataclass(frozen=True)
class Evaluation:
    """Scores beside outcomes.

    Parameters
    ----------
    metrics : pandas.DataFrame
        model ("purchase_model", and where the days of silence are known "hiatus"), auc, pr_auc (nan where
        only one outcome occurs), brier, ece (10 bins of equal mass; nan where the baseline has no probabilities).
    calibration : pandas.DataFrame
        decile (1 is the likeliest to leave), customers, predicted, actual (share that bought nothing).
    """

    metrics: pd.DataFrame
    calibration: pd.DataFrame


def evaluate(predictions: pd.DataFrame, outcomes: pd.DataFrame | None = None) -> Evaluation:
    """Compare scores with what happened.

    The baseline ranks by days since the last purchase. Its probabilities are those that the days of silence alone
    had in the window before (hiatus_probability); where they are not known, only its ranking is graded.

    Parameters
    ----------
    predictions : pandas.DataFrame
        probability and, for the baseline, hiatus_days and if known hiatus_probability; customer_id if outcomes are
        given apart.
        The ``customers`` of a :class:`custinsight.clv.Holdout` will do.
    outcomes : pandas.DataFrame, optional
        customer_id, is_silent (nothing bought within the horizon); customers that are missing are left out.
        Taken from the predictions' own column is_silent when not given.

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        A column is missing, or there is no customer to compare.

    Examples
    --------
    >>> frame = pd.DataFrame({"probability": [0.9, 0.8, 0.4, 0.1], "is_silent": [True, True, False, False]})
    >>> evaluate(frame).metrics.round(3).values.tolist()
    [['purchase_model', 1.0, 1.0, 0.055, 0.2]]
    """
    frame = _joined(predictions, outcomes)
    silent = frame["is_silent"].to_numpy(dtype=bool)
    probability = numbers(frame, "probability")
    rows = [("purchase_model", *_ranking(probability, silent), *_honesty(probability, silent))]
    if "hiatus_days" in frame:
        ranking = _ranking(numbers(frame, "hiatus_days"), silent)
        known = "hiatus_probability" in frame
        honesty = _honesty(numbers(frame, "hiatus_probability"), silent) if known else (np.nan, np.nan)
        rows.append(("hiatus", *ranking, *honesty))
    metrics = pd.DataFrame(rows, columns=["model", "auc", "pr_auc", "brier", "ece"])
    return Evaluation(metrics, calibration_table(probability, silent))


def _joined(predictions: pd.DataFrame, outcomes: pd.DataFrame | None) -> pd.DataFrame:
    require_columns(predictions, ("probability",), name="The predictions")
    frame = predictions
    if outcomes is not None:
        require_columns(predictions, ("customer_id",), name="The predictions")
        require_columns(outcomes, ("customer_id", "is_silent"), name="The outcomes")
        kept = predictions.drop(columns="is_silent", errors="ignore")
        frame = kept.merge(outcomes[["customer_id", "is_silent"]], on="customer_id", validate="many_to_one")
    require_columns(frame, ("is_silent",), name="The predictions")
    if frame.empty:
        raise DataError("The scores must have outcomes of at least one customer to be compared with, got none.")
    return frame


def _ranking(rank: Floats, silent: Outcomes) -> tuple[float, float]:
    if silent.all() or not silent.any():
        return np.nan, np.nan
    return float(roc_auc_score(silent, rank)), float(average_precision_score(silent, rank))


def _honesty(probability: Floats, silent: Outcomes) -> tuple[float, float]:
    return brier(probability, silent), calibration_error(probability, silent)
