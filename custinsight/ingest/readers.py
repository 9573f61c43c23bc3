"""Opening a file with the reader of its kind."""

from __future__ import annotations

from custinsight.ingest.places import Place, file_kind
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers_sheet import SheetFile
from custinsight.ingest.readers_text import TextFile
from custinsight.ingest.readers_typed import DatabaseFile, ParquetFile


def open_file(place: Place, layout: Layout) -> RawFile:
    """Open a file by what it holds, whatever its name says.

    Parameters
    ----------
    place : Place
    layout : Layout

    Raises
    ------
    SourceError
        The file cannot be read as a table.
    """
    kind = file_kind(place, layout.encoding)
    if kind == "text":
        return TextFile(place, layout)
    if kind == "sheet":
        return SheetFile(place, layout)
    if kind == "parquet":
        return ParquetFile(place, layout)
    return DatabaseFile(place, layout, kind)
