"""The same in Spark as in DuckDB: likeness, the table of records, cleaned customers, links and weights."""

import unicodedata

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custinsight import engine
from custinsight.clean import clean_customers
from custinsight.match import Decision, deduplicate, relink
from custinsight.match.engines import open_engine
from custinsight.match.records import prepare, take_keys
from custinsight.match.similarity import register_similarities
from custinsight.match.taking import take_records

# one worker runs them all: a session takes seconds to start and a gigabyte
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]

MARKS = [
    "",
    None,
    "华东贸易",
    "華東貿易",
    "华东贸易有限公司",
    "smith john",
    "john smith",
    "José",
    "𠮷野家",
    "吉野家",
    "👩‍👩‍👧",
    "ﬁrm",
    "firm",
]
TEXTS = [*MARKS, unicodedata.normalize("NFD", "José"), unicodedata.normalize("NFD", "が"), "が"]


def put(spark, name, frame):
    """Make a table in Spark."""
    session = engine.spark_session(spark.sql("SELECT 1 AS one"))
    session.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False)).createOrReplaceTempView(name)
    return spark.table(name)


@pytest.fixture(scope="module")
def customers(spark, demo):
    """The demo's first 300 records in Spark, and as they were given."""
    given = demo[0].head(300)
    return put(spark, "customers", given), given


@pytest.fixture(scope="module")
def matched(customers):
    """Both engines' results, Spark's first."""
    return tuple(deduplicate(table) for table in customers)


def fetch(table):
    return table.to_pyarrow().to_pandas()


@pytest.fixture(scope="module")
def engines(spark):
    """Spark and DuckDB, both with the functions of likeness."""
    opened = open_engine(spark.sql("SELECT 1 AS one")), open_engine(ibis.memtable({"one": [1]}))
    for con in opened:
        register_similarities(con)
    yield opened
    for con in opened:
        con.close()


def likeness(con, pairs):
    texts = {side: pa.array([pair[place] for pair in pairs], pa.string()) for place, side in enumerate("lr")}
    con.register("pairs", pa.table({"place": range(len(pairs)), **texts}))
    found = con.execute("SELECT name_similarity(l, r), text_similarity(l, r) FROM pairs ORDER BY place").fetchall()
    con.unregister("pairs")
    return found


def test_likeness_is_the_same_value_by_value(engines):
    pairs = [(left, right) for left in TEXTS for right in TEXTS]
    spark, duckdb = (likeness(con, pairs) for con in engines)
    assert spark == duckdb
    of = dict(zip(pairs, spark, strict=True))
    assert of["华东贸易", "華東貿易"] == (0.25, 0.25)
    assert of["𠮷野家", "吉野家"] == pytest.approx((2 / 3, 2 / 3), abs=1e-6)
    assert of[None, ""] == (None, None)


TEXT = st.none() | st.text(alphabet="华東贸易𠮷éabc \u0301", max_size=8)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=200))
def test_likeness_is_the_same_for_any_texts(engines, pairs):
    spark, duckdb = (likeness(con, pairs) for con in engines)
    assert spark == duckdb


def test_the_records_that_are_compared_are_the_same(engines, cleaned):
    keys = take_keys(engine.as_table(cleaned.head(300)))
    ignored = [prepare(con, keys) for con in engines]
    assert ignored[0] == ignored[1]
    spark, duckdb = (con.execute("SELECT * FROM records ORDER BY record").to_arrow_table() for con in engines)
    assert set(spark.column_names) == set(duckdb.column_names)
    assert all(spark[name].to_pylist() == duckdb[name].to_pylist() for name in duckdb.column_names)


def test_customers_are_cleaned_alike(customers):
    spark, given = (clean_customers(table) for table in customers)
    number = ["source_system", "source_id"]
    pd.testing.assert_frame_equal(fetch(spark.table.order_by(number)), given.table, check_dtype=False)
    pd.testing.assert_frame_equal(fetch(spark.changes.order_by([*number, "column"])), given.changes)


def test_other_columns_and_decisions_are_read_alike(spark):
    people = pd.DataFrame(
        {
            "customer_id": ["1", "2", "3", "4"],
            "given_name": ["Ann", "Anne", "Bob", "n/a"],
            "surname": ["Lee", "Lee", "O'Neil", "Cox"],
            "dob": ["1980/1/2", "2.1.1980", "31.12.1999", None],
            "nr": ["ab-12 3", "AB123", "xy.9", "z[8]"],
        }
    )
    decided = [Decision(("", "1"), ("", "2"), "2024-05-01T10:00:00Z", "same")]
    taken = [take_records(table, None, decided) for table in (put(spark, "people", people), people)]
    assert taken[0].further == taken[1].further
    assert taken[0].keys.to_pylist() == taken[1].keys.to_pylist()
    assert taken[0].rulings.same == taken[1].rulings.same == [(0, 1)]


def test_links_and_weights_are_the_same(matched):
    spark, duckdb = matched
    pd.testing.assert_frame_equal(fetch(spark.links), duckdb.links)
    pairs = [each.scored.pairs.to_pandas() for each in matched]
    pd.testing.assert_frame_equal(*pairs, check_exact=False, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", ["golden", "origins", "reasons", "review", "controls", "estimate"])
def test_all_that_comes_back_is_lazy_and_the_same(matched, name):
    spark, duckdb = (getattr(each, name) for each in matched)
    assert isinstance(spark, ibis.Table)
    pd.testing.assert_frame_equal(fetch(spark), duckdb, check_dtype=False)


def test_settings_do_not_tell_which_engine_learnt_them(matched, customers):
    spark, duckdb = (each.model.settings for each in matched)
    conditions = [
        [level["sql_condition"] for comparison in each["comparisons"] for level in comparison["comparison_levels"]]
        for each in (spark, duckdb)
    ]
    assert conditions[0] == conditions[1]
    assert spark["blocking_rules_to_generate_predictions"] == duckdb["blocking_rules_to_generate_predictions"]
    again = deduplicate(customers[1], settings=spark)
    pd.testing.assert_frame_equal(again.links, matched[1].links)


def test_a_later_period_is_matched_against_the_earlier(matched, customers, spark):
    _, given = customers
    before = matched[1]
    later = given.assign(mobile=given["mobile"].where(given.index % 40 != 7)).iloc[3:]
    in_spark, in_duckdb = (deduplicate(table, earlier=before) for table in (put(spark, "later", later), later))
    pd.testing.assert_frame_equal(fetch(in_spark.links), in_duckdb.links)
    pd.testing.assert_frame_equal(in_spark.history, in_duckdb.history)
    assert in_spark.model.settings == before.model.settings


def test_the_user_s_names_are_left_alone(matched, spark):
    # other tests of this session read files, which ibis names
    views = {view.viewName for view in spark.raw_sql("SHOW VIEWS").collect()}
    others = {name for name in views if not name.startswith(("custinsight_", "ibis_"))}
    assert others <= {"customers", "people", "later"}


def test_other_tables_follow_the_links(matched, spark):
    money = put(spark, "money", pd.DataFrame({"customer_id": matched[1].links["customer_id"], "cents": 5}))
    moved = fetch(relink(money, matched[1].links))
    assert set(moved["customer_id"]) == set(matched[1].golden["customer_id"])
