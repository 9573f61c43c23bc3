"""Time to the next purchase, with customers who have not been watched long enough: the Kaplan-Meier estimate.

It works on counts by whole periods, which is all that leaves the engine. No survival library is among the
dependencies: lifelines asks for pandas below 3 and scikit-survival is under the GPL.
"""

from __future__ import annotations

import pandas as pd

WAITING = ("nth", "age", "customers", "at_risk", "incremental", "cumulative")


def pool_cohorts(second_purchase: pd.DataFrame) -> pd.DataFrame:
    """One row per age: the chance to have bought a second time by then, of all cohorts together.

    Parameters
    ----------
    second_purchase : DataFrame
        cohort, age, cohort_customers, customers (second purchase at this age): one row for each age up to the end,
        as ``lenses.whole_base`` gives it.

    Returns
    -------
    DataFrame
        As :func:`kaplan_meier`; a cohort that has not bought again is censored at its last age.

    Examples
    --------
    >>> frame = pd.DataFrame({"cohort": ["2023", "2023", "2024"], "age": [0, 1, 0], "cohort_customers": [4, 4, 6],
    ...                       "customers": [1, 1, 2]})
    >>> pool_cohorts(frame)["cumulative"].round(4).tolist()
    [0.3, 0.5333]
    """
    made = second_purchase[["age", "customers"]].assign(made=True)
    cohort = second_purchase.groupby("cohort", sort=True)
    left = cohort["cohort_customers"].first() - cohort["customers"].sum()
    waiting = pd.DataFrame({"age": cohort["age"].max(), "customers": left, "made": False})
    return kaplan_meier(pd.concat([made, waiting], ignore_index=True))


def kaplan_meier(counted: pd.DataFrame) -> pd.DataFrame:
    """One row per whole period since the start: how many of those still waiting got there.

    The chance to have waited beyond period t is S(t) = Π over s <= t of (1 - d_s / n_s), with d_s events in period s
    and n_s at risk: not there before s, and watched through s at least.

    Parameters
    ----------
    counted : DataFrame
        age (whole periods from the start to the event, or to the end of watching), made (whether it is the event),
        customers.

    Returns
    -------
    DataFrame
        age, customers (events), at_risk, incremental (S(t - 1) - S(t)), cumulative (1 - S(t)).

    References
    ----------
    Kaplan and Meier (1958), Nonparametric estimation from incomplete observations, JASA 53, eq. 2b.

    Examples
    --------
    >>> seen = pd.DataFrame({"age": [0, 1, 1, 2], "made": [True, True, False, True], "customers": [1, 1, 1, 1]})
    >>> kaplan_meier(seen)["cumulative"].round(4).tolist()
    [0.25, 0.5, 1.0]
    """
    if counted.empty:
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in WAITING[1:]})
    ages = pd.RangeIndex(0, int(counted["age"].max()) + 1, name="age")
    by_age = counted.groupby("age")["customers"].sum().reindex(ages, fill_value=0)
    events = counted[counted["made"].astype(bool)].groupby("age")["customers"].sum().reindex(ages, fill_value=0)
    at_risk = by_age[::-1].cumsum()[::-1]
    still = (1 - events / at_risk).cumprod()
    frame = pd.DataFrame({"customers": events, "at_risk": at_risk, "cumulative": 1 - still})
    frame["incremental"] = frame["cumulative"].diff().fillna(frame["cumulative"])
    return frame.reset_index()[list(WAITING[1:])]
