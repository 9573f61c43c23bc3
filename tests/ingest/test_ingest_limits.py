"""A process that reads a workbook has enough memory for its work and no more."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys, numpy, pyarrow, python_calamine
from custinsight.sheets.limits import limit_process
limit_process(memory={memory}, cpu_seconds={seconds})
{work}
"""


def run(work, memory=1 << 30, seconds=30):
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(memory=memory, seconds=seconds, work=work)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_memory_up_to_the_limit_is_there_and_beyond_it_is_not():
    assert run("x = bytearray(800 << 20)").returncode == 0
    assert "MemoryError" in run("x = bytearray(1200 << 20)").stderr


def test_work_without_end_is_ended():
    assert run("while True: pass", seconds=2).returncode < 0


def test_no_file_is_written(tmp_path):
    target = tmp_path / "file"
    done = run(f"import pathlib; pathlib.Path({str(target)!r}).write_text('x')")
    assert "File too large" in done.stderr
    assert target.read_text() == ""


@pytest.mark.parametrize("module", ["reading", "scanning"])
def test_the_processes_import_nothing_heavy(module):
    script = f"import sys, custinsight.sheets.{module}; print(*sys.modules)"
    loaded = set(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout.split())
    assert not loaded & {"pandas", "ibis", "duckdb", "custinsight.ingest", "custinsight.plan"}
