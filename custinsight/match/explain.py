"""Why records were merged: for each merge the few facts that decided it, as codes that can be said in words.

The merges of a customer of n records are the n − 1 strongest pairs that hold it together (its maximum spanning tree).
The facts of a pair are its comparisons, by the bits that each added or took away; nothing personal but the last two
characters of a number that both have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from custinsight.engine import as_table, beside, collect
from custinsight.errors import DataError
from custinsight.words import Message, Words, msg

MOST_FOR, MOST_AGAINST = 4, 2
"""Facts of a merge that are told."""

_LEAST_BITS = 0.5
_REASONS = pa.schema(
    [
        ("customer_id_l", pa.string()),
        ("customer_id_r", pa.string()),
        ("probability", pa.float64()),
        ("rank", pa.int64()),
        ("fact", pa.string()),
        ("direction", pa.string()),
        ("weight", pa.float64()),
        ("hint", pa.string()),
    ]
)

FACTS: Mapping[str, Message] = {
    "same_tax": msg("same tax number"),
    "other_tax": msg("different tax numbers"),
    "same_name": msg("same name"),
    "same_words": msg("same words in the name"),
    "name_one_character": msg("names differ in one character"),
    "name_alike": msg("names are alike"),
    "other_name": msg("different names"),
    "same_phone": msg("same phone"),
    "other_phone": msg("different phones"),
    "same_email": msg("same e-mail"),
    "email_alike": msg("e-mails are alike"),
    "other_email": msg("different e-mails"),
    "same_contact": msg("same contact person"),
    "contact_alike": msg("contact persons' names are alike"),
    "other_contact": msg("different contact persons"),
    "same_place": msg("same city"),
    "place_alike": msg("cities are alike"),
    "other_place": msg("different city"),
    "same_address": msg("same address"),
    "address_alike": msg("addresses are alike"),
    "other_address": msg("different addresses"),
    "same_more": msg("another field agrees"),
    "other_more": msg("another field differs"),
    "contact_of": msg("its source names it as a contact of this company"),
}
"""Fact to words."""

_COMPARED = {
    "tax_key": "tax",
    "name_key": "name",
    "phones": "phone",
    "email_key": "email",
    "contact_key": "contact",
    "place": "place",
    "address": "address",
}


def explain_merges(pairs: pa.Table, compared: pa.Table, contacts: pd.DataFrame, links: ibis.Table) -> ibis.Table:
    """Tell what decided each merge.

    Parameters
    ----------
    pairs : pyarrow.Table
        Scored pairs: record_l, record_r (places in ``compared``), weight, probability, is_joined, mw_….
    compared : pyarrow.Table
        Keys of the records.
    contacts : DataFrame
        customer_id_l (company) and customer_id_r (its contact) of the records that are only a contact.
    links : ibis.Table
        customer_id and golden_id.

    Returns
    -------
    ibis.Table
        One row per merge and fact: golden_id, customer_id_l, customer_id_r, probability, rank (1 is what weighed
        most), fact (a key of :data:`FACTS`), direction (for, against), weight (bits), hint (the last two characters of
        a number that both have, else empty).
    """
    merges = _spanning(pairs.filter(pairs["is_joined"]), compared.num_rows)
    facts = pa.Table.from_pandas(
        pd.concat([_facts(merges, compared), _contact_facts(contacts)], ignore_index=True),
        schema=_REASONS,
        preserve_index=False,
    )
    table = beside(ibis.memtable(facts), links)
    known = links.select(link__record="customer_id", golden_id="golden_id")
    joined = table.inner_join(known, table.customer_id_l == known.link__record)
    return joined.select("golden_id", *_REASONS.names).order_by("golden_id", "customer_id_l", "customer_id_r", "rank")


def _spanning(joined: pa.Table, n: int) -> pa.Table:
    """Keep the strongest pairs that hold each customer together."""
    left, right = joined["record_l"].to_numpy(), joined["record_r"].to_numpy()
    weight = joined["weight"].to_numpy()
    # no two costs are equal, so that there is one tree
    cost = np.empty(len(weight))
    cost[np.lexsort((right, left, -weight))] = np.arange(1, len(weight) + 1)
    tree = minimum_spanning_tree(coo_array((cost, (left, right)), shape=(n, n)).tocsr())
    return joined.filter(pa.array(np.isin(cost, tree.data)))


def _facts(merges: pa.Table, compared: pa.Table) -> pd.DataFrame:
    """List the facts of each merge, those that weighed most first."""
    ends = {side: compared.take(merges[f"record_{side}"]) for side in "lr"}
    parts = []
    for column in (name for name in merges.column_names if name.startswith("mw_")):
        weight = merges[column].to_numpy()
        fact = _name_facts(column.removeprefix("mw_"), weight, ends)
        part = merges.select(["customer_id_l", "customer_id_r", "probability"]).to_pandas()
        part = part.assign(fact=fact, weight=np.round(weight, 2), hint=_hints(fact, ends))
        parts.append(part[np.abs(weight) >= _LEAST_BITS])
    if not parts:
        return _REASONS.empty_table().to_pandas()
    table = pd.concat(parts, ignore_index=True)
    table["direction"] = np.where(table["weight"] > 0, "for", "against")
    pair = ["customer_id_l", "customer_id_r"]
    table = table.assign(size=-table["weight"].abs()).sort_values([*pair, "size", "fact"], ignore_index=True)
    place = table.groupby([*pair, "direction"]).cumcount()
    table = table[place < np.where(table["direction"] == "for", MOST_FOR, MOST_AGAINST)]
    return table.assign(rank=table.groupby(pair).cumcount() + 1)[_REASONS.names]


def _name_facts(name: str, weight: Any, ends: Mapping[str, pa.Table]) -> Any:
    """Name what a comparison says of each pair."""
    short = _COMPARED.get(name, "more")
    fact = np.where(weight > 0, f"same_{short}", f"other_{short}").astype(object)
    if name not in ends["l"].column_names or short in ("tax", "more"):
        return fact
    left, right = (_texts(ends[side][name]) for side in "lr")
    differs = (left != right) & (weight > 0)
    fact[differs] = f"{short}_alike"
    if short == "name":
        words = np.array([sorted(one.split()) == sorted(other.split()) for one, other in zip(left, right, strict=True)])
        distance = process.cpdist(left.tolist(), right.tolist(), scorer=Levenshtein.distance)
        fact[differs & (distance == 1)] = "name_one_character"
        fact[differs & words.astype(bool)] = "same_words"
        fact[(left == right) & (left != "")] = "same_name"
    return fact


def _hints(fact: Any, ends: Mapping[str, pa.Table]) -> Any:
    """Show the end of the number that both records have."""
    hints = np.full(len(fact), "", dtype=object)
    tax = fact == "same_tax"
    hints[tax] = ["…" + value[-2:] for value in _texts(ends["l"]["tax_key"])[tax]]
    columns = ("phone_key", "other_phone_key")
    numbers = {side: list(zip(*(_texts(ends[side][name]) for name in columns), strict=True)) for side in "lr"}
    for i in np.flatnonzero(fact == "same_phone"):
        common = sorted((set(numbers["l"][i]) & set(numbers["r"][i])) - {""})
        hints[i] = "…" + common[0][-2:] if common else ""
    return hints


def _texts(column: pa.ChunkedArray) -> Any:
    return np.array(column.fill_null("").to_pylist(), dtype=object)


def _contact_facts(contacts: pd.DataFrame) -> pd.DataFrame:
    return contacts[["customer_id_l", "customer_id_r"]].assign(
        probability=1.0, rank=1, fact="contact_of", direction="for", weight=np.nan, hint=""
    )


def explain_merge(matched: Any, golden_id: str, language: str = "en") -> pd.DataFrame:
    """Say in words why the records of a customer were merged.

    Parameters
    ----------
    matched : Matched or Audit
        Result of :func:`custinsight.deduplicate`, or an audit.
    golden_id : str
    language : str
        Such as ``en`` or ``zh-CN``.

    Returns
    -------
    pandas.DataFrame
        One row per merge: customer_id_l, customer_id_r, probability, speaks_for, speaks_against (facts in words,
        what weighed most first).

    Raises
    ------
    DataError
        No records were merged into this customer.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> reasons = pd.DataFrame({"golden_id": "1", "customer_id_l": "1", "customer_id_r": "2", "probability": 0.9,
    ...     "rank": [1, 2], "fact": ["same_tax", "other_place"], "direction": ["for", "against"],
    ...     "weight": [14.1, -2.0], "hint": ["…3B", ""]})
    >>> explain_merge(SimpleNamespace(reasons=reasons), "1").iloc[0, 3:].tolist()
    ['same tax number (…3B)', 'different city']
    """
    table = as_table(matched.reasons if hasattr(matched, "reasons") else matched.read("merge_reasons"))
    rows = collect(table.filter(table.golden_id == golden_id), max_rows=None)
    if rows.empty:
        raise DataError("No records were merged into the customer {golden_id}.", golden_id=golden_id)
    return say_merges(rows, Words(language))


def say_merges(reasons: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Put the facts of each merge into words; one row per merge, as :func:`explain_merge` gives them."""
    pair = ["customer_id_l", "customer_id_r"]
    rows = reasons.sort_values([*pair, "rank"])
    said = [
        words(FACTS[fact]) + (f" ({hint})" if hint else "")
        for fact, hint in zip(rows["fact"], rows["hint"], strict=True)
    ]
    rows = rows.assign(said=said)
    table = rows.drop_duplicates(pair)[[*pair, "probability"]]
    for direction in ("for", "against"):
        joined = rows[rows["direction"] == direction].groupby(pair)["said"].agg("; ".join)
        table = table.merge(joined.rename(f"speaks_{direction}").reset_index(), on=pair, how="left")
    return table.fillna({"speaks_for": "", "speaks_against": ""})
