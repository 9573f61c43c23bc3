"""Fixtures that tests of several rooms share."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock
import ibis
import pytest

ROOT = Path(__file__).resolve().parent.parent
KEY = "5a" * 32
SPARK = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    # so few rows are not worth compiling for
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data logs; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data logs are not on this machine")
    return folder


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An audit's folder with a small demo company, shared by all tests and workers; its stages stay stored."""
    from custinsight.demo import demo_plan, write_demo

    base = tmp_path_factory.getbasetemp().parent
    folder = base / "small-demo"
    with filelock.FileLock(base / "small-demo.lock"):
        if not (folder / "audit.toml").exists():
            write_demo(folder / "data" / "demo", customers=500)
            (folder / "keys").mkdir()
            (folder / "keys" / "pseudonym.key").write_text(KEY)
            (folder / "audit.toml").write_text(demo_plan(), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A backend of ibis with two threads; tests of the group "spark" share it, as it takes a gigabyte."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("Spark needs Java")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = sql.SparkSession.builder.master("local[2]")
    for name, value in SPARK.items():
        builder = builder.config(name, value)
    session = builder.config("spark.local.dir", str(tmp_path_factory.mktemp("spark"))).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield ibis.pyspark.connect(session)
    session.stop()
