"""Opening a file or a database with the reader of its kind."""

from __future__ import annotations

from custinsight.ingest.places import Place, file_kind
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers_ibis import IbisTable
from custinsight.ingest.readers_mysql import MysqlTable
from custinsight.ingest.readers_sheet import SheetFile
from custinsight.ingest.readers_text import TextFile
from custinsight.ingest.readers_typed import DatabaseFile, ParquetFile


def open_file(place: Place, layout: Layout) -> RawFile:
    """Open a file by what it holds, whatever its name says, or a database by its URL.

    Parameters
    ----------
    place : Place
    layout : Layout

    Raises
    ------
    SourceError
        The file or database cannot be read as a table.
    """
    if place.server is not None:
        return MysqlTable(place, layout) if place.server.url.backend == "mysql" else IbisTable(place, layout)
    kind = file_kind(place, layout.encoding)
    if kind == "text":
        return TextFile(place, layout)
    if kind == "sheet":
        return SheetFile(place, layout)
    if kind == "parquet":
        return ParquetFile(place, layout)
    return DatabaseFile(place, layout, kind)
