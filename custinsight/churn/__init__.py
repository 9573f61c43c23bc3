"""Churn: who is leaving, how sure, and what is at stake."""

from custinsight.churn.evaluation import Evaluation, evaluate
from custinsight.churn.scores import score

__all__ = ["Evaluation", "evaluate", "score"]
