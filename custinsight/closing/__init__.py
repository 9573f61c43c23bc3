"""Closed periods: the lines that a report was written from are noted, so that later changes to them can be told."""

from custinsight.closing.closings import Closing, Closings, between
from custinsight.closing.compare import CHANGES, change_frame, compare_lines
from custinsight.closing.lines import LINES, closing_lines

__all__ = ["CHANGES", "LINES", "Closing", "Closings", "between", "change_frame", "closing_lines", "compare_lines"]
