"""A report as PDF: printed by the Chromium that is on the machine, with the report's own print styles."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from custinsight.errors import ReportError
from custinsight.writers.atomic import write_bytes

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
"""Programs that are looked for when none is named."""
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-pdf-header-footer",
)
_SECONDS = 180


def find_browser(named: str = "") -> str:
    """Return the program that prints.

    Parameters
    ----------
    named : str
        A program's name or path; one of :data:`BROWSERS` is looked for when empty.

    Returns
    -------
    str
        Path of the program.

    Raises
    ------
    ReportError
        There is none.

    Examples
    --------
    >>> find_browser("no-such-browser")
    Traceback (most recent call last):
    ...
    custinsight.errors.ReportError: The browser no-such-browser is not there or cannot be run. Name another one ...
    """
    found = next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)
    if found:
        return found
    if named:
        raise ReportError(
            "The browser {name} is not there or cannot be run. Name another one with --browser.", name=named
        )
    raise ReportError(
        "A PDF needs Chromium or Chrome, and none of {names} was found. Install one, name it with --browser, or leave "
        "--pdf out.",
        names=", ".join(BROWSERS),
    )


def write_pdf(report: Path, browser: str) -> Path:
    """Print a report to a PDF of the same name beside it, whole or not at all.

    Parameters
    ----------
    report : Path
        An HTML file; it is opened as a file, and nothing is loaded.
    browser : str
        As :func:`find_browser` returns it.

    Returns
    -------
    Path
        The PDF.

    Raises
    ------
    ReportError
        The browser did not print; an older PDF stays as it was.
    """
    # a browser that is locked into a sandbox of its own sees neither hidden files nor the system's temporary folder
    with tempfile.TemporaryDirectory(prefix="printing-", dir=report.parent, ignore_cleanup_errors=True) as folder:
        printed = Path(folder) / "report.pdf"
        said = _print(browser, report, printed, Path(folder) / "profile")
        content = printed.read_bytes() if printed.is_file() else b""
        if not (content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]):
            raise ReportError(
                "The browser {name} could not print {report}: {why}. Open the report and print it by hand, or name "
                "another browser with --browser.",
                name=Path(browser).name,
                report=report.name,
                why=said,
            )
        return write_bytes(report.with_suffix(".pdf"), content)


def _print(browser: str, report: Path, printed: Path, profile: Path) -> str:
    """Run the browser; returns what to say when it left no PDF."""
    command = [browser, *_FLAGS, f"--user-data-dir={profile.resolve()}", f"--print-to-pdf={printed.resolve()}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Chromium refuses to run its sandbox as root, the usual user in a container; the report holds no script
        command.append("--no-sandbox")
    try:
        done = subprocess.run([*command, report.resolve().as_uri()], capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"{_SECONDS} s"
    except OSError as error:
        return type(error).__name__
    return f"exit {done.returncode}"
