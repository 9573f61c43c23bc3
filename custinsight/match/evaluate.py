"""How well clusters agree with the truth: pairs and B-cubed.

Bagga, A. and Baldwin, B. (1998), Entity-based cross-document coreferencing using the vector space model.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import comb

import pandas as pd


def evaluate(found: Mapping[Hashable, Hashable], truth: Mapping[Hashable, Hashable]) -> pd.Series:
    """Compare clusters with the truth.

    Parameters
    ----------
    found, truth : mapping
        Record to cluster, and record to true customer; records that only one of them has are left out.

    Returns
    -------
    pandas.Series
        records, pairs_found, pairs_true, pair_precision, pair_recall, pair_f1, b3_precision, b3_recall, b3_f1.
        A precision or recall without any pair is 1.

    Examples
    --------
    >>> result = evaluate({"a": 1, "b": 1, "c": 1}, {"a": "x", "b": "x", "c": "y"})
    >>> result[["pair_precision", "pair_recall", "b3_precision"]].round(3).tolist()
    [0.333, 1.0, 0.556]
    """
    frame = pd.DataFrame({"found": pd.Series(found, dtype=object), "truth": pd.Series(truth, dtype=object)}).dropna()
    both = frame.groupby(["found", "truth"]).size()
    in_found = frame.groupby("found").size()
    in_truth = frame.groupby("truth").size()
    right, given, true = (sum(comb(int(n), 2) for n in sizes) for sizes in (both, in_found, in_truth))
    squares = both**2
    b3_precision = float((squares / in_found.reindex(squares.index, level="found")).sum() / max(len(frame), 1))
    b3_recall = float((squares / in_truth.reindex(squares.index, level="truth")).sum() / max(len(frame), 1))
    precision, recall = right / given if given else 1.0, right / true if true else 1.0
    return pd.Series(
        {
            "records": len(frame),
            "pairs_found": given,
            "pairs_true": true,
            "pair_precision": precision,
            "pair_recall": recall,
            "pair_f1": _harmonic(precision, recall),
            "b3_precision": b3_precision,
            "b3_recall": b3_recall,
            "b3_f1": _harmonic(b3_precision, b3_recall),
        }
    )


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0
