"""The fitted parameters as a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from custinsight.clv.pool import Pool
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.spend import GammaGamma


def parameter_table(*models: PurchaseModel | GammaGamma) -> pd.DataFrame:
    """Parameters of fitted models: one row per parameter; a pool is taken apart, and no kind of model comes twice.

    Returns
    -------
    pandas.DataFrame
        model, parameter, estimate, standard_error (nan where the data do not determine it).

    Examples
    --------
    >>> from custinsight.clv import NBD
    >>> parameter_table(NBD.from_params(r=0.4, alpha=12.0))
      model parameter  estimate  standard_error
    0   NBD         r       0.4             NaN
    1   NBD     alpha      12.0             NaN
    """
    apart = [each for model in models for each in (model.models if isinstance(model, Pool) else [model])]
    of_kind = {type(model).__name__: model for model in apart}
    rows = [
        (kind, str(name), float(value), float(error))
        for kind, model in of_kind.items()
        for (name, value), error in zip(model.params_.items(), model.standard_errors_, strict=True)
    ]
    return pd.DataFrame(rows, columns=["model", "parameter", "estimate", "standard_error"])


def parameter_drift(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Parameters against those of an earlier audit: one row per parameter that both have.

    Parameters
    ----------
    before, now : pandas.DataFrame
        As :func:`parameter_table` gives them.

    Returns
    -------
    pandas.DataFrame
        model, parameter, before, now, change (relative), probability (of so large a difference where nothing changed,
        from a normal test of the logarithms; nan where a standard error is not known).

    Notes
    -----
    Both audits know many of the same customers, so their errors go together and true probabilities are smaller.

    Examples
    --------
    >>> table = pd.DataFrame({"model": ["NBD"], "parameter": ["r"], "estimate": [1.0], "standard_error": [0.1]})
    >>> parameter_drift(table, table.assign(estimate=1.5))[["change", "probability"]].round(3).values.tolist()
    [[0.5, 0.001]]
    """
    both = before.merge(now, on=["model", "parameter"], suffixes=("_before", "_now"))
    old, new = both["estimate_before"].astype(float), both["estimate_now"].astype(float)
    comparable = (old > 0) & (new > 0)
    step = np.log(new.where(comparable) / old.where(comparable))
    errors = [both[f"standard_error_{when}"].astype(float) / value for when, value in (("before", old), ("now", new))]
    width = (errors[0] ** 2 + errors[1] ** 2) ** 0.5
    return pd.DataFrame(
        {
            "model": both["model"],
            "parameter": both["parameter"],
            "before": old,
            "now": new,
            "change": new / old.where(old > 0) - 1,
            "probability": 2 * norm.sf(np.abs(step / width.where(width > 0))),
        }
    )
