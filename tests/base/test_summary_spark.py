"""The same summary on a distributed engine."""

import datetime as dt

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custinsight.base import summarise

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spark():
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")
    builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    yield ibis.pyspark.connect(session)
    session.stop()


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
