"""What of a customer record is compared, and which values bring two records together to be compared at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ibis
import pyarrow as pa

from custinsight.match.further import further_blocks, further_keys
from custinsight.match.names import read_names
from custinsight.match.roles import Column

SHARED_BY_MOST = 30
"""A phone, e-mail or tax number in more records than this stands for nobody: 无, a switchboard, a test number."""

OWN_NAMES_MOST = 3
"""A phone number under more names than this belongs to nobody of them: an agent's, a building's, a switchboard's."""

PAIRS_PER_RECORD = 8
"""Pairs that one way of blocking may bring together, per record; its most frequent values are passed over."""

BLOCKS = (
    "name_sorted",
    "name_sound",
    "name_start",
    "address",
    "contact_place",
    "place_start",
    "place_sound",
    "place_initial",
    "email_domain",
)
BLOCK_LISTS = ("name_words", "name_slips")
"""What brings records together: texts and lists of texts in ``records``, each named ``block_…``."""

JUNK_SHARE = 0.005
JUNK_TIMES = 50
"""A day or code of a further column is junk when more than this share of the records, and this many times the usual
number, have it."""

_FEWEST_PAIRS = 50_000
_IDENTIFYING = ("phone_key", "other_phone_key", "email_key", "tax_key")
_TAKEN = (
    "parent_id",
    "customer_type",
    "name_key",
    "pinyin_key",
    "legal_form",
    "name_region",
    "branch_key",
    "contact_key",
    *_IDENTIFYING,
)


def take_keys(customers: ibis.Table, columns: Sequence[Column] = ()) -> pa.Table:
    """Take what matching needs out of cleaned customers.

    Parameters
    ----------
    customers : ibis.Table
        Cleaned customers with ``customer_id``; any other column may be absent.
    columns : sequence of Column
        Columns beside the canonical ones, from :func:`custinsight.match.roles.find_columns`.

    Returns
    -------
    pyarrow.Table
        One row per record, ordered by customer_id: record (0, 1, …), customer_id, parent_id, customer_type, the keys,
        city and address (in lower case, without what is written in several ways), then the further columns' keys.
    """

    def text(name: str) -> ibis.Value:
        return customers[name].cast("string") if name in customers.columns else ibis.null("string")

    city = text("city").lower().re_replace("(市|省)$", "").strip().nullif("")
    address = text("address").lower().re_replace(r"[\s,.;:#'()/\-]+", "").nullif("")
    taken = {name: text(name) for name in _TAKEN}
    chosen = customers.select(
        customer_id=text("customer_id"), **taken, city=city, address=address, **further_keys(customers, columns)
    )
    table = read_names(chosen.order_by("customer_id").to_pyarrow())
    return table.add_column(0, "record", pa.array(range(table.num_rows), pa.int64()))


def prepare(
    con: Any, keys: pa.Table, columns: Sequence[Column] = (), narrow: Callable[[Any, int], None] | None = None
) -> dict[str, int]:
    """Make the table ``records`` that pairs are drawn from and compared in.

    Parameters
    ----------
    con : Engine
    keys : pyarrow.Table
        From :func:`take_keys`, with ``record`` numbered from 0 without gaps.
    columns : sequence of Column
        Of the further columns among the keys.
    narrow : callable, optional
        Cuts ``records`` down to what a few fresh ones are compared with, once all are counted.

    Returns
    -------
    dict of str to int
        For each identifying column how many values were ignored because too many records share them.
    """
    con.register("keys", keys)
    most = dict.fromkeys(_IDENTIFYING, SHARED_BY_MOST) | find_limits(keys, columns)
    ignored = {}
    for name, limit in most.items():
        con.execute(_SHARED.format(name=name, most=limit))
        ignored[name] = con.execute(f"SELECT count(*) FROM shared_{name}").fetchone()[0]
    _make_records(con, columns)
    budget = max(_FEWEST_PAIRS, PAIRS_PER_RECORD * keys.num_rows)
    if narrow:
        narrow(con, budget)
    for name in (*BLOCKS, *_further(con)):
        con.execute(_KEEP_USEFUL.format(name=name, budget=budget))
    for name in BLOCK_LISTS:
        con.execute(_KEEP_USEFUL_OF_LIST.format(name=name, budget=budget))
    con.unregister("keys")
    shown = {column.key: column.name for column in columns}
    return {shown.get(name, name): n for name, n in ignored.items() if n}


