"""Actions: worklists for the people who follow up, and a strategy per group of customers."""

from custinsight.actions.sentences import action_message, list_title, reason_message
from custinsight.actions.strategies import strategy
from custinsight.actions.worklists import worklists

__all__ = ["action_message", "list_title", "reason_message", "strategy", "worklists"]
