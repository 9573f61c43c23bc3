"""Files that people get: the report, workbooks, CSV files and the log, each written whole and without surprises."""

from custinsight.writers.columns import Col
from custinsight.writers.html import write_report
from custinsight.writers.sheets import SheetData, Written, write_csv, write_xlsx

__all__ = ["Col", "SheetData", "Written", "write_csv", "write_report", "write_xlsx"]
