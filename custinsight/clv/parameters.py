"""The fitted parameters as a table."""

from __future__ import annotations

import pandas as pd

from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.spend import GammaGamma


def parameter_table(*models: PurchaseModel | GammaGamma) -> pd.DataFrame:
    """Parameters of fitted models: one row per parameter.

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
    rows = [
        (type(model).__name__, str(name), float(value), float(error))
        for model in models
        for (name, value), error in zip(model.params_.items(), model.standard_errors_, strict=True)
    ]
    return pd.DataFrame(rows, columns=["model", "parameter", "estimate", "standard_error"])
