"""Customer value: how often, how much, for how long, and how sure that is."""

from custinsight.clv.backtest import Holdout, holdout, holdout_of
from custinsight.clv.bgbb import BGBB
from custinsight.clv.bgnbd import BGNBD
from custinsight.clv.mbgcnbd import MBGCNBD
from custinsight.clv.mbgnbd import MBGNBD
from custinsight.clv.nbd import NBD
from custinsight.clv.newcomers import value_of_new
from custinsight.clv.parameters import parameter_drift, parameter_table
from custinsight.clv.paretonbd import ParetoNBD
from custinsight.clv.pool import Pool
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.regularity import Regularity, estimate_regularity
from custinsight.clv.sbg import SBG
from custinsight.clv.selection import Selection, select
from custinsight.clv.spend import GammaGamma
from custinsight.clv.storage import from_json
from custinsight.clv.sums import clv_by_group
from custinsight.clv.tracking import (
    alive_history,
    frequency_recency_matrix,
    track_purchases,
    value_distribution,
)
from custinsight.clv.trials import Trials
from custinsight.clv.value import lifetime_value
from custinsight.clv.verdict import Gate, gate

__all__ = [
    "BGBB",
    "BGNBD",
    "MBGCNBD",
    "MBGNBD",
    "NBD",
    "SBG",
    "GammaGamma",
    "Gate",
    "Holdout",
    "ParetoNBD",
    "Pool",
    "PurchaseModel",
    "Regularity",
    "Selection",
    "Trials",
    "alive_history",
    "clv_by_group",
    "estimate_regularity",
    "frequency_recency_matrix",
    "from_json",
    "gate",
    "holdout",
    "holdout_of",
    "lifetime_value",
    "parameter_drift",
    "parameter_table",
    "select",
    "track_purchases",
    "value_distribution",
    "value_of_new",
]
