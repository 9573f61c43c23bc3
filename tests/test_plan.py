from pathlib import Path

import pytest

from custinsight.errors import PlanError
from custinsight.plan import read_plan

MINIMAL = """
period = "2024Q4"
[[sources]]
name = "log"
table = "transactions"
path = "log.csv"
[sources.columns]
customer_id = "id"
"""


def _plan(folder: Path, text: str) -> Path:
    path = folder / "audit.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_minimal_plan_takes_the_defaults(tmp_path: Path) -> None:
    plan = read_plan(_plan(tmp_path, MINIMAL))
    assert plan.output.languages == ("en", "zh-CN")
    assert plan.sources[0].source_system == "log"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("period =", "perod ="), r"audit\.toml: the key perod is unknown"),
        (('name = "log"', 'name = "log"\nencodng = "utf-8"'), r"the key sources\[log\]\.encodng is unknown.*encoding"),
        (('table = "transactions"', 'table = "sales"'), r"sources\[log\]\.table: must be one of customers"),
        (("customer_id =", "customer_nr ="), r"columns\.customer_nr: the table transactions has no column"),
        (('period = "2024Q4"', 'currency = "yuan"'), r"currency: .*got 'yuan'"),
        (
            ('period = "2024Q4"', "model.horizon_days = -3"),
            r"model\.horizon_days: .*greater than or equal to 7, got -3",
        ),
        (('period = "2024Q4"', 'output.languages = ["fr"]'), r"output\.languages: must be among en, zh-CN, got 'fr'"),
        (('period = "2024Q4"', "period = 2024Q4"), r"not valid TOML"),
        (
            ('period = "2024Q4"', 'quality.required = ["shoes"]'),
            r"quality\.required: must be columns of customers .*shoes",
        ),
        (
            ('period = "2024Q4"', "quality.validity = { warn = 0.5, fail = 0.1 }"),
            r"quality\.validity: warn must not be above fail",
        ),
        (('period = "2024Q4"', 'repairs.city = "oldest"'), r"repairs\.city: .*'majority', 'newest'"),
        (('period = "2024Q4"', 'repairs.city = "trusted"'), r'repairs: city = "trusted" needs the key trusted'),
        (
            ('customer_id = "id"', 'customer_id = "id"\n[[checks]]\nname = "a"\ntable = "shoes"\nholds = "x > 1"'),
            r"checks\[a\]\.table: must be one of customers",
        ),
    ],
)
def test_wrong_key_or_value_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        read_plan(_plan(tmp_path, MINIMAL.replace(*change)))


def test_missing_plan_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        read_plan(tmp_path / "nowhere.toml")
    assert "nowhere.toml" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_two_sources_may_not_share_a_name(tmp_path: Path) -> None:
    twice = MINIMAL + MINIMAL.split("\n", 2)[2]
    with pytest.raises(PlanError, match="two sources are named log"):
        read_plan(_plan(tmp_path, twice))


def test_plan_without_customers_or_transactions_is_refused(tmp_path: Path) -> None:
    other = MINIMAL.replace("transactions", "targets").replace('customer_id = "id"', 'owner_id = "id"')
    with pytest.raises(PlanError, match="customers or for transactions"):
        read_plan(_plan(tmp_path, other))


def test_error_keeps_its_message_across_processes(tmp_path: Path) -> None:
    import pickle

    error = PlanError("{file}: the key {key} is missing.", file="audit.toml", key="x")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
