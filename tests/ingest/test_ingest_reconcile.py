"""Nothing is lost: rows and cents of dirty files add up, whatever is in them."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_exports import MAPPING, codes, report, values

from custinsight import engine
from custinsight.errors import DataError
from custinsight.ingest import load_sources
from custinsight.ingest.reconcile import FileBooks, amount_frame
from custinsight.plan import Source

CELL = st.one_of(
    st.sampled_from(
        ["", "-", "7", "0012", "2024-01-05", "01/02/2024", "9999-12-31", "10.50", "(3)", "￥1,234.50", "1E+17"]
    ),
    st.sampled_from(
        ["合计", "a,b", 'say "x"', "two\nlines", "é", "\u00a0", "NULL", "#N/A", "x\x00y", "１２", "\u2028", '"', ";"]
    ),
    st.text(max_size=8).map(lambda text: text.replace("\r", "")),
)
LINE = st.one_of(
    st.lists(CELL, min_size=4, max_size=4),
    st.tuples(
        st.just("A1"), st.just("2024-01-05"), st.sampled_from(["7", "8"]), st.sampled_from(["1", "2.50", "-3"])
    ).map(list),
    st.lists(CELL, min_size=1, max_size=6),
)
RAW = st.sampled_from(
    ['A1,2024-01-05,"7,1', "A1,2024-01-05,7", 'A1,2024-01-05,7"8,1', "合计,,,3", "", ",,,", '"""', "A1,2024-01-05,7,1,"]
)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.one_of(LINE, RAW), min_size=1, max_size=25),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_dirty_files_reconcile(tmp_path_factory, con, lines, encoding):
    """Loading checks rows and cents itself and would raise; here the reader is checked against Python's own."""
    written = io.StringIO()
    for line in [["No", "Date", "Customer", "Amount"], *lines]:
        if isinstance(line, str):
            written.write(line + "\n")
        else:
            csv.writer(written, lineterminator="\n").writerow(line)
    content = written.getvalue().encode("utf-8", "ignore").decode()
    folder = tmp_path_factory.mktemp("dirty")
    (folder / "log.csv").write_bytes(content.encode(encoding))
    source = Source.model_validate({**MAPPING, "path": "log.csv"})
    try:
        ingested = load_sources([source], folder, con)
    except Exception as error:
        assert "must hold rows behind its header" in str(error)  # noqa: PT017
        return
    books = report(ingested)
    assert books["in"] == books["kept"] + books["rejected"] + books["total_lines"] + books["out_of_scope"]
    assert books["rejected"] == len(ingested.rejects)
    assert books["kept"] == len(values(ingested, "doc_id"))
    assert (ingested.load_amounts["difference"] == 0).all()
    assert ingested.rejects["line"].between(2, content.count("\n") + 1).all()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=6), min_size=4, max_size=4
        ),
        min_size=1,
        max_size=30,
    )
)
def test_well_formed_files_are_read_as_python_reads_them(tmp_path_factory, cells):
    """Any text in quotes comes back as it was, with the line that it starts on."""
    from custinsight.ingest.places import Place
    from custinsight.ingest.raw import Layout
    from custinsight.ingest.readers_text import TextFile

    cells = [[f"k{n}", *row[1:]] for n, row in enumerate(cells)]
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["a", "b", "c", "d"], *cells])
    path = tmp_path_factory.mktemp("well") / "log.csv"
    path.write_bytes(written.getvalue().encode())
    file = TextFile(Place(path, "log.csv", "log"), Layout(encoding="utf-8"))
    rows = [row for chunk in file.chunks(range(4)) for row in chunk.to_pylist()]
    fits = [row for row in cells if sum(value.count("\n") for value in row) < 20]
    read = [[row["c0"], row["c1"], row["c2"], row["c3"]] for row in rows]
    assert [row for row in read if row in cells] == fits
    lines = written.getvalue().split("\n")
    assert all(lines[row["line"] - 1].startswith(f'"{row["c0"]}"') for row in rows)


def test_amounts_are_booked_per_currency_and_destination(load):
    content = (
        "No,Date,Customer,Amount,Cur,Type\nA1,2024-01-05,7,0.10,CNY,S\nA2,2024-01-05,7,0.20,CNY,S\n"
        "A3,bad,7,5.55,CNY,S\nA4,2024-01-05,7,9,USD,S\nA5,2024-01-05,7,7,USD,P\nA6,2024-01-05,7,3,,S\n合计,,,1,,\n"
    )
    columns = {**MAPPING["columns"], "currency": "Cur"}
    ingested = load(content, columns=columns, constants={}, keep={"Type": ["S"]})
    amounts = ingested.load_amounts.set_index("currency")
    assert amounts.loc["CNY", "amount_in":].tolist() == [5.85, 0.3, 5.55, 0.0, 0.0]
    assert amounts.loc["USD", "amount_in":].tolist() == [16.0, 9.0, 0.0, 7.0, 0.0]
    assert amounts.loc["", "amount_in":].tolist() == [3.0, 0.0, 3.0, 0.0, 0.0]


def test_tables_without_amounts_have_none(load):
    people = {
        "name": "crm",
        "table": "customers",
        "columns": {"customer_id": "Id", "customer_name": "Name"},
        "constants": {},
    }
    assert load("Id,Name\n1,Ann\n", **people).load_amounts.empty


def test_a_row_that_is_unaccounted_for_stops_the_load(load):
    source = Source.model_validate({**MAPPING, "path": "log.csv"})
    with pytest.raises(DataError, match="5 came in, 4 went on"):
        FileBooks("log.csv", "utf-8", rows_in=5, kept=3, rejected=1).close(source)


def test_a_cent_that_is_unaccounted_for_stops_the_load():
    import pandas as pd

    source = Source.model_validate({**MAPPING, "path": "log.csv"})
    gone = pd.DataFrame(
        {"currency": ["CNY"], "amount_in": [10.0], "amount_rejected": [1.0], "amount_out_of_scope": [0.0]}
    )
    with pytest.raises(DataError, match="must reconcile to the cent, got a difference in CNY"):
        amount_frame(source, gone, pd.DataFrame({"currency": ["CNY"], "amount_kept": [8.99]}))


def test_one_and_two_threads_give_the_same_tables(tmp_path):
    body = "".join(f"A{n},2024-01-{n % 28 + 1:02d},{n % 997},{n / 100}\n" for n in range(20_000))
    (tmp_path / "log.csv").write_text(f"No,Date,Customer,Amount\n{body}")
    source = Source.model_validate({**MAPPING, "path": "log.csv"})
    frames = [
        engine.collect(load_sources([source], tmp_path, engine.connect(threads=n)).tables["transactions"])
        for n in (1, 2)
    ]
    assert frames[0].equals(frames[1])


def test_rejects_lie_in_the_order_of_the_file(load):
    ingested = load(
        'No,Date,Customer,Amount\nA1,bad,7,1\nA2,2024-01-05,7\nA3,bad,7,1\n"A4,2024-01-05,7,1\nA5,bad,7,1\n'
    )
    assert [line for line, _ in codes(ingested)] == [2, 3, 4, 5, 6]
