"""Files are there whole or not at all."""

import os
import signal
import subprocess
import sys
import time

import pytest

from custinsight.writers.atomic import replacing, sweep, write_text

FOREVER = """
import sys
from pathlib import Path
from custinsight.writers.atomic import write_text
print("ready", flush=True)
n = 0
while True:
    write_text(Path(sys.argv[1]), str(n % 10) * 200_000)
    n += 1
"""


def test_an_error_leaves_the_old_file_and_nothing_beside(tmp_path):
    path = write_text(tmp_path / "a.txt", "old")

    def fail(beside):
        beside.write_text("new")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), replacing(path) as beside:
        fail(beside)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made_and_line_ends_kept(tmp_path):
    path = write_text(tmp_path / "a" / "b" / "c.txt", "x\r\ny\n")
    assert path.read_bytes() == b"x\r\ny\n"


def test_a_link_is_replaced_and_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "link").symlink_to(precious)
    write_text(tmp_path / "link", "new")
    assert precious.read_text() == "mine"


def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_text("x")
    path = write_text(tmp_path / "ours", "x")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_long_name_can_be_written(tmp_path):
    assert write_text(tmp_path / ("n" * 240), "x").read_text() == "x"


@pytest.mark.skipif(os.name != "posix", reason="kills with SIGKILL")
def test_a_killed_writer_never_leaves_half_a_file(tmp_path):
    path = tmp_path / "report.html"
    for attempt in range(5):
        writer = subprocess.Popen([sys.executable, "-c", FOREVER, str(path)], stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(0.05 + attempt * 0.013)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        text = path.read_text()
        assert len(text) == 200_000
        assert len(set(text)) == 1
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_sweeping_spares_what_is_being_written_and_what_is_not_ours(tmp_path):
    (tmp_path / ".mine.tmp").write_text("x")
    (tmp_path / ".report.html.999999999.0123abcd.tmp").write_text("left over")
    with replacing(tmp_path / "report.html"):
        assert sweep(tmp_path) == 1
    assert {path.name for path in tmp_path.iterdir()} == {".mine.tmp", "report.html"}
    assert sweep(tmp_path / "not there") == 0
