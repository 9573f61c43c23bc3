"""Five checks of a million customer records, beside pandera and Great Expectations doing the same five.

python benchmarks/checks.py [--rows 1000000] [--rounds 3] [--peers FOLDER]

A name is there, an e-mail address has its form, a tax number comes once, the salesperson is on the list, and no record
was created after its last update. They are counted, and then the rows that fail are named by their numbers as well;
pandera cannot count without naming. Each run is a process of its own, turn by turn; what is timed begins with the table
in memory. The peers get an environment of their own, made in FOLDER (kept, so that a second run is quick) or in a
temporary one. All checks of a full table of customers are timed as well.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import duckdb

PEERS = ("pandera>=0.24,<1", "great_expectations>=1.5,<2", "pyarrow")
CUSTOMERS = """
WITH base AS (
  SELECT i, 'ERP' AS source_system, lpad(i::VARCHAR, 8, '0') AS source_id,
    'C' || lpad(i::VARCHAR, 8, '0') AS customer_id,
    CASE WHEN hash(i) % 200 > 0 THEN '客户' || (hash(i) % 900000) END AS name_key,
    CASE WHEN hash(i + 1) % 10 = 0 THEN 'person' ELSE 'company' END AS customer_type,
    '行业' || (hash(i + 2) % 20) AS industry, '大区' || (hash(i + 3) % 8 // 2) AS region,
    ['上海', '南京', '杭州', '广州', '深圳', '武汉', '成都', '西安'][(hash(i + 3) % 8 + 1)::INT] AS city,
    ['21', '25', '571', '20', '755', '27', '28', '29'][(hash(i + 3 + (i % 50 = 0)::INT) % 8 + 1)::INT] AS area,
    CASE WHEN hash(i + 4) % 10 >= 3 THEN '91310000' || lpad((hash(i + 4) % 9500000)::VARCHAR, 10, 'M') END AS tax_id,
    CASE WHEN hash(i + 5) % 3 > 0 THEN '+86138' || lpad((hash(i + 5) % 99999999)::VARCHAR, 8, '0') END AS mobile,
    CASE WHEN hash(i + 7) % 4 > 0 THEN 'user' || (hash(i + 7) % 980000) END
      || CASE WHEN hash(i + 7) % 101 = 0 THEN '.example.com' ELSE '@example.com' END AS email,
    '王' || (hash(i) % 50000) AS contact_name, 'S' || lpad((hash(i + 8) % 520)::VARCHAR, 3, '0') AS owner_id,
    '业务员' || (hash(i + 8) % 520) AS owner_name, DATE '2018-01-01' + (hash(i + 9) % 2000)::INT AS created_date,
    DATE '2018-01-05' + (hash(i + 10) % 2550)::INT AS updated_at, 'active' AS status,
    ((hash(i + 11) % 500) * 1000)::DECIMAL(18, 4) AS credit_limit, (hash(i + 12) % 90)::BIGINT AS payment_days
  FROM range({rows}) t(i)
), numbers AS (
  SELECT * EXCLUDE (i, area), name_key || '有限公司' AS customer_name,
    city || '市人民路' || (i % 900) || '号' AS address,
    CASE WHEN hash(i + 6) % 3 > 0 THEN '+86' || area || lpad((hash(i + 6) % 8999999 + 62000000)::VARCHAR, 8, '0') END
      AS phone, CASE WHEN hash(i + 4) % 97 > 0 THEN tax_id END AS tax_key, FROM base
)
SELECT *, coalesce(mobile, phone) AS phone_key, CASE WHEN mobile IS NOT NULL THEN phone END AS other_phone_key,
  CASE WHEN email LIKE '%@%' THEN email END AS email_key,
  CASE WHEN email NOT LIKE '%@%' THEN 'BAD_EMAIL' ELSE '' END
    || CASE WHEN tax_id IS NOT NULL AND tax_key IS NULL THEN ',BAD_TAX_ID' ELSE '' END AS flags
FROM numbers
"""
OWNERS = "SELECT 'S' || lpad(i::VARCHAR, 3, '0') AS owner_id FROM range(500) t(i)"
FIVE = "source_id, customer_name, email, tax_key, owner_id, created_date, updated_at"

OURS = f"""
import datetime as dt, sys
from custinsight import engine
from custinsight.clean import check_records
from custinsight.plan_quality import OwnCheck, Quality
con = engine.connect()
con.raw_sql(f"CREATE TABLE customers AS SELECT {FIVE} FROM '{{sys.argv[1]}}'")
con.raw_sql(f"CREATE TABLE owners AS FROM '{{sys.argv[2]}}'")
tables = {{"customers": con.table("customers"), "owners": con.table("owners")}}
form = OwnCheck(name="form", table="customers", holds="email like '%_@_%'")
rules = Quality(required=("customer_name",))
def work():
    checked = check_records(tables, as_of=dt.date(2024, 12, 31), rules=rules, own=[form])
    found = checked.table.set_index("code")
    codes = ["HAS_CUSTOMER_NAME", "OWN_form", "UNIQUE_TAX", "KNOWN_OWNER_ID", "ORDER_CREATED_DATE"]
    return [int(found.denominator[code] - found.numerator[code]) for code in codes]
"""
OURS_NAMED = OURS.replace("    found =", "    rows = checked.rows.drop('value').to_pyarrow()\n    found =")
ALL = """
import datetime as dt, sys
from custinsight import engine
from custinsight.clean import check_records
con = engine.connect()
con.raw_sql(f"CREATE TABLE customers AS FROM '{sys.argv[1]}'")
con.raw_sql(f"CREATE TABLE owners AS FROM '{sys.argv[2]}'")
tables = {"customers": con.table("customers"), "owners": con.table("owners")}
def work():
    return [len(check_records(tables, as_of=dt.date(2024, 12, 31)).table), "checks"]
"""
FRAME = f"""
import sys
import pandas as pd
customers = pd.read_parquet(sys.argv[1], columns="{FIVE}".split(", "))
for name in ("created_date", "updated_at"):
    customers[name] = pd.to_datetime(customers[name])
owners = pd.read_parquet(sys.argv[2]).owner_id.tolist()
"""
PANDERA = (
    FRAME
    + """
import pandera.pandas as pa
schema = pa.DataFrameSchema(
    {
        "customer_name": pa.Column(nullable=False),
        "email": pa.Column(checks=pa.Check.str_matches(r".+@.+"), nullable=True),
        "tax_key": pa.Column(unique=True, nullable=True, report_duplicates="exclude_first"),
        "owner_id": pa.Column(checks=pa.Check.isin(owners)),
    },
    checks=pa.Check(lambda frame: frame.created_date <= frame.updated_at),
)
def work():
    try:
        schema.validate(customers, lazy=True)
    except pa.errors.SchemaErrors as found:
        return [len(found.failure_cases), "cells"]
"""
)
EXPECTATIONS = (
    FRAME
    + """
import great_expectations as gx
import great_expectations.expectations as gxe
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
asset = context.data_sources.add_pandas("memory").add_dataframe_asset("customers")
batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": customers})
suite = gx.ExpectationSuite(name="five", expectations=[
    gxe.ExpectColumnValuesToNotBeNull(column="customer_name"),
    gxe.ExpectColumnValuesToMatchRegex(column="email", regex=r".+@.+"),
    gxe.ExpectColumnValuesToBeUnique(column="tax_key"),
    gxe.ExpectColumnValuesToBeInSet(column="owner_id", value_set=owners),
    gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="updated_at", column_B="created_date", or_equal=True),
])
def work():
    return [result.result["unexpected_count"] for result in batch.validate(suite).results]
