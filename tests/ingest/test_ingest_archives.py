"""Exports inside gz and zip archives."""

import gzip
import io
import resource
import stat
import tempfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_exports import HEADER, MAPPING, codes, values

from custinsight.errors import SourceError
from custinsight.ingest import archives, check_sources, source_files
from custinsight.plan import Source


def lines(*numbers):
    return f"{HEADER}\n" + "".join(f"{number},2024-01-05,7,1.5\n" for number in numbers)


@pytest.fixture
def pack(tmp_path):
    """Write a zip archive of names and contents."""

    def pack(*, path="exports.zip", **members):
        with zipfile.ZipFile(tmp_path / path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path

    return pack


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder that archives are unpacked in, looked into afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def refused(load, path, code, **changes):
    with pytest.raises(SourceError) as raised:
        load(path=path, **changes)
    assert raised.value.code == code, raised.value
    return str(raised.value)


def test_a_gz_file_is_read_like_what_is_in_it(load, temporary):
    ingested = load(gzip.compress(lines("A1", "A2").encode("gb18030")), path="log.csv.gz")
    assert values(ingested, "doc_id") == ["A1", "A2"]
    assert ingested.load_report["file"].tolist() == ["log.csv.gz"]
    assert list(temporary.iterdir()) == []


def test_the_content_decides_not_the_name(load):
    assert values(load(gzip.compress(lines("A1").encode()), path="log.csv"), "doc_id") == ["A1"]


def test_all_exports_of_a_zip_archive_are_read(load, pack, temporary):
    path = pack(**{"b.csv": lines("B"), "a/a.txt": lines("A"), "readme.md": "x", "__MACOSX/a.csv": "x", ".b.csv": "x"})
    ingested = load(path=path)
    assert values(ingested, "doc_id") == ["A", "B"]
    assert ingested.load_report["file"].tolist() == ["exports.zip/a/a.txt", "exports.zip/b.csv"]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("exports.zip/sales_1.csv", ["1"]),
        ("exports.zip/sales_*.csv", ["1", "2"]),
        ("exports.zip/2023/*.csv", ["0"]),
        ("*.zip/sales_[2].csv", ["2"]),
    ],
)
def test_the_path_chooses_members(load, pack, path, found):
    pack(**{"sales_1.csv": lines("1"), "sales_2.csv": lines("2"), "2023/old.csv": lines("0")})
    assert values(load(path=path), "doc_id") == found


def test_archives_count_as_files_of_a_folder(load, pack, tmp_path):
    (tmp_path / "in").mkdir()
    pack(path="in/b.zip", **{"b.csv": lines("B")})
    (tmp_path / "in" / "a.csv.gz").write_bytes(gzip.compress(lines("A").encode()))
    (tmp_path / "in" / "c.csv").write_text(lines("C"))
    assert values(load(path="in"), "doc_id") == ["A", "B", "C"]


def test_any_kind_of_export_may_be_packed(load, pack):
    out = io.BytesIO()
    columns = {"No": ["A1"], "Date": ["2024-01-05"], "Customer": ["7"], "Amount": [1.5]}
    pq.write_table(pa.table(columns), out)
    assert values(load(path=pack(**{"log.parquet": out.getvalue()})), "doc_id") == ["A1"]


def test_rejects_and_lookups_name_the_file_in_the_archive(load, pack):
    path = pack(**{"log.csv": lines("A1") + "A2,soon,7,1\n", "customers.csv": "Customer,Owner\n7,Li\n"})
    ingested = load(
        path=f"{path}/log.csv",
        lookups=[{"path": f"{path}/customers.csv", "on": {"Customer": "Customer"}}],
        columns={**MAPPING["columns"], "owner_id": "customers.Owner"},
    )
    assert codes(ingested) == [(3, "BAD_DATE")]
    assert ingested.rejects["file"].tolist() == ["exports.zip/log.csv"]
    assert values(ingested, "owner_id") == ["Li"]


def test_chinese_names_of_old_archives_are_shown_rightly(load, tmp_path):
    """Windows packs names in GBK without saying so; here the flag that says UTF-8 is taken out of such an archive."""
    name = "销售_1月.csv"
    placeholder = "x" * len(name.encode("gbk"))
    with zipfile.ZipFile(tmp_path / "log.zip", "w") as archive:
        archive.writestr(placeholder, lines("A1"))
    content = (tmp_path / "log.zip").read_bytes().replace(placeholder.encode(), name.encode("gbk"))
    ingested = load(content, path="log.zip")
    assert ingested.load_report["file"].tolist() == [f"log.zip/{name}"]
    assert values(load(path="log.zip/销售*.csv"), "doc_id") == ["A1"]


