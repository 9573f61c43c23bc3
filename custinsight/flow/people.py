"""The clean and match stages: customer records become golden customers."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

import ibis

from custinsight.clean import clean_customers
from custinsight.clean.memory import LIBRARIES
from custinsight.engine import Tabular, collect
from custinsight.flow.context import Context
from custinsight.match import deduplicate, in_force, match_report, read_decisions
from custinsight.privacy import pseudonym_key
from custinsight.privacy.remembered import Remembered
from custinsight.workspace import code_digest, digest


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
    """Day on which the newest customer known at the period's end was created, and what people decided.

    Two periods between which no customer was created share one match, as long as nobody decides anything.
    """
    customers = known_customers(audit)
    decided = in_force(read_decisions(audit.folder)).values()
    return [str(customers.created_date.max().execute()), [(*each.pair, each.answer, each.how) for each in decided]]


def known_customers(audit: Context) -> ibis.Table:
    """Customer records that existed at the period's end."""
    customers = audit.read("customers")
    return customers.filter(customers.created_date.isnull() | (customers.created_date <= audit.period.end))


def match(audit: Context) -> Mapping[str, Tabular]:
    """Find the duplicates among the records known at the period's end."""
    matching = audit.plan.matching
    found = deduplicate(
        known_customers(audit),
        threshold=matching.threshold,
        review_from=matching.review_from,
        seed=audit.plan.model.seed,
        decisions=read_decisions(audit.folder),
    )
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
    }
