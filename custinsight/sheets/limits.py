"""Limits that a process sets itself before it opens a file from outside."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

CPU_SECONDS = 300
_LEAST, _MOST = 1 << 30, 8 << 30
_LIBRARIES = 2 << 30


def limit_process(*, cpu_seconds: int = CPU_SECONDS, memory: int = 0) -> None:
    """Let this process use no more than so much time and memory, write no file and leave no core dump behind.

    Parameters
    ----------
    cpu_seconds : int
        Seconds of work after which the system ends the process; waiting does not count.
    memory : int
        Bytes of address space beyond what the process has now, which its libraries reserve and hardly use; half of the
        machine's memory, at least 1 and at most 8 GiB, when 0.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limits; the checks before and the deadline of the caller remain
        return
    memory = _reserved() + (memory or min(max(_machine_memory() // 2, _LEAST), _MOST))
    for what, most in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower limit is set already
            resource.setrlimit(what, (most, most))


def _reserved() -> int:
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return _LIBRARIES


def _machine_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0
