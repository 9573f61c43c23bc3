"""Match: duplicates found, golden customers built, doubtful pairs listed for a person."""

from custinsight.match.decision_file import add_decisions, read_decisions
from custinsight.match.decisions import Decision, in_force, split_off
from custinsight.match.evaluate import evaluate
from custinsight.match.explain import explain_merge
from custinsight.match.incremental import Earlier, Scored
from custinsight.match.links import match_report, relink
from custinsight.match.matching import Matched, deduplicate
from custinsight.match.model import MatchModel

__all__ = [
    "Decision",
    "Earlier",
    "MatchModel",
    "Matched",
    "Scored",
    "add_decisions",
    "deduplicate",
    "evaluate",
    "explain_merge",
    "in_force",
    "match_report",
    "read_decisions",
    "relink",
    "split_off",
]
