"""A workbook looked at from outside: whether it is small enough to be opened at all."""

from __future__ import annotations

import zipfile

from custinsight.errors import SourceError
from custinsight.ingest.places import Place

MAX_BYTES = 1 << 30
MAX_RATIO = 300
_SMALL = 50 << 20


def require_safe_workbook(place: Place) -> None:
    """Refuse a workbook that would unpack to more than can be read.

    Raises
    ------
    SourceError
        The unpacked size, or its ratio to the packed one, is too large.
    """
    if not zipfile.is_zipfile(place.path):
        return
    with zipfile.ZipFile(place.path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    # the file's own size, not the packed sizes that its entries claim: entries may lie upon each other
    if size > MAX_BYTES or (size > _SMALL and size > MAX_RATIO * place.path.stat().st_size):
        raise SourceError(
            "sources.{source}.{key}: {file} must unpack to less than 1 GB, got more. Export it as csv.",
            code="UNPACKS_TOO_LARGE",
            **place.names,
        )
