"""The clean and match stages: customer records become golden customers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version

import ibis
import pandas as pd

from custinsight.clean import clean_customers
from custinsight.clean.memory import LIBRARIES
from custinsight.engine import Tabular, collect
from custinsight.flow.context import Context
from custinsight.match import Earlier, Scored, deduplicate, in_force, match_report, read_decisions
from custinsight.privacy import pseudonym_key
from custinsight.privacy.remembered import Remembered
from custinsight.workspace import StoredStage, code_digest, digest

MATCH_TABLES = (
    "golden",
    "links",
    "review",
    "match_report",
    "cluster_sizes",
    "golden_origins",
    "golden_history",
    "customer_groups",
    "merge_reasons",
    "match_keys",
    "match_pairs",
    "match_settings",
    "bridges",
    "controls",
    "match_estimate",
)
EARLIER_PERIODS = 12
"""How many periods back an audit is looked for whose golden ids are kept."""

_KEPT = ("links", "match_keys", "match_pairs", "match_settings")


def clean(audit: Context) -> Mapping[str, Tabular]:
    """Normalise the customer records; row by row, so the period does not matter."""
    key = digest([code_digest("clean"), *((name, version(name)) for name in LIBRARIES)])
    cleaned = clean_customers(
        audit.read("loaded_customers"),
        country=audit.plan.country,
        memory=Remembered(audit.workspace.root / "readings", key, audit.con),
        secret=pseudonym_key(audit.folder / "keys"),
    )
    # "new" alone would name a count of new customers, too; what the vault must keep has names of its own
    changes = cleaned.changes.rename(old_value="old", new_value="new")
    return {"customers": cleaned.table, "changes": changes, "unusable": cleaned.rejects}


def match_ingredients(audit: Context) -> object:
    """What the match depends on besides the records: the newest of them, what people decided, an earlier audit.

    Two periods between which no customer was created share one match, as long as nobody decides anything.
    """
    newest = str(known_customers(audit).created_date.max().execute())
    decided = in_force(read_decisions(audit.folder)).values()
    earlier = _earlier_match(audit)
    said = [(*each.pair, each.answer, each.how) for each in decided]
    return [newest, said, earlier.content if earlier else None]


def known_customers(audit: Context) -> ibis.Table:
    """Customer records that existed at the period's end."""
    customers = audit.read("customers")
    return customers.filter(customers.created_date.isnull() | (customers.created_date <= audit.period.end))


def _earlier_match(audit: Context) -> StoredStage | None:
    """Return the match of the last audit before this one that was run, of periods of the same length."""
    period = audit.period
    for _ in range(EARLIER_PERIODS):
        period = period.previous()
        kept = audit.workspace.recall(f"audit-{period.label}")
        if kept is not None and "match" in kept:
            stored = audit.workspace.find("match", str(kept["match"]))
            if stored is not None and set(_KEPT) <= set(stored.tables):
                return stored
    return None


def _how_matched(audit: Context) -> str:
    """Digest of everything that scores and clusters depend on: what was kept under another is not used."""
    plan = audit.plan.matching.model_dump(mode="json", exclude={"survivorship", "anew_from"})
    libraries = [(name, version(name)) for name in ("splink", "duckdb")]
    return digest([plan, audit.plan.model.seed, code_digest("clean", "match"), libraries])


def earlier_match(audit: Context) -> Earlier | None:
    """Read what an earlier audit found; without its scores where they were made in another way."""
    stored = _earlier_match(audit)
    if stored is None:
        return None
    tables = {name: audit.workspace.read(audit.con, stored, name) for name in _KEPT}
    state = tables["match_settings"].to_pyarrow().to_pylist()[0]
    scored = None
    if state["how"] == _how_matched(audit):
        keys, pairs = (tables[name].to_pyarrow() for name in ("match_keys", "match_pairs"))
        scored = Scored(keys, pairs, json.loads(state["settings"]))
    return Earlier(tables["links"], scored)


def match(audit: Context) -> Mapping[str, Tabular]:
    """Find the duplicates among the records known at the period's end; what an earlier audit found is kept."""
    matching = audit.plan.matching
    found = deduplicate(
        known_customers(audit),
        threshold=matching.threshold,
        review_from=matching.review_from,
        seed=audit.plan.model.seed,
        decisions=read_decisions(audit.folder),
        survivorship=matching.survivorship,
        earlier=earlier_match(audit),
        anew_from=matching.anew_from,
    )
    state = {"how": [_how_matched(audit)], "settings": [json.dumps(found.scored.settings, sort_keys=True)]}
    sizes = collect(found.golden.group_by("records").agg(customers=lambda t: t.count()).order_by("records"))
    return {
        "golden": found.golden,
        "links": found.links,
        "review": found.review,
        "match_report": match_report(found.links, found.review),
        "cluster_sizes": sizes,
        "bridges": found.bridges,
        "controls": found.controls,
        "match_estimate": found.estimate,
        "golden_origins": found.origins,
        "golden_history": found.history,
        "customer_groups": found.groups,
        "merge_reasons": found.reasons,
        "match_keys": found.scored.keys,
        "match_pairs": found.scored.pairs,
        "match_settings": pd.DataFrame(state),
    }
