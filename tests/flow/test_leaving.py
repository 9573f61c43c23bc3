"""The churn and track stages: what an audit forecasts is stored, and the next audits grade it."""

import numpy as np
import pandas as pd
import pytest

from custinsight.audit import Audit, open_audit
from custinsight.messages import read_message
from custinsight.words import Words

PLAN = """
currency = "CNY"
period = "2024Q1"
[[sources]]
name = "log"
table = "transactions"
path = "log.csv"
[sources.columns]
customer_id = "customer"
doc_id = "doc"
doc_date = "day"
amount_net = "amount"
[sources.constants]
currency = "CNY"
[churn]
call_cost = 5
"""


def _log() -> pd.DataFrame:
    """Three hundred customers with a pace of their own, who stop for good at some time, until the middle of 2024."""
    rng = np.random.default_rng(8)
    rows = []
    for customer in range(300):
        day, gap, stop = float(rng.integers(0, 500)), float(rng.gamma(3, 12)) + 5, float(rng.exponential(500))
        born = day
        while day < 900 and day - born <= stop:
            when = pd.Timestamp("2022-01-03") + pd.Timedelta(days=int(day))
            rows.append((f"{customer:05d}", f"D{len(rows)}", when, round(float(rng.gamma(4, 25)) + 1, 2)))
            day += float(rng.exponential(gap)) + 1
    return pd.DataFrame(rows, columns=["customer", "doc", "day", "amount"])


@pytest.fixture(scope="module")
def audits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Audit, Audit]:
    """The audits of two quarters, one after the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUSTINSIGHT_KEY", "11" * 32)
        folder = tmp_path_factory.mktemp("leaving")
        _log().to_csv(folder / "log.csv", index=False)
        (folder / "audit.toml").write_text(PLAN, encoding="utf-8")
        before, now = (open_audit(folder / "audit.toml", period) for period in ("2023Q4", "2024Q1"))
        before.run()
        now.stored("track")
        return before, now


def test_everybody_known_has_a_probability_and_reasons(audits: tuple[Audit, Audit]) -> None:
    now = audits[1]
    scores, reasons = now.table("scores"), now.table("churn_reasons")
    assert len(scores) == len(now.summary())
    assert set(reasons["customer_id"]) == set(scores["customer_id"])
    assert sorted(scores["priority"]) == list(range(1, len(scores) + 1))


def test_what_is_at_stake_is_of_the_churn_horizon(audits: tuple[Audit, Audit]) -> None:
    now = audits[1]
    year = now.table("values")["clv"].sum()
    assert 0 < now.table("scores")["expected_margin"].sum() < 0.6 * year
    assert now.table("churn_calls")["is_best"].sum() == 1


def test_the_verdict_is_stored_in_words(audits: tuple[Audit, Audit]) -> None:
    said = [Words("zh-CN")(read_message(text)) for text in audits[1].table("churn_verdict")["message_json"]]
    assert any("沉默天数" in sentence for sentence in said)


def test_the_forecasts_of_an_earlier_audit_are_graded_as_they_were_stored(audits: tuple[Audit, Audit]) -> None:
    before, now = audits
    record = now.table("track_record")
    row = record[(record["period"] == "2023Q4") & (record["days"] == 90)].iloc[0]
    assert row["source"] == "audit"
    forecasts = before.table("forecasts").query("days == 90")
    assert row["churn_predicted"] == pytest.approx(forecasts["probability"].mean())
    assert row["purchases_predicted"] == pytest.approx(forecasts["purchases"].sum())
    log, end = _log(), pd.Timestamp("2023-12-31")
    known = log[log["day"] <= end]["customer"].unique()
    after = log[(log["day"] > end) & (log["day"] <= end + pd.Timedelta(days=90)) & log["customer"].isin(known)]
    assert row["purchases_actual"] == len(after.drop_duplicates(["customer", "day"]))
    assert row["churn_actual"] == pytest.approx(1 - after["customer"].nunique() / len(known))


def test_periods_without_an_audit_are_filled_in_and_graded(audits: tuple[Audit, Audit]) -> None:
    before, now = audits
    record = before.table("track_record")
    assert set(record["source"]) == {"backfilled"}
    assert len(record) > 1
    filled = now.table("track_record").query("period == '2023Q3' and days == 90").iloc[0]
    assert abs(filled["churn_predicted"] - filled["churn_actual"]) < 0.15


def test_groups_of_a_forecast_add_up(audits: tuple[Audit, Audit]) -> None:
    groups = audits[1].table("track_groups").query("period == '2023Q4' and days == 90")
    sizes = groups.groupby("kind")["customers"].sum()
    assert sizes["tier"] == sizes["stage"]
