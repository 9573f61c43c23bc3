"""Exports become canonical tables: files are read, columns mapped and typed, and every row is accounted for."""

from custinsight.ingest.check import SourceCheck, check_sources
from custinsight.ingest.load import Ingested, load_sources
from custinsight.ingest.places import source_files
from custinsight.ingest.zones import home_zone

__all__ = ["Ingested", "SourceCheck", "check_sources", "home_zone", "load_sources", "source_files"]
