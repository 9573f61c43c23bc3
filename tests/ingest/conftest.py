"""Small exports written for one test, and loaded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingest_exports import MAPPING
from postgres_server import find_programs, running_server

from custinsight import engine
from custinsight.ingest import Ingested, load_sources
from custinsight.plan import Source


@pytest.fixture(scope="session")
def con():
    return engine.connect()


@pytest.fixture
def load(tmp_path: Path, con) -> Callable[..., Ingested]:
    """Write a file, load it by the small mapping above, changed where a test says so."""

    def load(content: str | bytes | None = None, *, path: str = "log.csv", **changes: Any) -> Ingested:
        if content is not None:
            (tmp_path / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        source = Source.model_validate({**MAPPING, "path": path, **changes})
        return load_sources([source], tmp_path, con)

    return load


@pytest.fixture(scope="session")
def postgres():
    """A running PostgreSQL with the empty database sales."""
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed on this machine (Debian: apt-get install postgresql)")
    with running_server(programs) as server:
        yield server
