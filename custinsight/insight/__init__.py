"""What the numbers mean for the business: behaviour, risk, feedback and the sales team."""

from custinsight.insight.behaviour import Behaviour, behaviour
from custinsight.insight.feedback import Feedback, feedback
from custinsight.insight.risk import Risk, risk
from custinsight.insight.sales_team import sales_team

__all__ = ["Behaviour", "Feedback", "Risk", "behaviour", "feedback", "risk", "sales_team"]
