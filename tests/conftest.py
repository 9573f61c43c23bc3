"""Fixtures that tests of several rooms share."""

from pathlib import Path

import filelock
import pytest

ROOT = Path(__file__).resolve().parent.parent
KEY = "5a" * 32


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
