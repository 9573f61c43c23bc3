# Two commands do all the set-up: `make report` makes the demo company's audits, `make test` runs all tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: report test lint clean

report: $(VENV)/installed
	$(BIN)/custinsight new . --demo
	$(BIN)/custinsight run --plan audit.toml --periods 2024Q3..2024Q4

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto --dist loadgroup

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/installed: $(VENV)/bin/python pyproject.toml
	@echo "Installing custinsight (about a minute)"
	$(BIN)/python -m pip install --disable-pip-version-check --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed pyproject.toml
	@echo "Installing what the tests need"
	$(BIN)/python -m pip install --disable-pip-version-check --editable ".[dev]"
	touch $@

clean:
	rm -rf work reports/20* .pytest_cache .mypy_cache .ruff_cache
