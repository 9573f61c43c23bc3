"""Fitted models as text: JSON that any program can read, and that runs no code when read."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pandas as pd

from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.spend import GammaGamma
from custinsight.errors import DataError

FORMAT = 1
_NUMBERS = ("log_likelihood_", "n_customers_", "n_left_out_", "mean_spend_")
_STATES = ("identified_", "limit_")

FittedModel: TypeAlias = PurchaseModel | GammaGamma
Kind = TypeVar("Kind", bound=FittedModel)


def model_to_json(model: FittedModel) -> str:
    """Write a fitted model as JSON: settings, parameters, standard errors, covariance, likelihood.

    Examples
    --------
    >>> from custinsight.clv import NBD
    >>> print(model_to_json(NBD.from_params(r=0.5, alpha=12.0))[:72])
    {"format": 1, "model": "NBD", "settings": {"covariates": [], "penalizer"
    """
    settings = {name: list(value) if isinstance(value, tuple) else value for name, value in model.get_params().items()}
    document: dict[str, Any] = {"format": FORMAT, "model": type(model).__name__, "settings": settings}
    document["parameters"] = {str(name): _written(value) for name, value in model.params_.items()}
    document["standard_errors"] = [_written(value) for value in model.standard_errors_]
    document["covariance"] = [[_written(value) for value in row] for row in model.covariance_.to_numpy()]
    if isinstance(model, PurchaseModel) and model.draws_ is not None:
        document["draws"] = [[_written(value) for value in row] for row in model.draws_]
    for name in (*_NUMBERS, *_STATES):
        if hasattr(model, name):
            value = getattr(model, name)
            document[name.rstrip("_")] = _written(value) if name in _NUMBERS else value
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def pool_to_json(models: Sequence[PurchaseModel]) -> str:
    """Write the models of a pool as one JSON document."""
    documents = [json.loads(model_to_json(model)) for model in models]
    return json.dumps({"format": FORMAT, "model": "Pool", "models": documents}, ensure_ascii=False, allow_nan=False)


def model_from_json(text: str, kind: type[Kind]) -> Kind:
    """Read a model of a certain kind, or of any kind that is derived from it.

    Raises
    ------
    DataError
        The text is no such model.
    """
    try:
        document = json.loads(text)
        known = _kinds(kind)[document["model"]]
        if document["format"] != FORMAT:
            raise ValueError
        if "models" in document:
            document["settings"] = {"models": [from_json(json.dumps(each)) for each in document["models"]]}
        model = known(**document["settings"])
        if "models" in document:
            return model
        names = list(document["parameters"])
        model.params_ = pd.Series(list(document["parameters"].values()), index=names, dtype="float64", name="estimate")
        model.standard_errors_ = pd.Series(
            document["standard_errors"], index=names, dtype="float64", name="standard_error"
        )
        model.covariance_ = pd.DataFrame(document["covariance"], index=names, columns=names, dtype="float64")
        if "draws" in document:
            model._drawn = np.array(document["draws"], dtype=np.float64)
        for name in (*_NUMBERS, *_STATES):
            if (key := name.rstrip("_")) in document:
                value = document[key]
                setattr(model, name, math.nan if value is None else value)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            "The text must be a {kind} model written by to_json, format {format}. Fit the model again.",
            kind=kind.__name__,
            format=FORMAT,
        ) from error
    return model


def from_json(text: str) -> FittedModel:
    """Read a fitted model of any kind that its ``to_json`` wrote.

    Parameters
    ----------
    text : str

    Returns
    -------
    PurchaseModel or GammaGamma

    Raises
    ------
    DataError
        The text is no such model.

    Examples
    --------
    >>> from custinsight.clv import ParetoNBD
    >>> written = ParetoNBD.from_params(r=0.5, alpha=10.0, s=0.6, beta=12.0).to_json()
    >>> from_json(written).params_.tolist()
    [0.5, 10.0, 0.6, 12.0]
    """
    try:
        return model_from_json(text, PurchaseModel)  # type: ignore[type-abstract]
    except DataError:
        return model_from_json(text, GammaGamma)


def _kinds(kind: type[Kind]) -> dict[str, type[Kind]]:
    found = {kind.__name__: kind}
    for below in kind.__subclasses__():
        found |= _kinds(below)
    return found


def _written(value: Any) -> float | None:
    """A number as JSON has it: no nan."""
    return float(value) if math.isfinite(value) else None
