"""Match: duplicates found, golden customers built, doubtful pairs listed for a person."""

from custinsight.match.evaluate import evaluate
from custinsight.match.explain import explain_merge
from custinsight.match.incremental import Earlier, Scored
from custinsight.match.links import match_report, relink
from custinsight.match.matching import Matched, deduplicate
from custinsight.match.model import MatchModel

__all__ = [
    "Earlier",
    "MatchModel",
    "Matched",
    "Scored",
    "deduplicate",
    "evaluate",
    "explain_merge",
    "match_report",
    "relink",
]
