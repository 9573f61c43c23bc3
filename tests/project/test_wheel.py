"""The wheel must carry all that an audit needs: notebooks, templates, catalogues."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CUSTINSIGHT"))}
    return subprocess.run(list(map(str, command)), cwd=cwd, env=clean, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_wheel_in_an_empty_environment_audits_the_demo(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    scripts = tmp_path / "venv" / "bin"
    installed = _run(scripts / "python", "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    if "No matching distribution" in installed.stderr:
        pytest.skip("the package index cannot be reached from here")
    assert installed.returncode == 0, installed.stderr
    made = _run(scripts / "custinsight", "new", "demo", "--demo", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    ran = _run(scripts / "custinsight", "run", "--plan", "demo/audit.toml", "--period", "2024Q4", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    reports = sorted((tmp_path / "demo" / "reports" / "2024Q4").glob("report.*.html"))
    assert [path.name for path in reports] == ["report.en.html", "report.zh-CN.html"]