def test_the_hash_covers_the_archive_itself(pack, tmp_path):
    pack(**{"a.csv": lines("A")})
    source = Source.model_validate({**MAPPING, "path": "exports.zip/a.csv"})
    assert source_files(source, tmp_path) == [tmp_path / "exports.zip"]


def test_check_looks_into_archives(pack, tmp_path):
    pack(**{"a.csv": lines("A"), "b.csv": "Nr\n1\n"})
    good, bad = check_sources([Source.model_validate({**MAPPING, "path": "exports.zip"})], tmp_path)
    assert (good.file, good.rows, good.problems) == ("exports.zip/a.csv", 1, ())
    assert "which exports.zip/b.csv lacks" in bad.problems[0]


def test_what_is_unpacked_is_private_and_gone_after_an_error(load, pack, temporary, monkeypatch):
    modes = []
    kind = archives.file_kind

    def spy(place, encoding=None):
        modes.extend(stat.S_IMODE(folder.stat().st_mode) for folder in temporary.iterdir())
        return kind(place, encoding)

    monkeypatch.setattr(archives, "file_kind", spy)
    refused(load, pack(**{"a.csv": "\0" * 500}), "NO_TABLE")
    with pytest.raises(SourceError, match="names the column 'No', which"):
        load(path=pack(**{"a.csv": "Nr\n1\n"}))
    assert set(modes) == {0o700}
    assert list(temporary.iterdir()) == []


def test_archives_inside_archives_are_refused(load, pack, tmp_path):
    pack(path="inner.zip", **{"a.csv": lines("A")})
    inner = (tmp_path / "inner.zip").read_bytes()
    refused(load, pack(**{"inner.zip": inner}), "NESTED_ARCHIVE")
    refused(load, pack(**{"a.csv": gzip.compress(b"x")}), "NESTED_ARCHIVE")


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil.csv"])
def test_names_that_lead_out_are_refused(load, pack, tmp_path, name):
    refused(load, pack(**{name: lines("A"), "good.csv": lines("B")}), "BAD_MEMBER")
    assert not list(tmp_path.parent.glob("evil.csv"))


def test_links_and_doubled_names_are_refused(load, tmp_path):
    with zipfile.ZipFile(tmp_path / "log.zip", "w") as archive:
        link = zipfile.ZipInfo("a.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    refused(load, "log.zip", "BAD_MEMBER")
    with zipfile.ZipFile(tmp_path / "log.zip", "w") as archive:
        archive.writestr("a.csv", lines("A"))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", lines("B"))
    refused(load, "log.zip", "BAD_MEMBER")


def test_an_encrypted_archive_is_refused(load, pack, tmp_path):
    content = bytearray((tmp_path / pack(**{"a.csv": lines("A")})).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[6] |= 1
    assert "must not be encrypted" in refused(lambda path: load(bytes(content), path=path), "exports.zip", "ENCRYPTED")


def test_damaged_archives_are_refused(load, pack, tmp_path):
    packed = gzip.compress(lines(*range(2000)).encode())
    refused(lambda path: load(packed[:-400], path=path), "log.csv.gz", "DAMAGED")
    whole = (tmp_path / pack(**{"a.csv": lines(*range(2000))})).read_bytes()
    refused(lambda path: load(whole[:-30], path=path), "exports.zip", "DAMAGED")
    flipped = bytearray(whole)
    flipped[200] ^= 4
    refused(lambda path: load(bytes(flipped), path=path), "exports.zip", "DAMAGED")


def test_an_archive_without_what_is_asked_for_is_named(load, pack):
    path = pack(**{"readme.md": "x"})
    refused(load, path, "NO_MEMBER")
    assert "none that fits 'sales.csv'" in refused(load, f"{path}/sales.csv", "NO_MEMBER")


def test_a_member_of_what_is_no_archive_is_named(load, tmp_path):
    (tmp_path / "log.csv").write_text(lines("A"))
    refused(load, "log.csv/a.csv", "NO_ARCHIVE")


def test_a_lookup_names_one_file_of_an_archive(load, pack):
    path = pack(**{"log.csv": lines("A1"), "customers.csv": "Customer,Owner\n7,Li\n"})
    lookups = [{"path": path, "on": {"Customer": "Customer"}}]
    assert "got 2. Name one: exports.zip/NAME" in refused(load, f"{path}/log.csv", "MANY_MEMBERS", lookups=lookups)


def test_too_many_members_are_refused(load, pack):
    refused(load, pack(**{f"{n}.csv": "" for n in range(10_001)}), "TOO_MANY_MEMBERS")


def test_a_disk_that_is_full_is_named(load, pack, temporary):
    path = pack(**{"a.csv": lines(*range(10_000))})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))  # no file may grow beyond this
    try:
        refused(load, path, "NO_ROOM")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(temporary.iterdir()) == []
