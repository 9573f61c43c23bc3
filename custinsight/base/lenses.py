"""The lenses of a customer-base audit: one period, two periods, the whole base.

References
----------
Fader, Hardie and Ross (2022), *The Customer-Base Audit: The First Step on the Journey to Customer Centricity*.
"""

from custinsight.base.one_period import OnePeriod, one_period
from custinsight.base.two_periods import TwoPeriods, two_periods
from custinsight.base.whole_base import WholeBase, whole_base

__all__ = ["OnePeriod", "TwoPeriods", "WholeBase", "one_period", "two_periods", "whole_base"]
