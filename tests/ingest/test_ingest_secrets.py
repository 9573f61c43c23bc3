"""A password goes from its variable to the driver and nowhere else."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from postgres_server import PASSWORD, USER

import custinsight as ci
from custinsight.writers import log

PLAN = """
period = "2024Q4"

[[sources]]
name = "erp"
table = "transactions"
url = "{url}"
relation = "{relation}"
credentials = "env:ERP"

[sources.columns]
doc_id = "no"
doc_date = "day"
customer_id = "who"
amount_net = "sum"

[sources.constants]
currency = "CNY"
"""
SECRETS = (PASSWORD, USER, "127.0.0.1")


@pytest.fixture
def folder(postgres, tmp_path):
    """An audit's folder whose only source is a table of the server."""
    with postgres.connect() as con:
        con.execute("DROP TABLE IF EXISTS sold")
        con.execute(
            "CREATE TABLE sold AS SELECT n AS no, date '2024-11-05' AS day, n % 7 AS who, 1.5 AS sum"
            " FROM generate_series(1, 300) AS n"
        )
    (tmp_path / "audit.toml").write_text(PLAN.format(url=postgres.url, relation="sold"))
    return tmp_path


@pytest.fixture(autouse=True)
def login(monkeypatch):
    monkeypatch.setenv("ERP_USER", USER)
    monkeypatch.setenv("ERP_PASSWORD", PASSWORD)


def command(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("custinsight")
    environment = {**os.environ, **variables}
    return subprocess.run([tool, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def assert_clean(text: str) -> None:
    for secret in SECRETS:
        assert secret not in text


def written(folder: Path) -> str:
    """Everything under a folder but the plan itself, names of files and contents of tables included."""
    parts = []
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "audit.toml":
            parts += [str(path.relative_to(folder)), path.read_bytes().decode("latin-1")]
            if path.suffix == ".parquet":
                table = pq.read_table(path)
                parts += [str(table.schema), str(pq.read_metadata(path).metadata), str(table.to_pylist())]
    return "\n".join(parts)


def test_a_check_shows_no_login(folder):
    done = command(folder, "check")
    assert done.returncode == 0, done.stderr
    assert "sales: sold" in done.stdout
    assert_clean(done.stdout + done.stderr + written(folder))


@pytest.mark.parametrize(
    ("asked", "variables"),
    [
        ("check", {"ERP_PASSWORD": "wrong-canary"}),
        ("run", {"ERP_PASSWORD": "wrong-canary"}),
        ("run", {"ERP_USER": "nobody-canary"}),
        ("run", {"ERP_PASSWORD": ""}),
    ],
)
def test_a_refused_login_ends_the_command_with_one_sentence(folder, asked, variables):
    done = command(folder, asked, **variables)
    said = done.stdout + done.stderr
    assert done.returncode == 2
    assert "sources.erp." in said
    assert "Traceback" not in said
    assert "canary" not in said
    assert_clean(said + written(folder))


@pytest.mark.parametrize("asked", ["check", "run"])
def test_a_query_that_fails_ends_the_command_with_one_sentence(folder, postgres, asked):
    (folder / "audit.toml").write_text(PLAN.format(url=postgres.url, relation="nowhere"))
    done = command(folder, asked)
    assert done.returncode == 2
    assert 'relation "nowhere" does not exist' in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert_clean(done.stdout + done.stderr + written(folder))


def test_a_password_in_the_plan_ends_the_command_with_one_sentence(folder):
    plan = (folder / "audit.toml").read_text()
    (folder / "audit.toml").write_text(plan.replace("//127", "//audit:canary@127"))
    done = command(folder, "check")
    assert done.returncode == 2
    assert "sources[erp].url must not hold a password" in done.stderr
    assert "canary" not in done.stdout + done.stderr


def test_what_an_audit_stores_holds_no_login(folder):
    with log.logged_to(folder / "work" / "log.txt", logging.DEBUG):
        audit = ci.open_audit(folder / "audit.toml")
        stored = audit.stored("ingest")
        logging.getLogger("custinsight").info("stored %s", stored)
    assert audit.load_report()["file"].tolist() == ["sales: sold"]
    assert list((folder / "work" / "extracts").rglob("*.parquet"))
    assert_clean(written(folder) + repr(stored) + repr(audit.plan).replace("127.0.0.1", ""))


def test_an_error_carries_no_login_to_whoever_logs_it(folder, monkeypatch):
    monkeypatch.setenv("ERP_PASSWORD", "wrong-canary")
    with log.logged_to(folder / "work" / "log.txt", logging.DEBUG):
        try:
            ci.open_audit(folder / "audit.toml").stored("ingest")
        except ci.errors.CustinsightError:
            logging.getLogger("custinsight").exception("ingest")
    said = (folder / "work" / "log.txt").read_text()
    assert "SourceError" in said
    assert "canary" not in said
    assert_clean(said)
