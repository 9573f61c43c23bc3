"""Exports become canonical tables: files are read, columns mapped and typed, and every row is accounted for."""

from custinsight.ingest.allowed import Grounds
from custinsight.ingest.check import SourceCheck, check_sources
from custinsight.ingest.extracts import extract_paths, fingerprint, kept_extract, refresh_extracts
from custinsight.ingest.load import Ingested, load_sources
from custinsight.ingest.places import source_files
from custinsight.ingest.remember import count_known
from custinsight.ingest.zones import home_zone

__all__ = [
    "Grounds",
    "Ingested",
    "SourceCheck",
    "check_sources",
    "count_known",
    "extract_paths",
    "fingerprint",
    "home_zone",
    "kept_extract",
    "load_sources",
    "refresh_extracts",
    "source_files",
]
