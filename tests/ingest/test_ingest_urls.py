"""Which URLs a plan may name, and where their passwords are kept."""

import sys

import keyring
import keyring.backend
import pytest
from ingest_exports import MAPPING

from custinsight.errors import PlanError, SourceError
from custinsight.ingest import check_sources, sessions
from custinsight.ingest.credentials import Login, find_login
from custinsight.plan import Source, read_plan

SECRET = "canary-7391"


def source(**changes):
    return Source.model_validate({**MAPPING, "relation": "orders", **changes})


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://audit:{SECRET}@erp.example/sales",
        f"postgresql://:{SECRET}@erp.example/sales",
        f"postgresql://audit:{SECRET}",
        f"postgresql://erp.example/sales?password={SECRET}",
        f"postgresql://erp.example/sales?options=-c%20{SECRET}",
        f"postgresql://erp.example/sales#{SECRET}",
        f"{SECRET}",
        f"https://erp.example/{SECRET}",
        f"s3://bucket/{SECRET}",
        f"ftp://erp.example/{SECRET}",
        f"file:///etc/{SECRET}",
        f"bigquery://{SECRET}",
        f"sqlite://erp.db?mode={SECRET}",
        f"postgresql://[{SECRET}/sales",
    ],
)
def test_an_url_that_may_not_be_is_refused_and_not_repeated(url, tmp_path):
    with pytest.raises(PlanError, match=r"sources\[log\]\.url must ") as caught:
        source(url=url)
    assert SECRET not in str(caught.value)
    (tmp_path / "audit.toml").write_text(
        f'[[sources]]\nname = "log"\ntable = "transactions"\nurl = "{url}"\nrelation = "orders"\n'
    )
    with pytest.raises(PlanError) as caught:
        read_plan(tmp_path / "audit.toml")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "sqlite://a.db", "path": "b.csv"}, "path or url must be given, not both"),
        ({"url": "sqlite://a.db", "relation": None}, "must have either relation or query"),
        ({"url": "sqlite://a.db", "query": "SELECT 1"}, "must have either relation or query"),
        ({"path": "b.csv"}, "relation and credentials belong to a source with a url"),
    ],
)
def test_a_source_is_one_file_or_one_relation_or_one_query(changes, said):
    with pytest.raises(ValueError, match=said):
        source(**changes)


def test_a_path_is_never_an_url(tmp_path):
    plan = Source.model_validate({**MAPPING, "path": "postgresql://erp.example/sales"})
    assert "got a URL" in check_sources([plan], tmp_path)[0].problems[0]


def test_a_login_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("ERP_USER", "audit")
    monkeypatch.setenv("ERP_PASSWORD", SECRET)
    assert find_login("env:ERP", source="erp").options == {"user": "audit", "password": SECRET}


def test_a_missing_variable_is_named(monkeypatch):
    monkeypatch.delenv("ERP_PASSWORD", raising=False)
    with pytest.raises(SourceError, match="the variable ERP_PASSWORD must hold a password"):
        find_login("env:ERP", source="erp")


@pytest.mark.parametrize("reference", [SECRET, f"env:{SECRET}", f"password:{SECRET}", f"keyring:{SECRET}", ""])
def test_credentials_that_are_no_reference_are_not_repeated(reference):
    with pytest.raises(SourceError, match=r'sources\.erp\.credentials must be "env:NAME"') as caught:
        find_login(reference, source="erp")
    assert SECRET not in str(caught.value)


class Memory(keyring.backend.KeyringBackend):
    """A keyring that forgets when the test ends."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password


@pytest.fixture
def memory():
    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield
    keyring.set_keyring(before)


def test_a_login_comes_from_the_keyring(memory):
    keyring.set_password("erp/prod", "audit", SECRET)
    assert find_login("keyring:erp/prod/audit", source="erp").options == {"user": "audit", "password": SECRET}


def test_an_empty_keyring_is_told(memory):
    with pytest.raises(SourceError, match="the keyring must hold the password") as caught:
        find_login("keyring:erp/audit-canary", source="erp")
    assert "audit-canary" not in str(caught.value)


def test_a_keyring_that_is_not_installed_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SourceError, match=r'Run: pip install "custinsight\[keyring\]"'):
        find_login("keyring:erp/audit", source="erp")


def test_a_driver_that_is_not_installed_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sessions._DRIVERS, "postgres", ("driver_that_nobody_has", "custinsight[postgres]"))
    (problem,) = check_sources([source(url="postgresql://erp.example/sales")], tmp_path)[0].problems
    assert problem.startswith("sources.log.url needs the driver of postgres, which is not installed.")
    assert problem.endswith('Run: pip install "custinsight[postgres]"')


def test_a_login_never_shows():
    login = Login("audit", SECRET)
    assert SECRET not in f"{login} {login!r}"
    assert login.scrub(f"audit {SECRET}") == "*** ***"
