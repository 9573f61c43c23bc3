"""The customer base: purchases, summary, lenses, movement and segments.

``lenses``, ``movement`` and ``segments`` are modules; every function takes transaction lines, or the
:class:`Purchases` that :func:`read_purchases` makes of them once.
"""

from custinsight.base import lenses, movement, segments
from custinsight.base.cube import Cube, cube
from custinsight.base.history import history
from custinsight.base.order_key import check_order_key
from custinsight.base.purchases import Purchases, read_purchases
from custinsight.base.returns import LinkedReturns, link_returns
from custinsight.base.summary import summarise

__all__ = [
    "Cube",
    "LinkedReturns",
    "Purchases",
    "check_order_key",
    "cube",
    "history",
    "lenses",
    "link_returns",
    "movement",
    "read_purchases",
    "segments",
    "summarise",
]
