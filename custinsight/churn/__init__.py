"""Churn: who is leaving, how sure, why, and what is at stake."""

from custinsight.churn.contracts import ContractChurn, fit_contracts
from custinsight.churn.evaluation import Evaluation, evaluate
from custinsight.churn.features import features
from custinsight.churn.fitting import Churn, fit
from custinsight.churn.kinds import Kind, propose_kind
from custinsight.churn.monitoring import drift, group_performance, stability_index
from custinsight.churn.profile import leaving_profile
from custinsight.churn.records import Records, read_records
from custinsight.churn.scorecard import Scorecard, make_forecasts, scorecard, what_happened
from custinsight.churn.scores import score
from custinsight.churn.sentences import join_reasons, reason_sentence
from custinsight.churn.stake import Calls, add_stake, call_curve

__all__ = [
    "Calls",
    "Churn",
    "ContractChurn",
    "Evaluation",
    "Kind",
    "Records",
    "Scorecard",
    "add_stake",
    "call_curve",
    "drift",
    "evaluate",
    "features",
    "fit",
    "fit_contracts",
    "group_performance",
    "join_reasons",
    "leaving_profile",
    "make_forecasts",
    "propose_kind",
    "read_records",
    "reason_sentence",
    "score",
    "scorecard",
    "stability_index",
    "what_happened",
]
