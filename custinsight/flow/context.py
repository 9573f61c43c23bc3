"""What a stage may ask of the audit that it runs in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import ibis
import pandas as pd

from custinsight.periods import Period
from custinsight.plan import AuditPlan
from custinsight.words import Message
from custinsight.workspace import Workspace


class Context(Protocol):
    """An audit as its stages see it: the plan, the period, and the tables of the stages before."""

    plan: AuditPlan
    folder: Path
    period: Period
    workspace: Workspace

    @property
    def con(self) -> Any:
        """The engine that the tables run on."""

    @property
    def grounds(self) -> Any:
        """Where the plan's sources may lie."""

    def read(self, table: str) -> ibis.Table:
        """Return a stored table, lazy."""

    def table(self, name: str) -> pd.DataFrame:
        """Return a stored table as pandas."""

    def has(self, name: str) -> bool:
        """Whether a stored table has rows."""

    def content_of(self, table: str) -> str:
        """Return the hash of a stored table's content."""

    def note(self, message: Message) -> None:
        """Keep a sentence for whoever runs the audit; no result depends on it."""
