"""The five lenses of a customer-base audit: one period, two periods, one cohort, cohorts compared, the whole base.

Each takes a filter (``where=``) and dimensions (``by=``, with a table ``customers=`` for those of customers), and hands
back one result per value then; see :class:`Slices`.

References
----------
Fader, Hardie and Ross (2022), *The Customer-Base Audit: The First Step on the Journey to Customer Centricity*.
"""

from custinsight.base.cohorts import Cohorts, cohorts
from custinsight.base.one_cohort import OneCohort, one_cohort
from custinsight.base.one_period import OnePeriod, one_period
from custinsight.base.slices import Slices
from custinsight.base.two_periods import TwoPeriods, two_periods
from custinsight.base.whole_base import WholeBase, whole_base

__all__ = [
    "Cohorts",
    "OneCohort",
    "OnePeriod",
    "Slices",
    "TwoPeriods",
    "WholeBase",
    "cohorts",
    "one_cohort",
    "one_period",
    "two_periods",
    "whole_base",
]
