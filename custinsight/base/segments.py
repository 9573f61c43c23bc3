"""Segments of customers, handed on from their own modules.

Value tiers and ABC, stages of life, scores of recency, frequency and money, clusters of behaviour, moves between
classes, and rules of the user's own.
"""

from custinsight.base.clusters import Clusters, behaviour_features, clusters
from custinsight.base.lifecycle import STAGES, lifecycle, trends
from custinsight.base.rfm import CELLS, Cell, rfm
from custinsight.base.rhythm import LAPSED, LOST, SLIPPING
from custinsight.base.rules import Rule, own_segments
from custinsight.base.tiers import TIERS, abc, pinned_cut_offs, tier_cut_offs, value_tiers
from custinsight.base.transitions import transitions

__all__ = [
    "CELLS",
    "LAPSED",
    "LOST",
    "SLIPPING",
    "STAGES",
    "TIERS",
    "Cell",
    "Clusters",
    "Rule",
    "abc",
    "behaviour_features",
    "clusters",
    "lifecycle",
    "own_segments",
    "pinned_cut_offs",
    "rfm",
    "tier_cut_offs",
    "transitions",
    "trends",
    "value_tiers",
]
