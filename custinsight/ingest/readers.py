"""Opening a file or a database with the reader of its kind."""

from __future__ import annotations

from custinsight.errors import SourceError
from custinsight.ingest.archives import list_members, release, unpack
from custinsight.ingest.places import ARCHIVES, Place, file_kind
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers_ibis import IbisTable
from custinsight.ingest.readers_mysql import MysqlTable
from custinsight.ingest.readers_sheet import SheetFile
from custinsight.ingest.readers_text import TextFile
from custinsight.ingest.readers_typed import DatabaseFile, ParquetFile


def open_file(place: Place, layout: Layout) -> RawFile:
    """Open a file by what it holds, whatever its name says, or a database; :func:`close_file` closes it.

    Parameters
    ----------
    place : Place
        An archive must hold, or name by its ``member``, a single export.
    layout : Layout

    Raises
    ------
    SourceError
        The file or database cannot be read as a table.
    """
    if place.server is not None:
        return MysqlTable(place, layout) if place.server.url.backend == "mysql" else IbisTable(place, layout)
    kind = file_kind(place, layout.encoding)
    if kind in ARCHIVES:
        place = unpack(_only_member(place), layout.encoding)
        kind = file_kind(place, layout.encoding)
    try:
        if kind == "text":
            return TextFile(place, layout)
        if kind == "sheet":
            return SheetFile(place, layout)
        if kind == "parquet":
            return ParquetFile(place, layout)
        return DatabaseFile(place, layout, kind)
    except BaseException:
        release(place)
        raise


def close_file(raw: RawFile) -> None:
    """Close a file: end the process that reads it, and remove what it was unpacked to."""
    if isinstance(raw, SheetFile):
        raw.close()
    release(raw.place)


def _only_member(place: Place) -> Place:
    members = list_members(place)
    if len(members) > 1:
        raise SourceError(
            "sources.{source}.{key}: {file} must hold one export here, got {n}. Name one: {file}/NAME.",
            code="MANY_MEMBERS",
            n=len(members),
            **place.names,
        )
    return members[0]
