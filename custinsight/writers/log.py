"""A log that can be shown to a colleague: phone numbers, e-mails, numbers of customers and paths are masked."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = "custinsight"
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://\S+?(?=[,.;)\]'\"]*(?:\s|$))", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s<>()\[\]\"',;:@]+@[^\s<>()\[\]\"',;:@]+\.[^\s<>()\[\]\"',;:@.]{2,}")
_PATH = re.compile(r"(?:(?<![\w.>])~?(?:/[^\s/'\":,;<>()\[\]]+){2,}/?)|(?:\b[A-Za-z]:\\|\\\\)[^\s'\":,;<>()\[\]]+")
# digits of a number are often kept apart by blanks, dots, hyphens and brackets
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?")
_NUMBER = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d(?:[ .()/-]{0,2}\d){6,}[Xx]?(?!\w)")
_TAX_ID = re.compile(r"\b(?=[0-9A-Z]*\d[0-9A-Z]*\d[0-9A-Z]*\d)[0-9A-Z]{10,}\b")
_QUOTED_NAME = re.compile(r"(?<=['\"‘“「《])[^'\"’”」》\n]*[\u3400-\u9fff\uac00-\ud7af\u3040-\u30ff][^'\"’”」》\n]*")


def mask(text: str) -> str:
    """Take out of a text what may point to a person or to a place on the disk.

    A path keeps its last part, so that one still sees which file is meant; days and times are kept.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> mask("call +86 138-0013-8000 or li@example.com")
    'call [number] or [e-mail]'
    >>> mask("/home/li/audit/crm.csv line 12, KeyError: '王芳', on 2024-12-31")
    "[path]/crm.csv line 12, KeyError: '[text]', on 2024-12-31"
    """
    text = _ANSI.sub("", text)
    text = _URL.sub("[url]", text)
    text = _EMAIL.sub("[e-mail]", text)
    text = _PATH.sub(lambda found: "[path]/" + re.split(r"[\\/]", found.group().rstrip("/\\"))[-1], text)
    text = _QUOTED_NAME.sub("[text]", text)
    parts, end = [], 0
    for kept in _DATE.finditer(text):
        parts += [_mask_numbers(text[end : kept.start()]), kept.group()]
        end = kept.end()
    return "".join([*parts, _mask_numbers(text[end:])])


def _mask_numbers(text: str) -> str:
    return _TAX_ID.sub("[number]", _NUMBER.sub("[number]", text))


class MaskingFormatter(logging.Formatter):
    """A formatter whose whole line, traceback included, is masked."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record, then mask it; the time in front is left as it is."""
        time = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        return f"{time} {record.levelname} {record.name}: {mask(self._body(record))}"

    def _body(self, record: logging.LogRecord) -> str:
        body = record.getMessage()
        if record.exc_info:
            body += "\n" + self.formatException(record.exc_info)
        return body


def setup(path: Path, level: int = logging.INFO) -> logging.Handler:
    """Write the package's log to a file, masked; nothing goes to the screen or to other programs' logs.

    Parameters
    ----------
    path : Path
        Appended to; its folder is made when it is not there. The same path is set up only once.
    level : int
        Least level that is written.

    Returns
    -------
    logging.Handler
        To be handed to :func:`close`.
    """
    logger = logging.getLogger(ROOT)
    path.parent.mkdir(parents=True, exist_ok=True)
    target = str(path.resolve())
    for handler in logger.handlers:
        if isinstance(handler, logging.FileHandler) and handler.baseFilename == target:
            return handler
    handler = logging.FileHandler(target, encoding="utf-8", delay=True)
    handler.setFormatter(MaskingFormatter())
    handler.setLevel(level)
    logger.addHandler(handler)
    logger.setLevel(min(level, logger.level or level))
    logger.propagate = False
    return handler


def close(handler: logging.Handler) -> None:
    """Stop writing to a log that :func:`setup` opened."""
    logging.getLogger(ROOT).removeHandler(handler)
    handler.close()


@contextlib.contextmanager
def logged_to(path: Path, level: int = logging.INFO) -> Iterator[None]:
    """Write the package's log to a file as long as the block runs; a log that is open already stays open."""
    before = set(logging.getLogger(ROOT).handlers)
    handler = setup(path, level)
    try:
        yield
    finally:
        if handler not in before:
            close(handler)


# without a handler of its own, Python would print warnings, unmasked, to the screen
logging.getLogger(ROOT).addHandler(logging.NullHandler())