def find_limits(keys: pa.Table, columns: Sequence[Column]) -> dict[str, int]:
    """Return for days and codes how many records may share a value before it is taken to stand for nobody.

    A value is junk (1900-01-01, 999999) when it is far more frequent than the column's values are on average; towns
    and given names are as frequent as they are.
    """
    return {
        column.key: int(max(SHARED_BY_MOST, JUNK_SHARE * keys.num_rows, JUNK_TIMES * _multiplicity(keys, column)))
        for column in columns
        if column.role in ("date", "code")
    }


def _multiplicity(keys: pa.Table, column: Column) -> float:
    return column.filled * keys.num_rows / max(column.distinct, 1)


def _make_records(con: Any, columns: Sequence[Column]) -> None:
    names = [column.key for column in columns if column.key]
    values = [_unshared(c.key) if c.role in ("date", "code") else c.key for c in columns if c.key]
    kept = "".join(f",\n        {value} AS {name}" for name, value in zip(names, values, strict=True))
    con.execute(_RECORDS.replace("/* further columns */", kept))
    filled = con.execute(
        "SELECT count(name_key), count(place), count(phone_key), count(email_key), count(address) FROM records"
    ).fetchone()
    canonical = ("name_key", "place", "phones", "email_key", "address")
    there = [name for name, n in zip(canonical, filled, strict=True) if n >= 2]
    blocks = further_blocks(columns, there)
    if blocks:
        more = ", ".join(f"{expression} AS {name}" for name, expression in blocks.items())
        con.execute(f"CREATE OR REPLACE TABLE records AS SELECT *, {more} FROM records ORDER BY record")


def _further(con: Any) -> list[str]:
    """Names of the blocks of further columns."""
    known = {f"block_{name}" for name in (*BLOCKS, *BLOCK_LISTS)}
    names = [row[0] for row in con.execute("DESCRIBE records").fetchall()]
    return [name.removeprefix("block_") for name in names if name.startswith("block_") and name not in known]


def _unshared(name: str) -> str:
    return f"CASE WHEN {name} NOT IN (SELECT value FROM shared_{name}) THEN {name} END"


