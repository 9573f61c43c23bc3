"""What deduplication hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from custinsight.match.incremental import Scored
from custinsight.match.model import MatchModel


@dataclass(frozen=True)
class Matched:
    """What deduplication found.

    Parameters
    ----------
    golden : table
        One row per customer: the canonical columns, ``customer_id`` being the golden id, and ``records``.
    origins : table
        Where the values of the golden records of several records come from: golden_id, column, source_system,
        source_id, rule.
    links : table
        One row per record, ordered by source: source_system, source_id, customer_id (the record's), golden_id,
        probability (of the record's best pair inside its cluster; 1 when it is alone or its source says whose contact
        it is).
    review : table
        One row per doubtful pair, the likeliest first: customer_id_l, customer_id_r, probability, why (codes of what
        speaks for one customer, joined by commas: name, place, phone, email, tax_id, contact, address). Pairs as
        probable as the threshold are among them when their clusters were kept apart.
    groups : table
        Companies that belong together and are not one customer: golden_id, group_id, relation.
    reasons : table
        What decided each merge: golden_id, customer_id_l, customer_id_r, probability, rank, fact, direction, weight,
        hint.
    history : DataFrame
        What became of each earlier golden id, see :func:`custinsight.match.identity.golden_history`.
    model : MatchModel
        ``.settings`` holds what was learnt.
    bridges : table
        One row per pair as probable as the threshold whose records are different customers all the same:
        customer_id_l, customer_id_r, probability, why (decided, tax_id, branch, too_large, average).
    controls : table
        One row per pair to be asked for though it is not in doubt, as in ``review``: only such answers tell how often
        the model is wrong where it is sure.
    estimate : table
        One row: customers, with customers_middle, customers_low and customers_high; precision and recall of the pairs
        that the model joins by itself, each with _low and _high (90 %), their basis (labels or model), labels,
        labels_same, is_threshold_learnt, threshold_weight (bits), threshold (the probability that it stands for);
        largest_unlimited (records that the largest cluster would have had), implausible_clusters; decided_same,
        decided_different, decided_not_sure, decided_unknown.
    scored : Scored
        What the next period needs to match only what is new; holds personal data.
    """

    golden: Any
    links: Any
    review: Any
    model: MatchModel
    bridges: Any
    controls: Any
    estimate: Any
    origins: Any
    groups: Any
    reasons: Any
    history: pd.DataFrame
    scored: Scored
