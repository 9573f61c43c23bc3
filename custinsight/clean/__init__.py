"""Clean: every value normalised, checked and logged; rejects and quality counted."""

from custinsight.clean.changes import revert
from custinsight.clean.customers import CLEANED_COLUMNS, DERIVED_COLUMNS, Cleaned, clean_customers
from custinsight.clean.memory import InMemory, Memory
from custinsight.clean.normalise import KINDS, normalise
from custinsight.clean.quality import quality

__all__ = [
    "CLEANED_COLUMNS",
    "DERIVED_COLUMNS",
    "KINDS",
    "Cleaned",
    "InMemory",
    "Memory",
    "clean_customers",
    "normalise",
    "quality",
    "revert",
]
