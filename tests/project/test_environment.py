"""environment.yml and pyproject.toml must say the same."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from rattler import MatchSpec, Version, VersionSpec

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_environment_installs_this_project_with_an_extra_that_exists() -> None:
    pip = next(entry["pip"] for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict))
    assert len(pip) == 1, "a package named only here would be missing from pyproject.toml"
    extra = re.fullmatch(r"-e \.\[(\w+)\]", pip[0])
    assert extra is not None
    assert extra[1] in PROJECT["optional-dependencies"]


@pytest.mark.parametrize("python", ["3.10.14", "3.11.0", "3.12.4"])
def test_environment_takes_the_python_versions_of_the_project(python: str) -> None:
    spec = MatchSpec(next(entry for entry in ENVIRONMENT["dependencies"] if str(entry).startswith("python")))
    floor = Version(PROJECT["requires-python"].removeprefix(">="))
    assert VersionSpec(spec.version).matches(Version(python)) is (Version(python) >= floor)


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_each_dependency_has_a_bound(requirement: str) -> None:
    assert "<" in requirement
