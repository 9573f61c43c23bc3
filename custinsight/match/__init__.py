"""Match: duplicates found, golden customers built, doubtful pairs listed for a person."""

from custinsight.match.evaluate import evaluate
from custinsight.match.links import match_report, relink
from custinsight.match.matching import Matched, deduplicate
from custinsight.match.model import MatchModel

__all__ = ["MatchModel", "Matched", "deduplicate", "evaluate", "match_report", "relink"]
