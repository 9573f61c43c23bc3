"""How the stages hang together: which plan values and tables go into which function, and what is stored."""

from custinsight.flow.graph import STAGES, Stage, stage_of

__all__ = ["STAGES", "Stage", "stage_of"]
