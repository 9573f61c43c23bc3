"""The sections of the report's pages: each takes the audit and returns a part that shows itself.

``from custinsight.report import sections as page``; then ``page.reconciliation(audit)`` in a notebook.
"""

from custinsight.report.sections.actions import (
    strategy_matrix,
    where_the_files_are,
    worklist_summary,
    worklists_by_owner,
)
from custinsight.report.sections.appendix import definitions, parameters, provenance
from custinsight.report.sections.behaviour import categories, channels, season, weekdays
from custinsight.report.sections.changes import buyer_groups, decile_migration, growth_patterns
from custinsight.report.sections.churn import churn_calibration, churn_distribution, churn_metrics, value_at_stake
from custinsight.report.sections.churn_why import (
    call_curve,
    churn_fairness,
    churn_profile,
    churn_reasons,
    churn_topics,
    churn_verdict,
)
from custinsight.report.sections.cohort_life import cohort_life
from custinsight.report.sections.cohorts import active_and_repeat, cohort_spend
from custinsight.report.sections.customer_base import movement_waterfall, profit_bridge, tier_matrix
from custinsight.report.sections.data_trust import (
    amounts_by_currency,
    lines_in_scope,
    missing_tables,
    reconciliation,
)
from custinsight.report.sections.deduplication_effect import (
    company_groups,
    deduplication_effect,
    merge_reasons,
    number_history,
)
from custinsight.report.sections.differences import concentration_curve, customer_deciles, spend_distribution
from custinsight.report.sections.forecasts import forecast_record, forecast_segments
from custinsight.report.sections.identity import cluster_sizes, pairs_for_review, records_to_customers
from custinsight.report.sections.late_rows import late_rows
from custinsight.report.sections.matching import cut_bridges, match_certainty
from custinsight.report.sections.money import currencies, order_key, returns
from custinsight.report.sections.record_checks import check_list, worthwhile_repairs
from custinsight.report.sections.record_quality import quality_scores
from custinsight.report.sections.risk import (
    complaints,
    dependence,
    open_complaints,
    overdue_customers,
    receivables_aging,
)
from custinsight.report.sections.sales_team import not_contacted, revenue_by_owner, stake_by_owner
from custinsight.report.sections.sources import files_read, rejected_rows
from custinsight.report.sections.summary import findings_and_decisions, key_figures
from custinsight.report.sections.value import (
    gate_verdict,
    holdout_check,
    holdout_errors,
    value_by_stage,
    value_by_tier,
)
from custinsight.report.sections.value_models import model_choice, model_drift, model_parameters

__all__ = [
    "active_and_repeat",
    "amounts_by_currency",
    "buyer_groups",
    "call_curve",
    "categories",
    "channels",
    "check_list",
    "churn_calibration",
    "churn_distribution",
    "churn_fairness",
    "churn_metrics",
    "churn_profile",
    "churn_reasons",
    "churn_topics",
    "churn_verdict",
    "cluster_sizes",
    "cohort_life",
    "cohort_spend",
    "company_groups",
    "complaints",
    "concentration_curve",
    "currencies",
    "customer_deciles",
    "cut_bridges",
    "decile_migration",
    "deduplication_effect",
    "definitions",
    "dependence",
    "files_read",
    "findings_and_decisions",
    "forecast_record",
    "forecast_segments",
    "gate_verdict",
    "growth_patterns",
    "holdout_check",
    "holdout_errors",
    "key_figures",
    "late_rows",
    "lines_in_scope",
    "match_certainty",
    "merge_reasons",
    "missing_tables",
    "model_choice",
    "model_drift",
    "model_parameters",
    "movement_waterfall",
    "not_contacted",
    "number_history",
    "open_complaints",
    "order_key",
    "overdue_customers",
    "pairs_for_review",
    "parameters",
    "profit_bridge",
    "provenance",
    "quality_scores",
    "receivables_aging",
    "reconciliation",
    "records_to_customers",
    "rejected_rows",
    "returns",
    "revenue_by_owner",
    "season",
    "spend_distribution",
    "stake_by_owner",
    "strategy_matrix",
    "tier_matrix",
    "value_at_stake",
    "value_by_stage",
    "value_by_tier",
    "weekdays",
    "where_the_files_are",
    "worklist_summary",
    "worklists_by_owner",
    "worthwhile_repairs",
]
