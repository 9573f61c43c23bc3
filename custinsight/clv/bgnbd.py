"""BG/NBD: customers who differ in how often they buy, and may stop after any repeat purchase."""

from __future__ import annotations

from typing import Any

from custinsight.clv.betageometric import BetaGeometricModel


class BGNBD(BetaGeometricModel):
    """Beta-geometric / NBD purchase model of Fader, Hardie and Lee.

    While alive, a customer buys at a rate of their own; rates are gamma distributed with shape ``r`` and rate
    ``alpha``. After each repeat purchase the customer stops for good with a probability of their own, beta
    distributed with ``a`` and ``b``. Whoever bought once only is alive for certain, as in lifetimes.

    Where the data show no dropout the most likely a is 0: the fit then ends in the NBD, with a = 0, ``limit_``
    "no_dropout" and ``identified_`` False, and all verbs keep working.

    Parameters
    ----------
    covariates : sequence of str
        Numeric columns of the summary: a customer buys exp(rate_z × z) times as often, and a is exp(dropout_z × z)
        times as large.
    penalizer : float
        Weight of the squared parameters taken off the mean log-likelihood, as in lifetimes.

    Attributes
    ----------
    params_ : pandas.Series
        r, alpha (in time units), a, b; then rate_z and dropout_z of each covariate z.
    standard_errors_ : pandas.Series
        From the Hessian; nan for a parameter that the data do not determine.
    log_likelihood_ : float
    identified_ : bool
        Whether all parameters were found inside their bounds.
    limit_ : str
        "", "no_dropout", "same_rate" (all customers buy at one rate) or "same_dropout" (all stop with one probability).
    covariance_ : pandas.DataFrame
        Of the log-parameters, under a weak prior that keeps it finite; behind the intervals.

    References
    ----------
    Fader, Hardie and Lee (2005), "Counting your customers" the easy way, Marketing Science 24 (2), 275-284.

    Examples
    --------
    >>> import pandas as pd
    >>> model = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
    >>> round(model.expected_purchases(customer, 39).iloc[0], 3)
    np.float64(1.226)
    >>> round(model.probability_no_purchase(customer, 39).iloc[0], 3)
    np.float64(0.445)
    """

    name = "BG/NBD"
    _first = 0

    def to_lifetimes(self) -> Any:
        """Hand the parameters to a fitted ``lifetimes.BetaGeoFitter``, for its plots.

        lifetimes is imported here only: it takes seconds to load and changes an option of pandas.
        """
        from lifetimes import BetaGeoFitter

        return self._lifetimes_fitter(BetaGeoFitter())
