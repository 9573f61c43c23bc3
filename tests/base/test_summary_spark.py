"""The same summary and the same lenses on a distributed engine."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custinsight.base import lenses, read_purchases, summarise

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]


@pytest.mark.parametrize("whole", [False, True])
def test_spark_and_duckdb_agree(spark, lines, tmp_path, whole):
    frame = lines(
        ("a", "1", dt.date(2024, 1, 3), 5.25),
        ("a", "2", dt.date(2024, 2, 5), 7),
        ("a", "5", dt.date(2024, 2, 5), 1),
        ("b", "3", dt.date(2024, 3, 1), 3),
        ("b", "R", dt.date(2024, 3, 4), -3),
        ("c", "4", dt.date(2024, 1, 1), 9),
        ("c", "6", dt.date(2024, 5, 1), 2),
        return_of=[None, None, None, None, "3", None, None],
    )
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / "lines.parquet")
    table = spark.read_parquet(str(tmp_path / "lines.parquet"))
    options = {"end": "2024-06-30", "unit": "M", "calibration_end": "2024-03-31", "whole_units": whole}
    found = summarise(table, **options).order_by("customer_id").to_pandas()
    pd.testing.assert_frame_equal(found, summarise(frame, **options), check_dtype=False)
    assert found["customer_id"].tolist() == ["a", "c"]


@pytest.mark.parametrize("lens", [lenses.cohorts, lenses.whole_base])
def test_lenses_of_spark_and_duckdb_agree(spark, tmp_path, lens):
    rng = np.random.default_rng(1)
    days = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 1000, 900), unit="D")
    amounts = rng.uniform(-20, 100, 900).round(2)
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{n}" for n in rng.integers(0, 80, 900)],
            "doc_id": [f"D{n}" for n in range(900)],
            "doc_date": days.date,
            "amount_net": amounts,
            "cost": (amounts * 0.7).round(2),
        }
    )
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / "lines.parquet")
    found = lens(read_purchases(spark.read_parquet(str(tmp_path / "lines.parquet"))), by="Q")
    known = lens(read_purchases(frame), by="Q")
    tables = {name: table for name, table in vars(known).items() if isinstance(table, pd.DataFrame)}
    assert tables
    for name, table in tables.items():
        pd.testing.assert_frame_equal(getattr(found, name), table, check_dtype=False)
