"""What moved, on small logs: planted changes reach the tables, and hardly any data gives honest ones."""

from pathlib import Path

import pandas as pd
import pytest

from custinsight.audit import Audit, open_audit
from custinsight.errors import DataError, PlanError
from custinsight.report import sections as page
from custinsight.report.parts import Shown

PLAN = """
currency = "CNY"
period = "2024Q2"
[[sources]]
name = "log"
table = "transactions"
path = "log.csv"
[sources.columns]
customer_id = "customer"
doc_id = "doc"
doc_date = "day"
amount_net = "amount"
channel = "channel"
product_id = "product"
quantity = "quantity"
[sources.constants]
currency = "CNY"
"""
SEGMENT = """
[[segments]]
name = "web"
when = "tier = 'A' and days_silent < 60"
"""


@pytest.fixture(autouse=True)
def _one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTINSIGHT_KEY", "11" * 32)


def _audit(folder: Path, rows: list[tuple[object, ...]], more: str = "") -> Audit:
    columns = ["customer", "doc", "day", "amount", "channel", "product", "quantity"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "log.csv", index=False)
    (folder / "audit.toml").write_text(PLAN + more, encoding="utf-8")
    return open_audit(folder / "audit.toml")


def _log() -> list[tuple[object, ...]]:
    """Sixty customers in each of two channels, one order a month; those of the shop buy half from April 2024 on."""
    return [
        (
            f"{channel}{n}",
            f"{channel}{n}-{month:%y%m}",
            f"{month:%Y-%m}-{1 + n % 28:02d}",
            (100 + n) / (2 if channel == "shop" and month >= pd.Timestamp("2024-04-01") else 1),
            channel,
            f"p{n % 3}",
            2,
        )
        for channel in ("web", "shop")
        for n in range(60)
        for month in pd.date_range("2023-07-01", "2024-06-01", freq="MS")
    ]


def test_a_planted_change_reaches_the_tables_and_the_page(tmp_path: Path) -> None:
    audit = _audit(tmp_path, _log(), SEGMENT)
    slices = audit.table("slices")
    assert slices["slice"].tolist() == ["channel = shop"]
    price = audit.table("price_mix").set_index("effect")["amount"]
    assert price["quantity"] == pytest.approx(0)
    assert price.sum() == pytest.approx(slices["change"].iloc[0], abs=0.01)
    steps = audit.table("movement").set_index("step")["customers"]
    moves = audit.table("stage_moves")
    gone = moves["stage_after"].isin(("dormant", "lost", "none"))
    assert moves.loc[~gone, "customers"].sum() == steps["closing"]
    counts = audit.table("own_segment_counts")
    assert counts["segment"].tolist() == ["web"]
    assert counts["customers"].iloc[0] == len(audit.table("own_segments"))
    cube = audit.cube("Q", ["channel"])
    assert cube.cells["customers"].dropna().max() == 120
    with pytest.raises(DataError, match="must not hold personal data"):
        audit.cube("Q", ["customer_name"])
    assert isinstance(page.profit_bridge(audit), Shown)


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "1", "2024-05-02", 100, "web", None, None)],
        [("a", "1", "2024-05-02", -100, "web", "p", -1), ("b", "2", "2024-05-03", -5, "shop", "p", -1)],
        [(f"c{n}", f"{n}", "2024-05-02", 10, "web", "p", 1) for n in range(30)],
    ],
    ids=["one customer", "only returns", "all the same"],
)
def test_hardly_any_data_gives_whole_tables_and_pages(rows: list[tuple[object, ...]], tmp_path: Path) -> None:
    audit = _audit(tmp_path, rows)
    assert audit.table("slices").empty
    amounts = audit.table("price_mix")["amount"]
    assert amounts.notna().all()
    assert amounts.sum() == pytest.approx(sum(row[3] for row in rows))
    assert (
        audit.table("cluster_profiles")["cluster"].max() in (1, float("nan")) or audit.table("cluster_profiles").empty
    )
    for name in ("movement_waterfall", "profit_bridge", "tier_matrix", "decile_migration"):
        said = getattr(page, name)(audit).said["en"]["html"]
        assert "nan" not in said.lower().replace("finan", "")


def test_a_condition_that_cannot_be_used_stops_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"segments.web.when must name columns of the customer, got colour"):
        _audit(tmp_path, _log(), '[[segments]]\nname = "web"\nwhen = "colour = 1"\n')
