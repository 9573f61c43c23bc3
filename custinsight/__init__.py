"""Customer audits from ERP and CRM exports.

The public names; each room is imported when one of its names is first used, so that ``import custinsight`` is quick.

Examples
--------
>>> import custinsight as ci
>>> ci.clv.BGNBD.__name__
'BGNBD'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from custinsight import actions, churn, clv, insight
    from custinsight.audit import Audit, open_audit
    from custinsight.base import cube, history, lenses, movement, segments, summarise
    from custinsight.clean import Cleaned, check_records, clean_customers, repair_customers, revert
    from custinsight.clean.normalise import normalise
    from custinsight.clean.quality import quality
    from custinsight.deciding import decide, unmerge
    from custinsight.errors import CustinsightError
    from custinsight.ingest.propose import Proposal, propose_mapping
    from custinsight.match import Matched, deduplicate, explain_merge, relink
    from custinsight.periods import Period
    from custinsight.plan import AuditPlan, read_plan
    from custinsight.report.cube_files import write_cube

__version__ = "0.1.0"

__all__ = [
    "Audit",
    "AuditPlan",
    "Cleaned",
    "CustinsightError",
    "Matched",
    "Period",
    "Proposal",
    "actions",
    "check_records",
    "churn",
    "clean_customers",
    "clv",
    "cube",
    "decide",
    "deduplicate",
    "explain_merge",
    "history",
    "insight",
    "lenses",
    "movement",
    "normalise",
    "open_audit",
    "propose_mapping",
    "quality",
    "read_plan",
    "relink",
    "repair_customers",
    "revert",
    "segments",
    "summarise",
    "unmerge",
    "write_cube",
]

_HOMES = {
    "Audit": "audit",
    "AuditPlan": "plan",
    "Cleaned": "clean",
    "CustinsightError": "errors",
    "Matched": "match",
    "Period": "periods",
    "Proposal": "ingest.propose",
    "check_records": "clean",
    "clean_customers": "clean",
    "cube": "base",
    "decide": "deciding",
    "deduplicate": "match",
    "explain_merge": "match",
    "history": "base",
    "lenses": "base",
    "movement": "base",
    "normalise": "clean",
    "open_audit": "audit",
    "propose_mapping": "ingest.propose",
    "quality": "clean",
    "read_plan": "plan",
    "relink": "match",
    "repair_customers": "clean",
    "revert": "clean",
    "segments": "base",
    "summarise": "base",
    "unmerge": "deciding",
    "write_cube": "report.cube_files",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"custinsight.{_HOMES[name]}"), name)
    if name in __all__:
        return importlib.import_module(f"custinsight.{name}")
    raise AttributeError(f"module 'custinsight' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
