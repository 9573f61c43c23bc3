"""What could be worth a place among the three findings, each with the money it is about and how sure it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from custinsight.report.parts import Finding
from custinsight.report.sections.common import (
    known,
    measure_of,
    measure_of_audit,
    now_and_before,
    number,
    pick,
    value_by,
)
from custinsight.report.sections.drivers import explain
from custinsight.report.sections.labels import CONFIDENCE, FADING
from custinsight.report.sections.value import verdict_of
from custinsight.words import msg

LOSS_RATES = {"not_due": 0.0, "1-30": 0.02, "31-60": 0.10, "61-90": 0.25, "over_90": 0.50}
"""Part of an open amount that is usually lost, by how long it is overdue: a rule of thumb that only ranks findings."""
_POINT = 0.01
_FEW_DUPLICATES = 0.02
_SMALL_MISS = 0.10
_SMALL_REJECT = 0.001


@dataclass(frozen=True)
class Candidate:
    """Something that could be said.

    Parameters
    ----------
    topic : str
        What it is about; of each topic only one candidate is said.
    money : float
        Effect on the result in the audit's currency, never negative.
    certainty : float
        From 0 to 1: measured facts are 1, forecasts as much as their model's test allows.
    finding : Finding
    """

    topic: str
    money: float
    certainty: float
    finding: Finding

    @property
    def weight(self) -> float:
        """Money times certainty."""
        return self.money * self.certainty if known(self.money) else 0.0


def result_driver(audit: Any) -> Candidate | None:
    """Why the result changed."""
    if not audit.has("bridge") or not audit.has("history"):
        return None
    explained = explain(audit)
    if explained is None or not explained.moved:
        return None
    return Candidate("result", abs(explained.change), 1.0, Finding(explained.title, explained.parts, "customer_base"))


def dependence(audit: Any) -> Candidate | None:
    """Whether more or less of the result hangs on the best tenth of the customers."""
    if not audit.has("history"):
        return None
    now, before = now_and_before(audit)
    measure = measure_of(audit.table("history").tail(1))
    share, total = number(now["top_10_share"]), number(now[measure.column])
    change = share - number(before["top_10_share"]) if before is not None else float("nan")
    if not known(change) or abs(change) < _POINT or not total > 0:
        return None
    values: dict[str, Any] = {"share": share, "change": change, "what": measure.name, "before": str(before["period"])}  # type: ignore[index]
    text = pick(
        change,
        up=msg(
            "More hangs on few customers: the top 10 % bring {share:percent} of {what}, {change:points} against "
            "{before}.",
            **values,
        ),
        down=msg(
            "Less hangs on few customers: the top 10 % bring {share:percent} of {what}, {change:points} against "
            "{before}.",
            **values,
        ),
        same=msg("The top 10 % bring {share:percent} of {what}.", **values),
    )
    detail = msg("{amount:money} of {what} moved to or from them.", amount=abs(change) * total, what=measure.name)
    return Candidate("dependence", abs(change) * total, 1.0, Finding(text, detail, "customer_base"))


def best_leaving(audit: Any) -> Candidate | None:
    """How many of the best customers are silent beyond their own rhythm, and what hangs on it."""
    if not (audit.has("scores") and audit.has("segments")):
        return None
    joined = audit.table("scores").merge(audit.table("segments")[["customer_id", "tier", "stage"]], on="customer_id")
    silent = joined[(joined["tier"] == "A") & joined["stage"].isin(FADING)]
    stake, total = number(silent["value_at_stake"].sum()), number(joined["value_at_stake"].sum())
    if silent.empty or not stake > 0:
        return None
    text = msg(
        "{n:count} customer of tier A has been silent for longer than its own rhythm explains.",
        "{n:count} customers of tier A have been silent for longer than their own rhythm explains.",
        n=len(silent),
    )
    detail = msg(
        "{stake:money} of expected {what} at stake, {share:percent} of what is at stake in all.",
        what=measure_of_audit(audit).name,
        stake=stake,
        share=stake / total,
    )
    certainty = max(CONFIDENCE.get(verdict_of(audit), 0.0), 0.3)
    return Candidate("leaving", stake, certainty, Finding(text, detail, "churn"))


def customers_moved(audit: Any) -> Candidate | None:
    """Whether more customers came than went."""
    if not (audit.has("movement") and audit.has("totals")):
        return None
    steps = value_by(audit.table("movement"), "step", "customers")
    change, totals = steps["closing"] - steps["opening"], audit.table("totals").iloc[0]
    measure = measure_of(audit.table("totals"))
    each = number(totals[measure.column]) / max(number(totals["customers"]), 1.0)
    if not change or not each > 0:
        return None
    values: dict[str, Any] = {
        "n": int(abs(change)),
        "came": int(steps["new"] + steps["recovered"]),
        "lost": int(-steps["lapsed"]),
    }
    text = (
        msg(
            "The customer base grew by {n:count} customer: {came:count} came or came back, {lost:count} lapsed.",
            "The customer base grew by {n:count} customers: {came:count} came or came back, {lost:count} lapsed.",
            **values,
        )
        if change > 0
        else msg(
            "The customer base shrank by {n:count} customer: {came:count} came or came back, {lost:count} lapsed.",
            "The customer base shrank by {n:count} customers: {came:count} came or came back, {lost:count} lapsed.",
            **values,
        )
    )
    detail = msg("A customer brought {each:money} of {what} in the period.", each=each, what=measure.name)
    return Candidate("movement", abs(change) * each, 0.8, Finding(text, detail, "customer_base"))


def money_overdue(audit: Any) -> Candidate | None:
    """What customers owe past the due date."""
    if not audit.has("aging"):
        return None
    open_amounts = value_by(audit.table("aging"), "bucket", "amount_open")
    overdue = sum(amount for bucket, amount in open_amounts.items() if bucket != "not_due")
    total = sum(open_amounts.values())
    if not overdue > 0 or not total > 0:
        return None
    risk = sum(amount * LOSS_RATES.get(bucket, 0.5) for bucket, amount in open_amounts.items())
    text = msg(
        "Customers owe {overdue:money} past the due date, {share:percent} of all that is open.",
        overdue=overdue,
        share=overdue / total,
    )
    detail = msg("{old:money} of it for more than 90 days.", old=open_amounts.get("over_90", 0.0))
    return Candidate("overdue", risk, 0.9, Finding(text, detail, "risk"))


def losing_customers(audit: Any) -> Candidate | None:
    """What the worst customers lose."""
    if not (audit.has("equal_customer_deciles") and audit.has("totals")):
        return None
    worst = audit.table("equal_customer_deciles").iloc[-1]
    losing, loss = number(audit.table("totals").iloc[0].get("loss_making")), number(worst["profit"])
    if not losing > 0 or not loss < 0:
        return None
    text = msg(
        "{n:count} customer loses money; the worst tenth of the customers lost {loss:money}.",
        "{n:count} customers lose money; the worst tenth of the customers lost {loss:money}.",
        n=int(losing),
        loss=-loss,
    )
    detail = msg("Net sales with the worst tenth: {spend:money}.", spend=number(worst["spend"]))
    return Candidate("losses", -loss, 1.0, Finding(text, detail, "customer_base"))


def missed_targets(audit: Any) -> Candidate | None:
    """How far salespeople are below their targets."""
    if not audit.has("sales_team"):
        return None
    team = audit.table("sales_team")
    aimed = team[team["target"].notna() & (team["target"] > 0)]
    short = aimed[aimed["revenue"] < aimed["target"]]
    if short.empty:
        return None
    gap, total = float((short["target"] - short["revenue"]).sum()), float(aimed["target"].sum())
    text = msg(
        "{short:count} of {n:count} salesperson is below target.",
        "{short:count} of {n:count} salespeople are below target.",
        n=len(aimed),
        short=len(short),
    )
    detail = msg("{gap:money} are missing, {share:percent} of all targets.", gap=gap, share=gap / total)
    margin = number(audit.table("totals").iloc[0].get("margin")) if audit.has("totals") else float("nan")
    return Candidate("targets", gap * (margin if known(margin) else 0.3), 1.0, Finding(text, detail, "sales_team"))


def forecast_missed(audit: Any) -> Candidate | None:
    """Whether the value model was off when tested."""
    if not (audit.has("holdout_by_frequency") and audit.has("values")):
        return None
    frame = audit.table("holdout_by_frequency")
    predicted, actual = (float((frame[name] * frame["customers"]).sum()) for name in ("predicted", "actual"))
    miss = predicted / actual - 1 if actual else float("nan")
    if not known(miss) or abs(miss) < _SMALL_MISS:
        return None
    text = msg(
        "When tested, the value model predicted {predicted:count} purchases where {actual:count} happened.",
        predicted=round(predicted),
        actual=round(actual),
    )
    detail = msg("Forecast against actual: {miss:signed_percent}; read expected values with this in mind.", miss=miss)
    money = abs(miss) * number(audit.table("values")["clv"].sum())
    return Candidate("forecast", money, 0.3, Finding(text, detail, "value"))


def rejected_amounts(audit: Any) -> Candidate | None:
    """How much of the purchases could not be read."""
    if not audit.has("load_amounts"):
        return None
    frame = audit.table("load_amounts")
    frame = frame[frame["currency"] == audit.plan.currency]
    lost, total = number(frame["amount_rejected"].abs().sum()), number(frame["amount_in"].abs().sum())
    if not total > 0 or lost / total < _SMALL_REJECT:
        return None
    text = msg("Rows worth {lost:money} were rejected and are in none of the numbers.", lost=lost)
    detail = msg("{share:percent} of all amounts that came in.", share=lost / total)
    return Candidate("rejects", lost * 0.3, 1.0, Finding(text, detail, "data_trust"))


def duplicates(audit: Any) -> Candidate | None:
    """How many records were duplicates; no money, so it fills a place only when there is room."""
    if not audit.has("match_report"):
        return None
    report: pd.Series = audit.table("match_report").iloc[0]
    records, customers = number(report["records"]), number(report["customers"])
    share = 1 - customers / records if records else 0.0
    if share < _FEW_DUPLICATES:
        return None
    text = msg(
        "{share:percent} of the customer records are duplicates: {records:count} records, {customers:count} customers.",
        share=share,
        records=records,
        customers=customers,
    )
    detail = msg(
        "{n:count} pair is left to decide.", "{n:count} pairs are left to decide.", n=int(report["review_pairs"])
    )
    return Candidate("duplicates", 0.0, 1.0, Finding(text, detail, "identity"))


CANDIDATES: tuple[Callable[[Any], Candidate | None], ...] = (
    result_driver,
    dependence,
    best_leaving,
    customers_moved,
    money_overdue,
    losing_customers,
    missed_targets,
    forecast_missed,
    rejected_amounts,
    duplicates,
)
"""Makers of candidates, one per topic."""
