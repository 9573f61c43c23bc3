"""The pages are short notebooks without results, and together they show every section once."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from custinsight.report import sections

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
PAGES = [path.stem for path in sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))]


def cells_of(name: str) -> list[dict[str, Any]]:
    return json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]


def code_of(name: str) -> list[str]:
    return ["".join(cell["source"]) for cell in cells_of(name) if cell["cell_type"] == "code"]


def test_the_pages_are_those_of_the_report() -> None:
    names = "summary data_trust identity customer_base value churn behaviour risk sales_team actions"
    assert [f"{n:02d}_{name}" for n, name in enumerate(names.split())] == PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_stored_without_results(name: str) -> None:
    for cell in cells_of(name):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
        assert set(cell["metadata"]) <= {"tags"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_short(name: str) -> None:
    code = code_of(name)
    assert len(code) <= 15
    assert all(len(source.splitlines()) <= 8 for source in code)


@pytest.mark.parametrize("name", PAGES)
def test_every_code_cell_is_introduced(name: str) -> None:
    kinds = [cell["cell_type"] for cell in cells_of(name)]
    assert kinds[::2] == ["markdown"] * len(kinds[::2])
    assert kinds[1::2] == ["code"] * len(kinds[1::2])
    assert cells_of(name)[0]["source"][0].startswith("# ")


@pytest.mark.parametrize("name", PAGES)
def test_ids_of_cells_differ(name: str) -> None:
    ids = [cell["id"] for cell in cells_of(name)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", PAGES)
def test_the_first_code_cell_holds_the_parameters_and_the_second_opens_the_audit(name: str) -> None:
    first = next(cell for cell in cells_of(name) if cell["cell_type"] == "code")
    assert first["metadata"]["tags"] == ["parameters"]
    assert "".join(first["source"]) == 'plan = "audit.toml"\nperiod = ""\nlanguages = ""'
    assert code_of(name)[1].endswith("audit = ci.open_audit(plan, period, languages)")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_only_calls_sections(name: str) -> None:
    for source in code_of(name)[2:]:
        found = re.fullmatch(r"page\.(\w+)\(audit\)", source)
        assert found is not None, source
        assert found[1] in sections.__all__


@pytest.mark.parametrize("name", PAGES)
def test_a_page_defines_and_repeats_nothing(name: str) -> None:
    for source in code_of(name):
        forbidden = (ast.FunctionDef, ast.For, ast.While, ast.ClassDef, ast.Lambda, ast.ListComp)
        assert not any(isinstance(node, forbidden) for node in ast.walk(ast.parse(source)))


def test_every_section_is_shown_once() -> None:
    shown = [source[len("page.") : -len("(audit)")] for name in PAGES for source in code_of(name)[2:]]
    assert sorted(shown) == sorted(sections.__all__)
