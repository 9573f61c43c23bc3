"""Exports become canonical tables: files are read, columns mapped and typed, and every row is accounted for."""

from custinsight.ingest.load import Ingested, load_sources
from custinsight.ingest.places import source_files

__all__ = ["Ingested", "load_sources", "source_files"]
