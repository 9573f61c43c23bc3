"""Figures: each takes the frame an analysis returned and words, and returns a matplotlib figure.

Nothing is computed here beyond scaling. Draw inside :func:`custinsight.report.style.applied`.
"""

from custinsight.report.figures.bars import draw_columns, draw_pairs, draw_panels, draw_rows, draw_targets
from custinsight.report.figures.calibration import draw_calibration
from custinsight.report.figures.cohorts import draw_cohorts
from custinsight.report.figures.heatmap import draw_heatmap
from custinsight.report.figures.intervals import draw_intervals
from custinsight.report.figures.lines import draw_lines
from custinsight.report.figures.lorenz import draw_lorenz
from custinsight.report.figures.trends import Trend, draw_trends
from custinsight.report.figures.waterfall import draw_waterfall

__all__ = [
    "Trend",
    "draw_calibration",
    "draw_cohorts",
    "draw_columns",
    "draw_heatmap",
    "draw_intervals",
    "draw_lines",
    "draw_lorenz",
    "draw_pairs",
    "draw_panels",
    "draw_rows",
    "draw_targets",
    "draw_trends",
    "draw_waterfall",
]
