"""Files made to do harm, or damaged on their way: one sentence and a code, in bounded time and memory."""

import datetime as dt
import gzip
import io
import json
import random
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import msoffcrypto
import msoffcrypto.format.ooxml
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from ingest_exports import HEADER, report, values

from custinsight.errors import SourceError

HEAD = HEADER.split(",")
SECONDS, MEMORY = 60, 700
"""What a hostile file may take at most, on a busy machine; MiB on top of what the program takes anyway."""


def book(rows=(("A1", "2024-01-05", "7", 1),)):
    """Bytes of a small workbook."""
    workbook = openpyxl.Workbook()
    for row in (HEAD, *rows):
        workbook.active.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def with_parts(content, **parts):
    """Write other contents into parts of a zipped file; ``xl_sharedStrings_xml`` names ``xl/sharedStrings.xml``."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts.get(name) or old.read(name))
    return out.getvalue()


def sheet_xml(body, before=""):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{space}"><sheetData>{body}</sheetData></worksheet>'


@pytest.fixture
def bounded(tmp_path):
    """Load a file in a process of its own; fail if it takes more time or memory than a hostile file may."""

    def bounded(content, path):
        if content is not None:
            (tmp_path / path).write_bytes(content)
        command = [sys.executable, Path(__file__).with_name("hostile_child.py"), tmp_path, path]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
        found = json.loads(done.stdout)
        assert found["seconds"] < SECONDS
        assert max(found["grown"], found["children"]) < MEMORY
        assert str(tmp_path) not in found["said"]
        return found

    return bounded


def refused(load, content, path, code):
    with pytest.raises(SourceError) as raised:
        load(content, path=path)
    assert raised.value.code == code, raised.value
    return str(raised.value)


# bombs


def test_a_workbook_that_unpacks_to_gigabytes(bounded):
    out = io.BytesIO(book())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/x.bin", "w") as part:
        for _ in range(300):
            part.write(bytes(1 << 20))
    assert bounded(out.getvalue(), "log.xlsx")["code"] == "UNPACKS_TOO_LARGE"


def test_a_workbook_that_lies_about_its_sizes(bounded):
    """The directory says 1 kB for a sheet of 200 MB; whoever trusts it unpacks it all."""
    content = bytearray(with_parts(book(), **{"xl/worksheets/sheet1.xml": sheet_xml(" " * (200 << 20))}))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    at = content.index(b"PK\x01\x02", archive.start_dir)
    while content[at + 46 : at + 46 + len(entry.filename)] != entry.filename.encode():
        at = content.index(b"PK\x01\x02", at + 4)
    content[at + 24 : at + 28] = (1024).to_bytes(4, "little")
    assert bounded(bytes(content), "log.xlsx")["code"] in ("DAMAGED", "TOO_LARGE")


def test_a_zip_archive_that_unpacks_to_gigabytes(bounded, tmp_path):
    with zipfile.ZipFile(tmp_path / "log.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(3):
            with archive.open(f"{n}.csv", "w") as member:
                for _ in range(200):
                    member.write(bytes(1 << 20))
    found = bounded(None, "log.zip")
    assert found["code"] == "UNPACKS_TOO_LARGE"
    assert "log.zip must unpack to at most 300 times its size" in found["said"]


def test_a_gz_file_of_292_kb_that_unpacks_to_300_mb(bounded, tmp_path):
    with gzip.open(tmp_path / "log.csv.gz", "wb") as out:
        for _ in range(300):
            out.write(bytes(1 << 20))
    assert (tmp_path / "log.csv.gz").stat().st_size < 320_000
    before = set(Path(tempfile.gettempdir()).glob("custinsight-*"))
    assert bounded(None, "log.csv.gz")["code"] == "UNPACKS_TOO_LARGE"
    assert set(Path(tempfile.gettempdir()).glob("custinsight-*")) <= before


# workbooks


@pytest.mark.parametrize("declared", [True, False])
def test_a_cell_in_the_last_corner(bounded, tmp_path, declared):
    """Fourteen hundred bytes that would fill six gigabytes of memory, with and without saying so at the top."""
    workbook = xlsxwriter.Workbook(tmp_path / "log.xlsx")
    page = workbook.add_worksheet()
    page.write_row(0, 0, HEAD)
    page.write(1_048_575, 16_383, "boo")
    workbook.close()
    if not declared:
        content = (tmp_path / "log.xlsx").read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            part = archive.read("xl/worksheets/sheet1.xml")
        part = part.replace(b'<dimension ref="A1:XFD1048576"/>', b"")
        (tmp_path / "log.xlsx").write_bytes(with_parts(content, **{"xl/worksheets/sheet1.xml": part}))
    found = bounded(None, "log.xlsx")
    assert found["code"] == "TOO_MANY_CELLS"
    assert "must hold at most 60,000,000 cells" in found["said"]


def test_a_far_cell_before_near_ones_meets_the_limit_of_memory(bounded):
    """The end of the sheet does not tell; the process that reads it meets its limit and nobody else does."""
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    near = '<row r="2"><c r="A2"><v>1</v></c></row>' * 3000
    found = bounded(with_parts(book(), **{"xl/worksheets/sheet1.xml": sheet_xml(far + near)}), "log.xlsx")
    assert found["code"] in ("TOO_MANY_CELLS", "TOO_LARGE")


MANIFEST = "<manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>"
EMPTY_ODS = (
    "<o:document-content xmlns:o='urn:oasis:names:tc:opendocument:xmlns:office:1.0' "
    "xmlns:t='urn:oasis:names:tc:opendocument:xmlns:table:1.0'><o:body><o:spreadsheet><t:table t:name='Sheet1'/>"
    "</o:spreadsheet></o:body></o:document-content>"
)
LAUGHS = "".join(f'<!ENTITY {more} "{f"&{less};" * 10}">' for less, more in zip("abcdefgh", "bcdefghi", strict=True))
LAUGHS = f'<!DOCTYPE l [<!ENTITY a "ha">{LAUGHS}]>'
READS_A_FILE = '<!DOCTYPE l [<!ENTITY i SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("markup", [LAUGHS, READS_A_FILE])
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "docProps/core.xml"])
def test_document_types_inside_a_workbook(load, markup, part):
    content = book()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        there = archive.read(part).decode()
    start = there.index("?>") + 2 if there.startswith("<?xml") else 0
    said = refused(
        load, with_parts(content, **{part: there[:start] + markup + there[start:]}), "log.xlsx", "HOSTILE_MARKUP"
    )
    assert "root:" not in said


def test_an_encrypted_workbook(load):
    out = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(book())).encrypt("secret", out)
    assert "must not be encrypted" in refused(load, out.getvalue(), "log.xlsx", "ENCRYPTED")


@pytest.mark.parametrize("start", ["<html>", "\ufeff\n <!DOCTYPE html>", "<table>", '<?xml version="1.0"?><Workbook>'])
def test_a_web_page_saved_as_xls(load, start):
    page = f"{start}<table><tr><td>No</td></tr></table></html>".encode()
    assert "must be a table, got a web page" in refused(load, page, "log.xls", "WEB_PAGE")


def test_a_workbook_named_csv_and_a_csv_named_xlsx(load):
    assert values(load(book(), path="log.csv"), "doc_id") == ["A1"]
    assert values(load(f"{HEADER}\nA2,2024-01-05,7,1\n", path="log.xlsx"), "doc_id") == ["A2"]


def test_damaged_workbooks_are_refused_or_read_rightly(load, con):
    """A zip entry has a checksum: whatever is flipped, the right rows come out or none."""
    rng, content = random.Random(4), book([(f"A{n}", dt.date(2024, 1, 5), str(n), n / 4) for n in range(40)])
    right = values(load(content, path="log.xlsx"), "amount_net")
    refusals = []
    for _ in range(25):
        damaged = bytearray(content)
        damaged[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        try:
            assert values(load(bytes(damaged), path="log.xlsx"), "amount_net") == right
        except SourceError as error:
            refusals.append(error.code)
    assert len(refusals) > 5
    assert all(refusals)


# parquet


def rows_of_parquet(**options):
    n = 4000
    rng = random.Random(1)
    table = pa.table(
        {
            "No": [f"A{n}" for n in range(n)],
            "Date": [dt.date(2023, 1, 1) + dt.timedelta(rng.randrange(600)) for _ in range(n)],
            "Customer": [f"C{rng.randrange(500):05d}" for _ in range(n)],
            "Amount": [round(rng.lognormvariate(5, 1), 2) for _ in range(n)],
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=1500, **options)
    return out.getvalue()


def damage(content, rng, n):
    """Cut a file short, or flip one of its bits."""
    if n % 4 == 0:
        cut = rng.randrange(12, len(content) - 1)
        return content[:cut] + (content[-4:] if n % 8 else b"")
    flipped = bytearray(content)
    flipped[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def outcomes(load, content, corruptions):
    """How many damaged copies of a file were refused, read rightly, and read wrongly without a word."""
    rng, found = random.Random(34), {"refused": 0, "right": 0, "wrong": 0}

    def rows(content):
        table = load(content, path="log.parquet").tables["transactions"]
        return table.select("doc_id", "doc_date", "customer_id", "amount_net").to_pyarrow()

    right = rows(content)
    for n in range(corruptions):
        try:
            is_right = rows(damage(content, rng, n)).equals(right)
        except SourceError:
            found["refused"] += 1
        else:
            found["right" if is_right else "wrong"] += 1
    return found


def test_120_damaged_parquet_files_with_checksums_never_give_wrong_rows(load):
    found = outcomes(load, rows_of_parquet(write_page_checksum=True), 120)
    assert found["wrong"] == 0
    assert found["refused"] > 100


def test_parquet_packed_with_gzip_needs_no_checksums(load):
    assert outcomes(load, rows_of_parquet(compression="gzip"), 40)["wrong"] == 0


def test_most_damage_is_found_without_checksums_too(load):
    """Not all can be: where neither writer nor packer leaves a checksum, a flipped bit reads like another value."""
    found = outcomes(load, rows_of_parquet(compression="snappy"), 60)
    assert found["refused"] >= found["wrong"]


def test_a_value_outside_the_bounds_that_the_footer_notes_is_damage(load):
    columns = {"No": ["A1"] * 3, "Date": ["2024-01-05"] * 3, "Customer": ["7"] * 3, "Amount": [1.5, 1234.5, 2000.5]}
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="none", use_dictionary=False)
    grown = out.getvalue().replace(struct.pack("<d", 1234.5), struct.pack("<d", 9e9))
    assert grown != out.getvalue()
    assert "got a damaged one" in refused(load, grown, "log.parquet", "DAMAGED")


# text


def test_a_csv_of_200_000_rows_and_one_unclosed_quote(bounded):
    """The quote costs its own row; a plain reader would take all that follows for one value."""
    rows = [f"A{n},2024-01-05,{n % 500},1.5" for n in range(200_000)]
    rows[1000] = 'A1000,2024-01-05,"7,1.5'
    found = bounded("\n".join([HEADER, *rows]).encode(), "log.csv")
    assert (found["rows"], found["rejected"]) == (199_999, ["UNCLOSED_QUOTE"])


def test_a_csv_in_which_every_row_opens_a_quote(bounded):
    rows = [f'A{n},2024-01-05,"{n % 500},1.5' for n in range(200_000)]
    found = bounded("\n".join([HEADER, *rows, ""]).encode(), "log.csv")
    assert found["rejected"] == ["UNCLOSED_QUOTE"]


def test_a_csv_without_a_line_end(bounded):
    found = bounded(HEADER.encode() + b"x" * (100 << 20), "log.csv")
    assert "must have lines shorter than 16 MB" in found["said"]


def test_damage_that_is_met_late_leaves_nothing_behind(load, con, tmp_path):
    """By then, hundreds of thousands of rows have been typed."""
    n = 900_000
    numbers = pa.array(range(n), pa.int32())
    columns = {"No": numbers, "Date": pa.array(["2024-01-05"] * n), "Customer": numbers, "Amount": numbers}
    pq.write_table(pa.table(columns), tmp_path / "log.parquet", row_group_size=300_000, write_page_checksum=True)
    content = bytearray((tmp_path / "log.parquet").read_bytes())
    content[-(len(content) // 20)] ^= 1
    before = set(con.list_tables())
    refused(load, bytes(content), "log.parquet", "DAMAGED")
    assert not [name for name in set(con.list_tables()) - before if name.startswith("ingest_")]
    assert report(load(f"{HEADER}\nA1,2024-01-05,7,1\n"))["kept"] == 1


def test_a_document_type_inside_a_document_sheet(load):
    """Of ods files, too, the markup is looked at before anything is read."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", f'<?xml version="1.0"?>{READS_A_FILE}{EMPTY_ODS}')
    refused(load, out.getvalue(), "log.ods", "HOSTILE_MARKUP")
