"""The ingest stage: exports become canonical tables in which customers are pseudonyms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import pandas as pd

from custinsight.engine import Tabular, empty_table
from custinsight.flow.context import Context
from custinsight.ingest import extract_paths, fingerprint, home_zone, load_sources, source_files
from custinsight.known_files import KnownFiles
from custinsight.privacy import pseudonym_key, pseudonymise
from custinsight.tables import TABLES, TableSpec
from custinsight.words import Message, msg
from custinsight.workspace import Workspace, code_digest, digest

_WITH_CUSTOMER = ("customers", "transactions", "interactions", "feedback", "receivables")
_AUXILIARY = ("rates",)
"""Tables whose lack takes nothing away by itself: lines without a rate say so where they are missed."""
INGEST_TABLES = (
    *(f"loaded_{name}" for name in TABLES),
    "identities",
    "load_report",
    "load_amounts",
    "load_problems",
    "rejects",
    "reject_counts",
    "missing_tables",
)


def ingredients(audit: Context) -> object:
    """Names and hashes of all that the sources read, the zone of days, a fingerprint of the key behind pseudonyms."""
    sources, grounds = audit.plan.sources, audit.grounds
    hashes = {source.name: fingerprint(source, grounds, audit.workspace, audit.period) for source in sources}
    # the books show the files' names
    names = {source.name: [path.name for path in source_files(source, grounds)] for source in sources}
    key = digest(pseudonym_key(audit.folder / "keys").hex())
    return {"files": hashes, "names": names, "zone": _zone(audit), "key": key}


def ingest(audit: Context) -> Mapping[str, Tabular]:
    """Read all sources; customer numbers become pseudonyms before anything else sees them."""
    extracts = extract_paths(audit.plan.sources, audit.grounds, audit.workspace, audit.period)
    known = known_files(audit.workspace)
    loaded = load_sources(audit.plan.sources, audit.grounds, audit.con, extracts, known, zone=_zone(audit))
    known.sweep()
    audit.note(files_read(len(loaded.load_report), loaded.known_files))
    numbers = ibis.union(*(_numbers(name, table) for name, table in loaded.tables.items() if name in _WITH_CUSTOMER))
    identities = pseudonymise(numbers, pseudonym_key(audit.folder / "keys"))
    codes = ibis.memtable(identities)
    tables: dict[str, Any] = {
        f"loaded_{name}": _with_pseudonyms(loaded.tables[name], codes) if name in loaded.tables else _absent(spec)
        for name, spec in TABLES.items()
    }
    return {
        **tables,
        "identities": identities,
        "load_report": loaded.load_report,
        "load_amounts": loaded.load_amounts,
        "load_problems": loaded.load_problems,
        "rejects": loaded.rejects,
        "reject_counts": reject_counts(loaded.rejects),
        "missing_tables": pd.DataFrame(
            {"table": [name for name in TABLES if name not in {*loaded.tables, *_AUXILIARY}]}, dtype="str"
        ),
    }


def known_files(workspace: Workspace) -> KnownFiles:
    """Return the loaded files that a workspace keeps for the code as it is now."""
    return KnownFiles(workspace, code_digest("ingest", "privacy"))


def files_read(files: int, known: int) -> Message:
    """Say how many files were read, and how many were known from an earlier load."""
    return msg(
        "{n:count} file: {read:count} read, {known:count} known from earlier.",
        "{n:count} files: {read:count} read, {known:count} known from earlier.",
        n=files,
        read=files - known,
        known=known,
    )


def _zone(audit: Context) -> str:
    return home_zone(audit.plan.time_zone, audit.plan.country)


def _absent(spec: TableSpec) -> ibis.Table:
    """Make the empty table that stands for an export that is not there."""
    empty = empty_table(spec)
    return empty if "source_system" in empty.columns else empty.mutate(source_system=ibis.null("string"))


def _numbers(name: str, table: ibis.Table) -> ibis.Table:
    """Return each customer number a table names, parents included."""
    own = table.select("source_system", source_id="customer_id").filter(lambda t: t.source_id.notnull())
    if name != "customers":
        return own.distinct()
    parents = table.select("source_system", source_id="parent_id").filter(lambda t: t.source_id.notnull())
    return own.union(parents).distinct()


def _with_pseudonyms(table: ibis.Table, codes: ibis.Table) -> ibis.Table:
    for column in ("customer_id", "parent_id"):
        if column in table.columns:
            table = _replace(table, codes, column)
    return table


def _replace(table: ibis.Table, codes: ibis.Table, column: str) -> ibis.Table:
    found = codes.select(code_system="source_system", code_number="source_id", code="customer_id")
    joined = table.left_join(found, [("source_system", "code_system"), (column, "code_number")])
    return joined.select(*(joined.code.name(name) if name == column else joined[name] for name in table.columns))


def reject_counts(rejects: pd.DataFrame) -> pd.DataFrame:
    """One row per source and code: source, code, rows."""
    counts = rejects.groupby(["source", "code"], sort=True).size()
    return counts.rename("rows").reset_index().astype({"source": "str", "code": "str", "rows": "int64"})