"""
)
NAMED = '{"result_format": "COMPLETE", "unexpected_index_column_names": ["source_id"]}'
EXPECTATIONS_NAMED = EXPECTATIONS.replace("validate(suite)", f"validate(suite, result_format={NAMED})")
TIMED = """
import resource, time
start, used = time.perf_counter(), time.process_time()
found = work()
wall, cpu = time.perf_counter() - start, time.process_time() - used
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print("\\nMEASURED", wall, cpu, peak, *found)
"""


WORKS = {
    "custinsight": (False, OURS),
    "Great Expectations": (True, EXPECTATIONS),
    "custinsight, rows named": (False, OURS_NAMED),
    "pandera, rows named": (True, PANDERA),
    "Great Expectations, rows named": (True, EXPECTATIONS_NAMED),
    "custinsight, all checks": (False, ALL),
}
"""Name to whether it needs the peers' environment, and its script."""


def environment(folder: Path) -> Path:
    """Make an environment with the peers; what is there already is used."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEERS]
        subprocess.run(install, check=True)
    return python


def timed(python: Path | str, script: str, *paths: Path) -> tuple[float, float, float, str]:
    """Wall seconds, processor seconds, peak memory (MiB) and findings of one run."""
    command = [python, "-W", "ignore", "-c", script + TIMED, *paths]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    wall, cpu, peak, *found = answer.rpartition("MEASURED")[2].split()
    return float(wall), float(cpu), float(peak), " ".join(found)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--peers", type=Path, help="folder of the peers' environment")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        peers = environment(given.peers or Path(folder, "peers"))
        paths = Path(folder, "customers.parquet"), Path(folder, "owners.parquet")
        for query, path in zip((CUSTOMERS.format(rows=given.rows), OWNERS), paths, strict=True):
            duckdb.sql(f"COPY ({query}) TO '{path}'")
        rounds = [
            {name: timed(peers if peer else sys.executable, script, *paths) for name, (peer, script) in WORKS.items()}
            for _ in range(given.rounds)
        ]
    print(f"{given.rows:,} rows, best of {given.rounds}; times over those of custinsight in the same round")
    for name in WORKS:
        wall, cpu = (min(one[name][n] for one in rounds) for n in (0, 1))
        base = "custinsight, rows named" if name.endswith("named") else "custinsight"
        over = [sorted(one[name][n] / one[base][n] for one in rounds)[given.rounds // 2] for n in (0, 1)]
        print(f"  {name:<32} {wall:6.2f} s wall x {over[0]:5.1f} {cpu:6.2f} s processor x {over[1]:5.1f}", end="")
        print(f" {rounds[0][name][2]:6,.0f} MiB   {rounds[0][name][3]}")


if __name__ == "__main__":
    main()
