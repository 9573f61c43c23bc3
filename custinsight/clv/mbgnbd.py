"""MBG/NBD: as BG/NBD, but a customer may stop at the very first purchase."""

from __future__ import annotations

from typing import Any

from custinsight.clv.betageometric import BetaGeometricModel


class MBGNBD(BetaGeometricModel):
    """Modified beta-geometric / NBD purchase model of Batislam, Denizel and Filiztekin.

    While alive, a customer buys at a rate of their own; rates are gamma distributed with shape ``r`` and rate
    ``alpha``. At each purchase, the first one included, the customer stops for good with a probability of their own,
    beta distributed with ``a`` and ``b``. So one-time buyers, too, may be gone.

    Where the data show no dropout the fit ends in the NBD, as with :class:`custinsight.clv.BGNBD`, whose parameters,
    attributes and covariates it shares.

    Parameters
    ----------
    covariates : sequence of str
        Numeric columns of the summary: a customer buys exp(rate_z × z) times as often, and a is exp(dropout_z × z)
        times as large.
    penalizer : float
        Weight of the squared parameters taken off the mean log-likelihood, as in lifetimes.

    References
    ----------
    Batislam, Denizel and Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
    International Journal of Research in Marketing 24 (3), 201-209; Hoppe and Wagner (2007), Customer base analysis:
    the case for a central variant of the BG/NBD model, Marketing JRM 3, 75-90.

    Examples
    --------
    >>> import pandas as pd
    >>> model = MBGNBD.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614)
    >>> once = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [39.0]})
    >>> round(model.probability_alive(once).iloc[0], 3)
    np.float64(0.389)
    """

    name = "MBG/NBD"
    _first = 1

    def to_lifetimes(self) -> Any:
        """Hand the parameters to a fitted ``lifetimes.ModifiedBetaGeoFitter``, for its plots."""
        from lifetimes import ModifiedBetaGeoFitter

        return self._lifetimes_fitter(ModifiedBetaGeoFitter())