# a unified code holds the number its company had before
_OLD_TAX_NUMBER = "CASE WHEN length(tax_key) = 18 THEN substr(tax_key, 3, 15) ELSE tax_key END"
_SHARED = """
CREATE OR REPLACE TEMP TABLE shared_{name} AS
SELECT {name} AS value FROM keys WHERE {name} IS NOT NULL GROUP BY 1 HAVING count(*) > {most}
"""
_RECORDS = rf"""
CREATE OR REPLACE TABLE records AS
WITH known AS (
    SELECT
        record, name_key, branch_key, address,
        -- a person who is its own contact says its name once, not twice
        nullif(contact_key, name_key) AS contact_key,
        -- Phoenix and Phoenix, AZ are one place
        coalesce(nullif(trim(regexp_replace(city, ',.*', '')), ''), name_region) AS place,
        name_key || '|' || legal_form || '|' || coalesce(city, name_region) AS registered,
        {_OLD_TAX_NUMBER} AS tax_number,
        CASE WHEN tax_key NOT IN (SELECT value FROM shared_tax_key) THEN {_OLD_TAX_NUMBER} END AS tax_key,
        {_unshared("email_key")} AS email_key,
        {_unshared("phone_key")} AS phone_key,
        {_unshared("other_phone_key")} AS other_phone_key,
        brand, trade,
        coalesce(regexp_matches(name_key, '[\x{{2e80}}-\x{{9fff}}]'), false) AS is_cjk,
        array_to_string(list_sort(string_split(name_key, ' ')), ' ') AS name_sorted,
        CASE WHEN regexp_matches(name_key, '[\x{{2e80}}-\x{{9fff}}]') THEN pinyin_key END AS name_sound
        /* further columns */
    FROM keys
), calls AS (
    SELECT record, name_sorted, phone_key AS phone FROM known WHERE phone_key IS NOT NULL
    UNION SELECT record, name_sorted, other_phone_key FROM known WHERE other_phone_key IS NOT NULL
), numbers AS (
    SELECT phone, count(DISTINCT name_sorted) AS names FROM calls GROUP BY phone
), called AS (
    SELECT
        record,
        list(phone ORDER BY phone) AS phones,
        list(phone ORDER BY phone) FILTER (names <= {OWN_NAMES_MOST}) AS own_phones
    FROM calls JOIN numbers USING (phone) GROUP BY record
)
SELECT
    known.*,
    CASE WHEN is_cjk THEN brand || trade ELSE name_key END AS core,
    -- what a shortened name is the beginning of; a Latin one ends with a word
    CASE WHEN is_cjk THEN brand || trade WHEN length(name_key) >= 4 THEN name_key || ' ' END AS whole,
    coalesce(phones, []) AS phones,
    coalesce(own_phones, []) AS own_phones,
    split_part(email_key, '@', 2) AS email_domain,
    name_sorted AS block_name_sorted,
    name_sound AS block_name_sound,
    CASE WHEN is_cjk THEN substr(name_key, 1, 3) ELSE substr(replace(name_key, ' ', ''), 1, 5) END AS block_name_start,
    CASE WHEN is_cjk OR name_key IS NULL THEN [] ELSE list_distinct(string_split(name_key, ' ')) END
        AS block_name_words,
    -- names that differ in one character share one of these
    CASE WHEN is_cjk AND length(name_key) BETWEEN 4 AND 12 THEN list_transform(
        generate_series(1, length(name_key)),
        lambda i: substr(name_key, 1, i - 1) || '_' || substr(name_key, i + 1)
    ) ELSE [] END AS block_name_slips,
    -- without floor and room
    regexp_replace(address, '号.*$', '号') AS block_address,
    contact_key || '|' || place AS block_contact_place,
    CASE WHEN is_cjk THEN place || '|' || substr(brand, 1, 2) END AS block_place_start,
    CASE WHEN is_cjk THEN place || '|' || substr(name_sound, 1, 6) END AS block_place_sound,
    place || '|' || substr(name_key, 1, 1) AS block_place_initial,
    split_part(email_key, '@', 2) AS block_email_domain
FROM known LEFT JOIN called USING (record)
ORDER BY record
"""

# the rarest values first, as long as their pairs fit into the budget
USEFUL_BLOCKS = """
    SELECT block FROM (
        SELECT block, n, sum(n * (n - 1) / 2) OVER (ORDER BY n, block) AS pairs
        FROM (SELECT block, count(*) AS n FROM single WHERE block IS NOT NULL GROUP BY block) WHERE n > 1
    ) WHERE pairs <= {budget}
"""
_KEEP_USEFUL = f"""
CREATE OR REPLACE TABLE records AS
WITH single AS (SELECT block_{{name}} AS block FROM records), useful AS ({USEFUL_BLOCKS})
SELECT records.* REPLACE (useful.block AS block_{{name}})
FROM records LEFT JOIN useful ON records.block_{{name}} = useful.block ORDER BY record
"""
_KEEP_USEFUL_OF_LIST = f"""
CREATE OR REPLACE TABLE records AS
WITH single AS (SELECT record, unnest(block_{{name}}) AS block FROM records),
     useful AS ({USEFUL_BLOCKS}),
     kept AS (
         SELECT record, list(block ORDER BY block) AS blocks FROM single SEMI JOIN useful USING (block) GROUP BY record
     )
SELECT records.* REPLACE (coalesce(blocks, []) AS block_{{name}})
FROM records LEFT JOIN kept USING (record) ORDER BY record
"""
