"""The processes that read a workbook for us: started, listened to, and ended when they take too long."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from custinsight.errors import SourceError
from custinsight.ingest.places import Place
from custinsight.sheets import reading, scanning

SECONDS = 600
"""Longest time to wait for the next answer of a process."""
_PACKAGE = Path(__file__).parents[2]
# nothing else of the environment, which may hold passwords, goes to a process that opens files from outside
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV")


class SheetProcess:
    """A sheet being read in a process of its own, while another one looks at the workbook's XML.

    Parameters
    ----------
    place : Place
    sheet : str, optional
        The first visible sheet when none is given.
    head : int
        Rows down to the header's last one.
    decimal : str

    Attributes
    ----------
    sheet : str
    head : list of list of str
        The first rows as text.
    merged : list
        First and last cell of each merged range, as (row, column) counted from 0.
    scan : scanning.Scan
    empty : ndarray of int64
        Cells that hold an error or a formula without a value, sorted: row * 16384 + column.

    Raises
    ------
    SourceError
        The workbook is encrypted, damaged or too large, holds a document type, or has no such sheet.
    """

    def __init__(self, place: Place, sheet: str | None, head: int, decimal: str) -> None:
        self._place = place
        path = str(place.path.resolve())
        self._process = _start("reading", {"path": path, "sheet": sheet, "head": head, "decimal": decimal})
        self.close = weakref.finalize(self, _end, self._process)
        try:
            self.sheet = self._name(sheet, path)
            self.scan, self.empty = self._look({"path": path, "sheet": self.sheet, "head": head})
            answer = self._answer(sheet)
        except BaseException:
            self.close()
            raise
        self.head: list[list[str]] = answer["head"]
        self.merged: list[list[list[int]]] = answer["merged"]

    def tables(self, rows: int) -> Iterator[pa.Table]:
        """Yield the rows below the head in tables of about ``rows`` rows, then end the process.

        Raises
        ------
        SourceError
            The process ended before the sheet did.
        """
        batches = iter(self._batches())
        while True:
            parts: list[pa.RecordBatch] = []
            with self._deadline():
                for batch in batches:
                    parts.append(batch)
                    if sum(part.num_rows for part in parts) >= rows:
                        break
            if not parts:
                return
            yield pa.Table.from_batches(parts).combine_chunks()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from pa.ipc.open_stream(self._process.stdout)
        except (pa.ArrowException, OSError) as error:
            raise self._broken() from error
        # a stream that ends early looks like one that is whole; only the end code tells them apart
        if self._process.wait():
            raise self._broken()
        self.close()

    def _name(self, wanted: str | None, path: str) -> str:
        try:
            return str(self._answer(wanted)["sheet"])
        except SourceError:
            # the XML may tell more plainly why the workbook cannot be opened
            self._look({"path": path, "sheet": "", "head": 0})
            raise

    def _answer(self, wanted: str | None) -> dict[str, Any]:
        assert self._process.stdout is not None
        with self._deadline():
            line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._broken()
        answer: dict[str, Any] = json.loads(line)
        if "fault" in answer:
            raise _refusal(self._place, answer["fault"], wanted, answer.get("there", ()))
        return answer

    def _look(self, job: dict[str, Any]) -> tuple[scanning.Scan, np.ndarray]:
        """Look at the XML of a workbook that has some."""
        if not _is_zip(self._place.path):
            return scanning.Scan(), np.array([], np.int64)
        process = _start("scanning", job)
        try:
            answer, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            answer = b""
        finally:
            _end(process)
        if process.returncode:
            raise _refusal(self._place, reading.TOO_LARGE)
        line, _, rest = answer.partition(b"\n")
        scan = scanning.Scan(**json.loads(line))
        if scan.fault:
            raise _refusal(self._place, scan.fault)
        return scan, np.sort(np.frombuffer(rest, np.int64))

    def _broken(self) -> SourceError:
        """Say why the process ended: it was ended by the system or by us, unless it ended by itself."""
        code = self._process.wait()
        return _refusal(self._place, reading.TOO_LARGE if code < 0 else reading.DAMAGED)

    @contextlib.contextmanager
    def _deadline(self) -> Iterator[None]:
        timer = threading.Timer(SECONDS, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _start(module: str, job: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start a process anew: a copy of this one would copy the engine's threads and locks."""
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    # the folder that the user happens to be in is no place to import from (-P), the folder of this package is
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_PACKAGE), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-P", "-m", f"custinsight.sheets.{module}", json.dumps(job)]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command, stdin=nothing, stdout=pipe, stderr=nothing, env=environment)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _is_zip(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


def _refusal(place: Place, fault: str, wanted: str | None = None, there: list[str] | tuple[()] = ()) -> SourceError:
    """Say what is wrong with a workbook."""
    if fault == reading.ENCRYPTED:
        return SourceError(
            "sources.{source}.{key}: {file} must not be encrypted. Save it without a password.",
            code="ENCRYPTED",
            **place.names,
        )
    if fault == reading.NO_SHEET:
        return SourceError(
            "sources.{source}.sheet must be a sheet of {file}, got {sheet}; it has {there}.",
            code="NO_SHEET",
            source=place.source,
            file=place.file,
            sheet=repr(wanted),
            there=", ".join(map(repr, there)),
        )
    if fault == scanning.TOO_MANY_CELLS:
        return SourceError(
            "sources.{source}.{key}: {file} must hold at most {n} cells, got a sheet with more. "
            "Delete the empty rows and columns behind the data, or export it as csv.",
            code="TOO_MANY_CELLS",
            n=scanning.MAX_CELLS,
            **place.names,
        )
    if fault == reading.TOO_LARGE:
        return SourceError(
            "sources.{source}.{key}: {file} must be read within the time and memory that a spreadsheet is given, "
            "got one that takes more. Export it as csv.",
            code="TOO_LARGE",
            **place.names,
        )
    if fault == scanning.MARKUP:
        return SourceError(
            "sources.{source}.{key}: {file} must be a plain spreadsheet, got one with a document type, "
            "which no spreadsheet program writes. Save it anew as xlsx.",
            code="HOSTILE_MARKUP",
            **place.names,
        )
    return SourceError(
        "sources.{source}.{key}: {file} must be a whole spreadsheet, got one that cannot be opened. "
        "Save it anew as xlsx.",
        code="DAMAGED",
        **place.names,
    )
