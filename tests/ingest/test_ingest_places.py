"""Where sources may lie: the audit's folder and those that the plan names, and nothing else is opened."""

import os
import socket

import pytest
from ingest_exports import HEADER, MAPPING, values

from custinsight.errors import SourceError
from custinsight.ingest import check_sources, load_sources, source_files
from custinsight.plan import Source, read_plan

LINE = f"{HEADER}\n1,2024-01-05,7,1\n"


@pytest.fixture
def audit(tmp_path):
    """An audit's folder with another folder beside it."""
    for name in ("audit", "exports"):
        (tmp_path / name).mkdir()
    (tmp_path / "exports" / "log.csv").write_text(LINE)
    return tmp_path / "audit"


def load(audit, con, path, **changes):
    folders = changes.pop("folders", ())
    return load_sources([Source.model_validate({**MAPPING, "path": path, **changes})], audit, con, folders=folders)


def refused(audit, con, path, code, **changes):
    with pytest.raises(SourceError) as raised:
        load(audit, con, path, **changes)
    assert raised.value.code == code, raised.value
    return str(raised.value)


@pytest.mark.parametrize(
    "path", ["../exports/log.csv", "../exports", "../exports/*.csv", "../*/log.csv", "/etc/passwd"]
)
def test_files_outside_the_audits_folder_are_refused(audit, con, path):
    said = refused(audit, con, path, "OUTSIDE_FOLDERS")
    assert "must lie in audit.toml's folder or in one that the plan names under folders" in said
    assert str(audit.parent) not in said


def test_an_absolute_path_elsewhere_is_refused_even_if_nothing_is_there(audit, con):
    refused(audit, con, str(audit.parent / "exports" / "missing.csv"), "OUTSIDE_FOLDERS")


@pytest.mark.parametrize("path", ["../exports/log.csv", "../exports", "../exports/*.csv"])
def test_the_plan_opens_further_folders(audit, con, path):
    assert values(load(audit, con, path, folders=["../exports"]), "doc_id") == ["1"]


def test_a_folder_whose_name_begins_alike_is_another_folder(audit, con):
    (audit.parent / "exports-old").mkdir()
    (audit.parent / "exports-old" / "log.csv").write_text(LINE)
    refused(audit, con, "../exports-old/log.csv", "OUTSIDE_FOLDERS", folders=["../exports"])


def test_a_further_folder_must_exist(audit, con):
    with pytest.raises(SourceError, match=r"folders must name folders that exist, got '\.\./nowhere'"):
        load(audit, con, "../exports/log.csv", folders=["../nowhere"])


def test_the_plan_is_asked_for_its_folders(audit):
    source = '[[sources]]\nname = "log"\ntable = "transactions"\npath = "../exports/log.csv"\n'
    (audit / "audit.toml").write_text(f'folders = ["../exports"]\n{source}')
    plan = read_plan(audit / "audit.toml")
    assert [path.name for path in source_files(plan.sources[0], audit, plan.folders)] == ["log.csv"]
    with pytest.raises(SourceError):
        source_files(plan.sources[0], audit)


def test_lookups_stay_inside_as_well(audit, con):
    (audit / "log.csv").write_text(LINE)
    refused(
        audit, con, "log.csv", "OUTSIDE_FOLDERS", lookups=[{"path": "../exports/log.csv", "on": {"Customer": "No"}}]
    )


def test_a_link_that_leads_out_is_refused(audit, con):
    (audit / "log.csv").symlink_to(audit.parent / "exports" / "log.csv")
    refused(audit, con, "log.csv", "OUTSIDE_FOLDERS")
    refused(audit, con, "*.csv", "LINK")


def test_a_link_inside_is_read_when_it_is_named_and_refused_when_a_folder_is_read(audit, con):
    (audit / "data").mkdir()
    (audit / "data" / "log.csv").write_text(LINE)
    (audit / "data" / "again.csv").symlink_to("log.csv")
    assert values(load(audit, con, "data/again.csv"), "doc_id") == ["1"]
    for path in ("data", "data/*.csv", "*/*.csv"):
        assert "again.csv must be a file, got a link" in refused(audit, con, path, "LINK")


def test_a_linked_folder_is_not_walked(audit, con):
    (audit / "linked").symlink_to(audit.parent / "exports")
    refused(audit, con, "*/log.csv", "LINK")
    refused(audit, con, "linked/log.csv", "OUTSIDE_FOLDERS")


@pytest.mark.parametrize("path", ["pipe.csv", ".", "*.csv"])
def test_a_pipe_is_never_opened(audit, con, path):
    """Opening it would wait for somebody to write, for ever."""
    os.mkfifo(audit / "pipe.csv")
    assert "got a device, a pipe or a socket" in refused(audit, con, path, "NO_REGULAR_FILE")


def test_devices_and_sockets_are_never_opened(audit, con, monkeypatch):
    monkeypatch.chdir(audit)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("log.csv")
        refused(audit, con, "log.csv", "NO_REGULAR_FILE")
    refused(audit, con, "/dev/zero", "NO_REGULAR_FILE", folders=["/dev"])


def test_check_says_what_a_run_would_refuse(audit):
    source = Source.model_validate({**MAPPING, "path": "../exports/log.csv"})
    (found,) = check_sources([source], audit)
    assert "must lie in audit.toml's folder" in found.problems[0]
    assert check_sources([source], audit, folders=["../exports"])[0].problems == ()
