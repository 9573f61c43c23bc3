"""The demo company, written once for all tests of the room."""

from pathlib import Path

import pandas as pd
import pytest

from custinsight.demo import DemoFiles, write_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return write_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return write_demo(tmp_path_factory.mktemp("small"), customers=200, seed=11)


def read_truth(demo: DemoFiles, name: str) -> pd.DataFrame:
    assert demo.truth is not None
    return pd.read_csv(Path(demo.truth) / name, dtype={"source_id": str}, keep_default_na=False, na_values=[""])


@pytest.fixture(scope="session")
def identities(demo: DemoFiles) -> pd.DataFrame:
    return read_truth(demo, "customers_truth.csv")


@pytest.fixture(scope="session")
def dirt(demo: DemoFiles) -> pd.DataFrame:
    return read_truth(demo, "dirt.csv").astype({"line": "Int64"})
