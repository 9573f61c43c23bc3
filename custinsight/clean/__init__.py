"""Clean: every value normalised, checked and logged; rejects and quality counted."""

from custinsight.clean.changes import revert
from custinsight.clean.customers import CLEANED_COLUMNS, DERIVED_COLUMNS, Cleaned, clean_customers
from custinsight.clean.quality import quality

__all__ = ["CLEANED_COLUMNS", "DERIVED_COLUMNS", "Cleaned", "clean_customers", "quality", "revert"]
