"""Clean: every value normalised, checked, repaired and logged; rejects and quality counted."""

from custinsight.clean.changes import apply_changes, revert
from custinsight.clean.checks import Checked, check_records
from custinsight.clean.checks_own import require_own_checks
from custinsight.clean.customers import CLEANED_COLUMNS, DERIVED_COLUMNS, Cleaned, clean_customers
from custinsight.clean.memory import InMemory, Memory
from custinsight.clean.normalise import KINDS, normalise
from custinsight.clean.quality import quality, quality_by
from custinsight.clean.repairs import Repaired, repair_customers

__all__ = [
    "CLEANED_COLUMNS",
    "DERIVED_COLUMNS",
    "KINDS",
    "Checked",
    "Cleaned",
    "InMemory",
    "Memory",
    "Repaired",
    "apply_changes",
    "check_records",
    "clean_customers",
    "normalise",
    "quality",
    "quality_by",
    "repair_customers",
    "require_own_checks",
    "revert",
]
