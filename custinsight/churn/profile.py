"""Who stayed away in the last stretch, beside who bought: what tells the two apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custinsight.churn.topics import topic_of
from custinsight.engine import require_columns

PROFILE = {
    "feature": "str",
    "topic": "str",
    "leaving": "float64",
    "staying": "float64",
    "distance": "float64",
}


def leaving_profile(tested: pd.DataFrame) -> pd.DataFrame:
    """What those who left were like before: one row per feature, the most telling first.

    Parameters
    ----------
    tested : pandas.DataFrame
        is_silent and features, as :attr:`custinsight.churn.Churn.tested` has them.

    Returns
    -------
    pandas.DataFrame
        feature, topic, leaving and staying (medians before the stretch), distance (chance that somebody who left had
        the larger value than somebody who stayed, less the chance of the contrary: -1 to 1; Somers' d).

    References
    ----------
    Newson (2002), Parameters behind "nonparametric" statistics, Stata Journal 2 (1), 45-64, section 2.

    Examples
    --------
    >>> tested = pd.DataFrame({"is_silent": [True, True, False, False], "hiatus_days": [90.0, 60.0, 10.0, 20.0]})
    >>> leaving_profile(tested).values.tolist()
    [['hiatus_days', 'silence', 75.0, 15.0, 1.0]]
    """
    require_columns(tested, ("is_silent",), name="The tested customers")
    silent = tested["is_silent"].to_numpy(dtype=bool)
    rows = []
    for name in tested.select_dtypes("number"):
        if name == "probability":
            continue
        values = tested[name]
        known = values.notna().to_numpy()
        left, stayed = values[known & silent], values[known & ~silent]
        if not len(left) or not len(stayed) or values.max() == values.min():
            continue
        ranks = values[known].rank().to_numpy()
        mean = float(ranks[silent[known]].mean()) - (len(left) + 1) / 2
        rows.append((str(name), topic_of(str(name)), left.median(), stayed.median(), 2 * mean / len(stayed) - 1))
    found = pd.DataFrame(rows, columns=list(PROFILE)).astype(PROFILE)
    by = np.round(-found["distance"].abs(), 9)
    return found.assign(by=by).sort_values(["by", "feature"], ignore_index=True).drop(columns="by")
