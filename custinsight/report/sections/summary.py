"""Page 0, the one-page summary: six key figures, three findings, three decisions."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.parts import Findings, Kpi, Kpis, Note, Part, Several, shown
from custinsight.report.sections import findings as engine
from custinsight.report.sections.common import (
    Measure,
    earlier,
    known,
    measure_of,
    now_and_before,
    number,
    pick,
    relative,
)
from custinsight.report.sections.value import verdict_of
from custinsight.words import Message, msg

_UNKNOWN = msg("–")
_POINT = 0.005


@shown
def key_figures(audit: Any) -> Part:
    """Six key figures with their change, how sure they are, and how they came here."""
    return Kpis(
        (
            active_customers(audit),
            result(audit),
            top_share(audit),
            expected_value(audit),
            churn_probability(audit),
            quality_score(audit),
        )
    )


@shown
def findings_and_decisions(audit: Any) -> Part:
    """The three findings with the most money behind them, and the three decisions with the most at stake."""
    return Several((_findings(audit), _decisions(audit)))


def _findings(audit: Any) -> Part:
    found = engine.find(audit)
    if not found:
        return Note(msg("Nothing stands out in this period: no finding moves enough money to be named."))
    return Findings(msg("Findings"), found)


def _decisions(audit: Any) -> Part:
    asked = engine.decide(audit)
    if not asked:
        return Note(msg("No decision is asked for: the data allow no worklist, or nobody needs anything done."))
    return Findings(msg("Decisions"), asked)


def active_customers(audit: Any) -> Kpi:
    """Customers with a purchase in the period."""
    name = msg("Customers who bought")
    if not audit.has("history"):
        return _unknown(name)
    now, before = now_and_before(audit)
    change = relative(now["customers"], before["customers"]) if before is not None else float("nan")
    return Kpi(
        name,
        msg("{n:count}", n=number(now["customers"])),
        _against(change),
        pick(change, up="up", down="down", same="flat"),
        _year_ago(audit, "customers"),
        _trend(audit, "customers"),
    )


def result(audit: Any) -> Kpi:
    """Profit of the period, or net sales where no cost is known."""
    if not audit.has("history"):
        return _unknown(msg("Profit"))
    measure, (now, before) = measure_of(audit.table("history").tail(1)), now_and_before(audit)
    change = relative(now[measure.column], before[measure.column]) if before is not None else float("nan")
    return Kpi(
        measure.title,
        msg("{amount:money}", amount=number(now[measure.column])),
        _against(change),
        pick(change, up="up", down="down", same="flat"),
        _year_ago(audit, measure.column),
        _trend(audit, measure.column),
    )


def top_share(audit: Any) -> Kpi:
    """Share of the result that the best tenth of the customers bring; more dependence is a warning."""
    if not audit.has("history"):
        return _unknown(msg("Share of the top 10 %"))
    measure = measure_of(audit.table("history").tail(1))
    now, before = now_and_before(audit)
    change = number(now["top_10_share"]) - number(before["top_10_share"]) if before is not None else float("nan")
    gini = number(audit.table("totals").iloc[0].get("gini")) if audit.has("totals") else float("nan")
    return Kpi(
        top_share_name(measure),
        msg("{share:percent}", share=number(now["top_10_share"])),
        _by_points(change),
        pick(change, up="warn", down="flat", same="flat", floor=_POINT),
        msg("Gini {gini:decimal}", gini=gini) if known(gini) else msg(""),
        _trend(audit, "top_10_share"),
    )


def top_share_name(measure: Measure) -> Message:
    """Name the share of the result that the best tenth brings."""
    return msg("Top 10 % share of {what}", what=measure.name)


def expected_value(audit: Any) -> Kpi:
    """Expected margin of all customers over the horizon, with its interval; nothing where the gate refuses."""
    name = msg("Expected value, {days:count} days", days=int(audit.plan.model.horizon_days))
    if not audit.has("values") or verdict_of(audit) == "refuse":
        return Kpi(name, _UNKNOWN, None, "warn", msg("The value model may not be used."))
    low, value, high = value_interval(audit)
    past = [value_interval(each)[1] for each in earlier(audit) if each.has("values") and verdict_of(each) != "refuse"]
    change = relative(value, past[0]) if past else float("nan")
    share = float(audit.plan.model.interval)
    note = (
        msg("{share:percent}: {low:money} to {high:money}", share=share, low=low, high=high)
        if known(low) and known(high)
        else msg("")
    )
    return Kpi(
        name,
        msg("{amount:money}", amount=value),
        _against(change),
        pick(change, up="up", down="down", same="flat"),
        note,
        (*reversed(past), value) if past else (),
    )


def value_interval(audit: Any) -> tuple[float, float, float]:
    """Expected value of all customers: low, value, high; the interval is nan where only the sum is known."""
    groups = audit.table("value_by_group") if audit.has("value_by_group") else pd.DataFrame({"kind": []})
    total = groups[groups["kind"] == "total"]
    if len(total):
        row = total.iloc[0]
        return number(row["clv_low"]), number(row["clv"]), number(row["clv_high"])
    return float("nan"), number(audit.table("values")["clv"].sum()), float("nan")


def churn_probability(audit: Any) -> Kpi:
    """Mean probability of no purchase within the churn horizon."""
    name = msg("Mean churn probability, {days:count} days", days=int(audit.plan.model.churn_days))
    if not audit.has("scores"):
        return _unknown(name)
    mean = number(audit.table("scores")["probability"].mean())
    past = [number(each.table("scores")["probability"].mean()) for each in earlier(audit) if each.has("scores")]
    change = mean - past[0] if past else float("nan")
    brier = number(audit.table("churn_metrics")["brier"].iloc[0]) if audit.has("churn_metrics") else float("nan")
    return Kpi(
        name,
        msg("{share:percent}", share=mean),
        _by_points(change),
        pick(change, up="down", down="up", same="flat", floor=_POINT),
        msg("Brier score {brier:precise}", brier=brier) if known(brier) else msg(""),
        (*reversed(past), mean) if past else (),
    )


def quality_score(audit: Any) -> Kpi:
    """Mean of the six dimensions of data quality, from 0 to 100."""
    name = msg("Data quality score")
    if not audit.has("quality"):
        return _unknown(name)
    score = mean_quality(audit.table("quality"))
    past = [mean_quality(each.table("quality")) for each in earlier(audit) if each.has("quality")]
    change = score - past[0] if past else float("nan")
    note = msg("")
    if audit.has("match_report"):
        report = audit.table("match_report").iloc[0]
        note = msg("Duplicates {share:percent}", share=1 - report["customers"] / max(report["records"], 1))
    return Kpi(
        name,
        msg("{score:count} of 100", score=score * 100),
        _by_points(change),
        pick(change, up="up", down="down", same="flat", floor=_POINT),
        note,
        (*reversed(past), score) if past else (),
    )


def mean_quality(quality: pd.DataFrame) -> float:
    """Mean over the dimensions of the share of records in order.

    Examples
    --------
    >>> mean_quality(pd.DataFrame({"dimension": ["validity", "validity", "uniqueness"],
    ...                            "numerator": [9, 9, 10], "denominator": [10, 10, 10]}))
    0.95
    """
    sums = quality.groupby("dimension")[["numerator", "denominator"]].sum()
    return float((sums["numerator"] / sums["denominator"].where(sums["denominator"] > 0)).mean())


def _unknown(name: Message) -> Kpi:
    return Kpi(name, _UNKNOWN, None, "flat", msg("The data lack what it needs."))


def _against(change: float) -> Message | None:
    if not known(change):
        return None
    return pick(
        change,
        up=msg("{change:signed_percent}", change=change),
        down=msg("{change:signed_percent}", change=change),
        same=msg("no change"),
    )


def _by_points(change: float) -> Message | None:
    if not known(change):
        return None
    shown_change = msg("{change:points}", change=change)
    return pick(change, up=shown_change, down=shown_change, same=msg("no change"))


def _year_ago(audit: Any, column: str) -> Message:
    """Say the change on the same season a year before: a quarter against the one before it mixes in the season."""
    history, label = audit.table("history"), audit.period.year_before().label
    then = history[history["period"].astype(str) == label]
    if then.empty or label == audit.period.previous().label:
        return msg("against {period}", period=audit.period.previous().label) if len(history) > 1 else msg("")
    change = relative(history.iloc[-1][column], then.iloc[0][column])
    if not known(change):
        return msg("")
    return msg("{change:signed_percent} on {period}", change=change, period=label)


def _trend(audit: Any, column: str) -> tuple[float, ...]:
    values = [number(value) for value in audit.table("history")[column]]
    while values and not known(values[0]):
        values.pop(0)
    return tuple(values)
