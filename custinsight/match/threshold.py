"""From which weight on pairs are joined: no figure is right for every file.

Among many records there are more pairs that are alike by chance, so a probability at which a small file's merges are
right is one at which a large file's are not. The threshold is therefore the lowest at which, by the model's own word,
few of the pairs that are joined are wrong.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from custinsight.match.calibrate import chances

Floats = npt.NDArray[np.float64]

WRONG = 0.005
"""Share of the pairs joined that may be wrong by the model's word; a model that takes its columns as independent is
surer than it should be, so that several times as many are."""

LOWEST, HIGHEST = 0.8, 0.999
"""Bounds of the threshold, as probabilities: what is less likely is a person's to decide."""


def choose_threshold(weight: Floats) -> float:
    """Choose the weight from which pairs are joined.

    Parameters
    ----------
    weight : array of float
        Match weight (bits) of the pairs that nothing forbids to join.

    Returns
    -------
    float
        Weight (bits), between those of :data:`LOWEST` and :data:`HIGHEST`.

    Examples
    --------
    Many sure pairs bear a few less sure ones; the fewer, the fewer.

    >>> round(choose_threshold(np.repeat([12.0, 3.0], [900, 30])), 2)
    2.0
    >>> round(choose_threshold(np.repeat([12.0, 3.0], [90, 30])), 2)
    3.01
    """
    lowest, highest = (float(np.log2(share / (1 - share))) for share in (LOWEST, HIGHEST))
    able = np.sort(weight[weight >= lowest])[::-1]
    if not len(able):
        return lowest
    wrong = np.cumsum(1 - chances(able)) / np.arange(1, len(able) + 1)
    if wrong[-1] <= WRONG:
        return lowest
    # the first pair that is one too many, and all as heavy as it, stay out
    last = able[int(np.searchsorted(wrong, WRONG, side="right"))]
    return min(max(lowest, round(float(last) + 0.01, 2)), highest)
