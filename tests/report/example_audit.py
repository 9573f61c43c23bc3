"""An audit in memory with tables of the shapes that the stages store, for tests of sections and figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from custinsight.ingest.ledger import fault_sentence
from custinsight.messages import message_json
from custinsight.periods import Period
from custinsight.plan import AuditPlan
from custinsight.words import Message, msg

PLAN = AuditPlan(sources=[{"name": "erp", "table": "transactions", "path": "sales.csv"}], currency="CNY")


@dataclass(frozen=True, eq=False)
class ExampleAudit:
    tables: dict[str, pd.DataFrame]
    plan: AuditPlan = PLAN
    period: Period = field(default_factory=lambda: Period.parse("2024Q4"))
    languages: tuple[str, ...] = ("en",)
    previous: ExampleAudit | None = None

    def table(self, name: str) -> pd.DataFrame:
        return self.tables[name].copy()

    def has(self, name: str) -> bool:
        return name in self.tables and len(self.tables[name]) > 0

    def of(self, period: Period) -> ExampleAudit | None:
        past = self.previous
        while past is not None and past.period != period:
            past = past.previous
        return past

    def gate_reasons(self) -> tuple[Message, ...]:
        return (msg("Two thirds of the customers bought once."),)

    def manifest(self) -> dict[str, Any]:
        inputs = [{"source": "erp", "rows": 48231, "sha256": "0f3a9c2e77b1d604"}]
        return {
            "versions": {"duckdb": "1.5.6", "pandas": "3.1.1"},
            "inputs": inputs,
            "code": "c0de",
            "plan": "91a2",
        } | {
            "period": self.period.label,
            "custinsight": "0.1.0",
        }

    def without(self, *names: str) -> ExampleAudit:
        return replace(self, tables={name: table for name, table in self.tables.items() if name not in names})

    def having(self, **tables: pd.DataFrame) -> ExampleAudit:
        return replace(self, tables=self.tables | tables)


def example_audit(languages: tuple[str, ...] = ("en",)) -> ExampleAudit:
    """An audit with every table, and one of the period before it."""
    tables = {**_loading(), **_base(), **_lenses(), **_future(), **_insight(), **_moves()}
    before = ExampleAudit(
        tables | {"scores": tables["scores"].assign(probability=tables["scores"]["probability"] * 0.93)},
        period=Period.parse("2024Q3"),
    )
    return ExampleAudit(tables, languages=languages, previous=before)


def _frame(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


def _loading() -> dict[str, pd.DataFrame]:
    return {
        "load_report": _frame(
            "source table file encoding rows_in rows_kept rows_rejected rows_total_lines rows_out_of_scope problems",
            ("erp customers", "customers", "customers.csv", "gb18030", 1326, 1318, 8, 0, 0, ""),
            ("erp sales", "transactions", "sales.csv", "gb18030", 48231, 47890, 214, 12, 115, ""),
            ("crm contacts", "interactions", "contacts.xlsx", "", 5210, 5210, 0, 0, 0, ""),
        ),
        "load_amounts": _frame(
            "source currency amount_in amount_kept amount_rejected amount_out_of_scope difference",
            ("erp sales", "CNY", 98_412_377.15, 97_630_112.4, 541_204.75, 241_060.0, 0.0),
            ("erp sales", "USD", 412_300.5, 412_300.5, 0.0, 0.0, 0.0),
        ),
        "load_problems": _frame(
            "source table file problem",
            (
                "erp sales",
                "transactions",
                "sales.csv",
                message_json(fault_sentence(("BAD_NUMBER", "quantity", "数量"), 14)),
            ),
        ),
        "currency_totals": _frame(
            "currency lines amount amount_base own_rate table_rate without_rate amount_without_rate rates_differ",
            ("CNY", 44_120, 90_110_222.1, 90_110_222.1, 0, 0, 0, 0.0, 0),
            ("USD", 240, 412_300.5, 2_886_103.5, 200, 40, 0, 0.0, 3),
            ("EUR", 12, 9_120.0, 0.0, 0, 0, 12, 9_120.0, 0),
        ),
        "return_counts": _frame(
            "how currency lines documents amount",
            ("named", "CNY", 612, 401, 240_118.5),
            ("matched", "CNY", 88, 80, 31_402.0),
            ("ambiguous", "CNY", 20, 19, 6_020.25),
            ("none", "CNY", 41, 40, 22_004.0),
            ("none", "USD", 2, 2, 310.0),
        ),
        "order_key": _frame(
            "source_system numbers orders shared_numbers shared_orders long_numbers long_orders",
            ("ERP", 12_204, 12_311, 98, 205, 110, 12),
            ("US", 240, 240, 0, 0, 0, 0),
        ),
        "scope_report": _frame(
            "verdict currency rows amount",
            ("kept", "CNY", 44_120, 90_110_222.1),
            ("kept", "USD", 240, 412_300.5),
            ("later", "CNY", 3010, 6_890_100.0),
            ("status", "CNY", 520, 630_000.0),
        ),
        "late_rows": _frame(
            "period closed_on kind currency lines documents customers amount",
            ("2024Q2", "2024-07-05", "late", "CNY", 31, 12, 9, 84_210.5),
            ("2024Q3", "2024-10-08", "late", "CNY", 8, 4, 4, 12_650.0),
            ("2024Q3", "2024-10-08", "gone", "CNY", 2, 1, 1, -1_900.0),
            ("2024Q3", "2024-10-08", "changed", "USD", 1, 1, 1, -40.0),
        ),
        "reject_counts": _frame(
            "source code rows",
            ("erp sales", "AMBIGUOUS_DATE", 120),
            ("erp sales", "MISSING_REQUIRED", 94),
            ("erp customers", "MISSING_REQUIRED", 8),
        ),
        "quality": _quality(),
        **_checks(),
        "match_report": _frame("records customers duplicates largest_cluster review_pairs", (1318, 1224, 94, 5, 37)),
        "cluster_sizes": _frame("records customers", (1, 1142), (2, 73), (3, 7), (4, 1), (5, 1)),
        "missing_tables": _frame("table", ("targets",), ("owners",)),
    }


def _quality() -> pd.DataFrame:
    rows = [
        *((("completeness", name, good, 1318)) for name, good in (
            ("customer_name", 1318), ("mobile", 1102), ("email", 760), ("tax_id", 905), ("region", 1290),
            ("owner_id", 1244))),
        ("validity", "mobile", 1066, 1102),
        ("validity", "email", 741, 760),
        ("validity", "tax_id", 871, 905),
        ("uniqueness", "tax_id", 862, 905),
        ("consistency", "region", 1201, 1290),
        ("timeliness", "updated_at", 803, 1318),
    ]  # fmt: skip
    frame = _frame("dimension field numerator denominator", *rows)
    return frame.assign(score=frame["numerator"] / frame["denominator"])


def _checks() -> dict[str, pd.DataFrame]:
    rows = [
        ("HAS_EMAIL", "completeness", "customers", "email", 760, 1318, "fail", "", 4_100_000.0),
        ("VALID_TAX_ID", "validity", "customers", "tax_id", 871, 905, "warn", "", 310_000.0),
        ("ONE_NAME_OF_TAX_ID", "consistency", "customers", "tax_id", 893, 905, "warn", "", 150_000.0),
        ("KNOWN_PARENT_ID", "consistency", "customers", "parent_id", 40, 40, "pass", "", 0.0),
        ("TRANSACTIONS_KNOWN_CUSTOMER_ID", "consistency", "transactions", "customer_id", 43_300, 44_120, "warn", "",
         560_000.0),
        ("OWN_no_gifts", "accuracy", "transactions", "amount_net", 44_100, 44_120, "fail", "no_gifts", 900.0),
    ]  # fmt: skip
    checks = _frame("code dimension table field numerator denominator severity name revenue", *rows)
    off = checks["denominator"] - checks["numerator"]
    checks = checks.assign(why="", share=off / checks["denominator"], records=off, customers=(off + 1) // 2)
    checks = checks.assign(revenue_share=checks["revenue"] / 31e6)
    ranked = checks[checks["severity"] != "pass"].sort_values("revenue", ascending=False, ignore_index=True)
    examples = [("HAS_EMAIL", 1, "CRM", "AA999"), ("HAS_EMAIL", 2, "CRM", "AA999"), ("VALID_TAX_ID", 1, "ERP", "9A 某")]
    by = [
        (by, key, dimension, good, 1318, good / 1318)
        for by, key, less in (("total", "", 0), ("source", "CRM", 90), ("source", "ERP", 11), ("owner", "S01", 40))
        for dimension, good in (("completeness", 1100 - less), ("validity", 1290 - less), ("timeliness", 803 - less))
    ]
    return {
        "checks": checks,
        "check_examples": _frame("code place source_system example", *examples),
        "quality_by": _frame("by key dimension numerator denominator score", *by),
        "repairs_ranked": ranked.assign(place=range(1, len(ranked) + 1), repaired=37, proposed=31),
        "repair_counts": _frame("column repaired proposed", ("email", 37, 31), ("region", 12, 0)),
    }


def _base() -> dict[str, pd.DataFrame]:
    customers = [512, 530, 561, 588, 540, 571, 603, 614]
    spend = [6.9e6, 7.4e6, 7.1e6, 9.2e6, 7.3e6, 8.0e6, 7.9e6, 9.05e6]
    labels = ["2023Q1", "2023Q2", "2023Q3", "2023Q4", "2024Q1", "2024Q2", "2024Q3", "2024Q4"]
    history = pd.DataFrame({"period": labels, "customers": customers, "spend": spend})
    history["start"] = [Period.parse(label).start for label in labels]
    history["end"] = [Period.parse(label).end for label in labels]
    history["orders"] = (history["customers"] * 2.4).round().astype(int)
    history["profit"] = history["spend"] * [0.29, 0.3, 0.3, 0.31, 0.29, 0.28, 0.31, 0.27]
    history["aof"], history["aov"] = history["orders"] / history["customers"], history["spend"] / history["orders"]
    history["margin"] = history["profit"] / history["spend"]
    history["top_10_share"] = [0.34, 0.35, 0.352, 0.36, 0.361, 0.362, 0.361, 0.382]
    last = history.iloc[-1]
    names = ["customers", "orders", "spend", "profit", "aof", "aov", "margin"]
    totals = pd.DataFrame([last[names]]).astype(float)
    totals = totals.assign(one_time=231.0, loss_making=18.0, gini=0.61, top_10_share=0.382).reset_index(drop=True)
    months = pd.date_range("2023-01-01", "2024-12-01", freq="MS")
    wave = 2.4e6 + 6e5 * np.sin(np.arange(24) / 12 * 2 * np.pi + 3.6) + np.arange(24) * 1.4e4
    by_month = pd.DataFrame({"month": months, "customers": 260, "orders": 400, "spend": wave, "profit": wave * 0.29})
    return {
        "history": history,
        "totals": totals,
        "by_month": by_month,
        "movement": _frame(
            "step customers", ("opening", 1012), ("new", 148), ("recovered", 39), ("lapsed", -164), ("closing", 1035)
        ),
        "bridge": _frame(
            "factor before after effect",
            ("customers", 603.0, 614.0, 44_000.0),
            ("aof", 2.4, 2.38, -21_000.0),
            ("aov", 5458.0, 6193.0, 310_500.0),
            ("margin", 0.31, 0.27, -339_000.0),
        ),
        "segments": _segments(),
        "tiers": _segments()[["customer_id", "value", "tier"]],
    }


def _moves() -> dict[str, pd.DataFrame]:
    nothing = dict.fromkeys(("customer_group", "industry", "source_channel", "owner_id", "category"))
    found = _frame(
        "rank slice region channel conditions customers before after change share own beyond",
        (1, "", "华东", "Web", 2, 84, 410_000.0, 160_000.0, -250_000.0, 45.5, -250_000.0, -262_000.0),
        (2, "", "South", None, 1, 131, 300_000.0, 452_000.0, 152_000.0, -27.6, 152_000.0, 149_000.0),
        (3, "", None, "", 1, 22, 90_000.0, 30_000.0, -60_000.0, 10.9, -51_000.0, -48_000.0),
    )
    effects = [
        ("region", value, factor, 1.0, 1.1, effect, change)
        for value, change in (("华东", -250_000.0), ("South", 152_000.0), (None, 12_000.0))
        for factor, effect in (("customers", change / 2), ("aof", 0.0), ("aov", change / 4), ("margin", change / 4))
    ]
    traits = [(cluster, feature) for cluster in (1, 2) for feature in ("purchases_per_year", "days_silent", "visits")]
    return {
        "price_mix": _frame(
            "effect products before after amount",
            ("price", 120, 900_000.0, 890_000.0, 21_000.0),
            ("cost", 120, 900_000.0, 890_000.0, -64_000.0),
            ("quantity", 120, 900_000.0, 890_000.0, 40_000.0),
            ("mix", 120, 900_000.0, 890_000.0, -7_000.0),
            ("new_products", 6, 0.0, 9_500.0, 9_500.0),
            ("dropped_products", 2, 5_000.0, 0.0, -5_000.0),
            ("unmeasured", 0, 0.0, 0.0, 0.0),
        ),
        "slices": found.assign(**nothing),
        "drivers_by": _frame("dimension value factor before after effect change", *effects),
        "movement_by": _frame("dimension value step customers", ("region", "South", "opening", 12)),
        "tier_moves": _frame(
            "tier_before tier_after customers share",
            ("A", "A", 90, 0.9),
            ("A", "B", 10, 0.1),
            ("B", "A", 12, 0.2),
            ("B", "B", 48, 0.8),
            ("none", "C", 7, 1.0),
        ),
        "stage_moves": _frame(
            "stage_before stage_after customers share",
            ("active", "active", 80, 0.8),
            ("active", "at_risk", 14, 0.14),
            ("active", "dormant", 6, 0.06),
            ("dormant", "recovered", 4, 0.1),
            ("dormant", "lost", 36, 0.9),
            ("none", "new", 20, 1.0),
        ),
        "rfm": _frame(
            "customer_id r f m rfm cell", ("C1", 5, 5, 5, "555", "champions"), ("C2", 1, 1, 1, "111", "lost")
        ),
        "cluster_profiles": pd.DataFrame(
            [(c, 60 * c, 0.4, f, 12.0 * c, 9.0, 0.9 * (-1) ** c, "doubtful") for c, f in traits],
            columns=["cluster", "customers", "share", "feature", "mean", "overall", "difference", "verdict"],
        ),
        "own_segment_counts": _frame("segment customers spend profit", ("重点客户", 31, 512_000.0, 99_000.0)),
    }


def _segments() -> pd.DataFrame:
    counts = {
        ("A", "active"): 96, ("A", "at_risk"): 14, ("A", "dormant"): 6, ("B", "new"): 12, ("B", "active"): 141,
        ("B", "at_risk"): 30, ("B", "dormant"): 22, ("C", "new"): 136, ("C", "active"): 288, ("C", "at_risk"): 97,
        ("C", "dormant"): 193,
    }  # fmt: skip
    worth = {"A": 21_000.0, "B": 5_400.0, "C": 700.0}
    rows = [(tier, stage, worth[tier]) for (tier, stage), n in counts.items() for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["tier", "stage", "value"])
    return frame.assign(
        customer_id=[f"C{i:09d}" for i in range(len(frame))], value=frame["value"] + np.arange(len(frame)) % 97
    )


def _lenses() -> dict[str, pd.DataFrame]:
    shares = np.array([0.382, 0.171, 0.121, 0.093, 0.074, 0.06, 0.045, 0.034, 0.021, -0.001])
    deciles = pd.DataFrame({"decile": range(1, 11), "customers": [62, 61, 62, 61, 61, 62, 61, 61, 62, 61]})
    deciles["orders"] = [310, 220, 180, 150, 130, 110, 100, 92, 90, 80]
    deciles["profit"] = shares * 2.44e6
    deciles["spend"] = deciles["profit"].abs() / 0.27 + 1e4
    deciles["aof"], deciles["aov"] = deciles["orders"] / deciles["customers"], deciles["spend"] / deciles["orders"]
    deciles["margin"], deciles["lowest"] = deciles["profit"] / deciles["spend"], deciles["profit"] / 62 * 0.8
    x = np.linspace(0, 1, 201)
    lorenz = pd.DataFrame(
        {
            "customer_share": x,
            "spend_share": 1 - (1 - x) ** 3.9,
            "profit_share": 1 - 1.01 * (1 - x) ** 4.64 + 0.01 * (1 - x),
        }
    )
    periods = [f"{year}Q{quarter}" for year in range(2019, 2025) for quarter in range(1, 5)]
    c3 = [
        (now, then, 40, 60, 9e5 * 0.93 ** (j - i) * (1.6 if j == i else 1) * (1 + 0.2 * (j % 4 == 3)), None)
        for j, now in enumerate(periods)
        for i, then in enumerate(periods[: j + 1])
    ]
    active = pd.DataFrame({"period": periods, "new": [90 + (7 * i) % 40 for i in range(24)]})
    active["repeat"] = [min(60 * i, 300 + 11 * i) for i in range(24)]
    active["customers"] = active["new"] + active["repeat"]
    repeat = pd.DataFrame({"period": periods[1:], "previous": periods[:-1], "bought_before": active["customers"][:-1]})
    repeat["bought_again"] = (repeat["bought_before"] * [0.4 + 0.01 * (i % 5) for i in range(23)]).astype(int)
    return {
        "distributions": _distributions(),
        "equal_customer_deciles": deciles,
        "equal_profit_deciles": deciles.assign(customers=[14, 20, 27, 35, 44, 55, 68, 85, 112, 154]),
        "lorenz": lorenz,
        "c3": pd.DataFrame(c3, columns=["period", "cohort", "customers", "orders", "spend", "profit"]),
        "active": active,
        "repeat_rate": repeat.assign(rate=repeat["bought_again"] / repeat["bought_before"]),
        "acquired": active[["period", "new"]].set_axis(["cohort", "customers"], axis=1),
        **_cohort_life(periods),
        "groups": _groups(),
        "decile_changes": _decile_changes(),
        "patterns": _patterns(),
    }


def _cohort_life(periods: list[str]) -> dict[str, pd.DataFrame]:
    ages = pd.DataFrame(
        [
            (cohort, periods[i + age], age, True, 90, round(90 * 0.4 * 0.9**age) if age else 90)
            for i, cohort in enumerate(periods)
            for age in range(len(periods) - i)
        ],
        columns=["cohort", "period", "age", "complete", "cohort_customers", "customers"],
    )
    ages = ages.assign(share_active=ages["customers"] / 90, aof=1.4, aov=850.0)
    second = pd.DataFrame({"age": range(24), "customers": 40, "at_risk": [900 - 38 * age for age in range(24)]})
    second["cumulative"] = [0.8 - 0.6 * 0.85**age for age in range(24)]
    second["incremental"] = second["cumulative"].diff().fillna(second["cumulative"])
    patterns = pd.DataFrame({"pattern": ["YNN", "YYY", "YYN", "YNY"], "customers": [200, 90, 60, 10]})
    patterns = patterns.assign(share=patterns["customers"] / 360, orders=400, spend=9e5, profit=2e5, cohort="2022")
    return {"cohort_ages": ages, "time_to_second": second, "yearly_patterns": patterns}


def _distributions() -> pd.DataFrame:
    rows = []
    for measure, start, width in (
        ("spend", 0, 2000),
        ("orders", 1, 1),
        ("spend_per_order", 0, 500),
        ("profit", 0, 500),
    ):
        counts = [int(180 * 0.78**i) + 1 for i in range(18)]
        low = [start + width * i for i in range(18)]
        if measure == "profit":
            rows.append((measure, -np.inf, 0.0, 18, 18 / 632))
        high = [*low[1:], np.inf]
        rows += [(measure, float(a), float(b), n, n / sum(counts)) for a, b, n in zip(low, high, counts, strict=True)]
    return _frame("measure bin_from bin_to customers share", *rows)


def _groups() -> pd.DataFrame:
    frame = _frame(
        "group customers spend_before spend_after profit_before profit_after",
        ("only_before", 281, 2.9e6, 0.0, 8.7e5, 0.0),
        ("both", 322, 5.0e6, 6.1e6, 1.58e6, 1.64e6),
        ("only_after", 292, 0.0, 2.95e6, 0.0, 8.1e5),
    )
    return frame.assign(change=frame["profit_after"] - frame["profit_before"])


def _decile_changes() -> pd.DataFrame:
    rows = []
    for before in range(11):
        for after in range(11):
            near = 24 if before == after else max(0, 12 - 3 * abs(before - after))
            n = 0 if before == after == 0 else 28 if 0 in (before, after) else near
            if n:
                rows.append((before, after, n, n * 900.0 * (11 - before) * (before > 0), n * 880.0 * (11 - after)))
    return _frame("decile_before decile_after customers value_before value_after", *rows)


def _patterns() -> pd.DataFrame:
    letters = [f"{a}{b}{c}{d}" for a in "UD" for b in "UD" for c in "UD" for d in "UD"]
    frame = pd.DataFrame({"pattern": letters, "customers": [(37 * i) % 41 for i in range(16)]})
    sign = frame["pattern"].str[0].map({"U": 1.0, "D": -1.0})
    frame["profit_before"] = frame["customers"] * 4000.0
    frame["profit_after"] = frame["profit_before"] + sign * frame["customers"] * 900
    return frame.assign(spend_before=frame["profit_before"] / 0.3, spend_after=frame["profit_after"] / 0.3)


def _future() -> dict[str, pd.DataFrame]:
    segments = _segments()
    chance = segments["stage"].map({"active": 0.22, "new": 0.48, "at_risk": 0.66, "dormant": 0.91})
    chance = (chance + (np.arange(len(segments)) % 13 - 6) / 80).clip(0.01, 0.99)
    clv = segments["value"] * (1 - chance) * 2.1
    scores = pd.DataFrame({"customer_id": segments["customer_id"], "probability": chance, "hiatus_days": 40.0})
    scores = scores.assign(
        usual_gap_days=28.0,
        expected_margin=clv,
        value_at_stake=clv * chance,
        changeable=4 * chance * (1 - chance),
        priority=range(1, len(scores) + 1),
    )
    values = pd.DataFrame({"customer_id": segments["customer_id"], "probability_alive": 1 - chance, "clv": clv})
    deciles = range(1, 11)
    predicted = [0.94, 0.86, 0.75, 0.64, 0.55, 0.45, 0.36, 0.27, 0.18, 0.09]
    actual = [0.95, 0.83, 0.78, 0.66, 0.5, 0.46, 0.39, 0.25, 0.2, 0.11]
    return {
        "values": values,
        "value_by_group": _value_by_group(segments.assign(clv=clv)),
        "scores": scores,
        "gate": _frame("verdict", ("care",)),
        "clv_parameters": _frame(
            "model parameter estimate standard_error",
            *(("BGNBD", "r", 0.243, 0.013), ("BGNBD", "alpha", 4.414, 0.378), ("BGNBD", "a", 0.793, 0.186)),
            ("GammaGamma", "p", 6.25, 1.19),
        ),
        "clv_scores": _frame(
            "method origins mae rmse bias brier ece is_model is_chosen is_chosen_for_silence",
            ("BGNBD", 2, 0.79, 1.61, -0.062, 0.161, 0.054, True, True, False),
            ("Pool", 2, 0.8, 1.6, -0.07, 0.16, 0.05, True, False, True),
            ("naive", 2, 1.02, 2.21, 0.557, 0.24, 0.2, False, False, False),
            ("hiatus", 1, float("nan"), float("nan"), float("nan"), 0.165, 0.072, False, False, False),
        ),
        "holdout_by_frequency": _frame(
            "frequency customers actual predicted",
            *((i, 420 - 50 * i, 0.3 + 0.62 * i, 0.24 + 0.58 * i) for i in range(8)),
        ),
        "holdout_metrics": _frame(
            "metric value",
            ("bias", -0.062),
            ("mae", 0.79),
            ("rmse", 1.61),
            ("naive_bias", 0.557),
            ("naive_mae", 1.02),
            ("naive_rmse", 2.21),
            ("equal_bias", -0.062),
            ("equal_mae", 1.3),
            ("equal_rmse", 2.3),
        ),
        "churn_calibration": pd.DataFrame(
            {"decile": deciles, "customers": 103, "predicted": predicted, "actual": actual}
        ),
        "churn_metrics": _frame(
            "model auc pr_auc lift brier ece is_chosen",
            ("blend", 0.757, 0.828, 1.2, 0.161, 0.054, True),
            ("hiatus", 0.771, 0.86, 1.24, 0.165, 0.072, False),
            ("rate", 0.731, 0.81, 1.1, 0.19, 0.12, False),
        ),
        **_leaving(scores),
    }


_PAST = (("2024Q3", "audit"), ("2024Q2", "backfilled"))
_GRADED = (90, 900, 2, 0.61, 0.58, 0.76, 0.8, 1.3, 0.16, 0.04, 800.0, 840.0, -0.048, 9.1e6, 9.6e6, -0.052, 0.88, 0.9)


def _leaving(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What the churn stage says besides the scores."""
    found = [msg("On the last stretch {predicted:percent} were expected to stay away; {actual:percent} did.")]
    said = [message_json(Message(each.template, {"predicted": 0.61, "actual": 0.58})) for each in found]
    reasons = [
        (customer, place, topic, effect, first, second, "")
        for customer in scores["customer_id"]
        for place, topic, effect, first, second in (
            (1, "silence", 0.21, 94.0, 31.0),
            (2, "complaints", 0.04, 2.0, 1.0),
        )
    ]
    return {
        "churn_verdict": _frame(
            "verdict method horizon_days window_days message_json", *(("use", "blend", 90, 90, text) for text in said)
        ),
        "churn_reasons": _frame("customer_id place topic effect first second value", *reasons),
        "churn_profile": _frame(
            "feature topic leaving staying distance",
            ("hiatus_days", "silence", 81.0, 12.0, 0.63),
            ("year_purchases", "frequency", 2.0, 9.0, -0.51),
        ),
        "churn_groups": _frame(
            "kind group customers predicted actual brier auc verdict",
            ("tenure", "low", 210, 0.52, 0.50, 0.17, 0.74, "fair"),
            ("region", "east", 190, 0.40, 0.51, 0.19, 0.71, "too_low"),
            ("region", "", 9, 0.40, 0.41, 0.16, 0.7, "few"),
        ),
        "churn_drift": _frame(
            "feature psi before now verdict",
            ("age_days", 0.31, 210.0, 301.0, "shifted"),
            ("hiatus_days", 0.04, 33.0, 35.0, "stable"),
        ),
        "track_record": _frame(
            "period origin source days customers unmatched churn_predicted churn_actual auc pr_auc lift brier ece "
            "purchases_predicted purchases_actual purchases_bias spend_predicted spend_actual spend_bias coverage "
            "interval",
            *((period, "2024-09-30", source, *_GRADED) for period, source in _PAST),
        ),
        "track_groups": _frame(
            "period origin source days kind group customers churn_predicted churn_actual purchases_predicted "
            "purchases_actual spend_predicted spend_actual",
            ("2024Q3", "2024-09-30", "audit", 90, "tier", "A", 120, 0.31, 0.25, 410.0, 433.0, 5.1e6, 5.3e6),
            ("2024Q3", "2024-09-30", "audit", 90, "tier", "C", 510, 0.72, 0.71, 190.0, 188.0, 1.4e6, 1.5e6),
            ("2024Q2", "2024-06-30", "backfilled", 90, "tier", "A", 118, 0.3, 0.28, 400.0, 422.0, 5.0e6, 5.2e6),
        ),
        "churn_calls": _frame(
            "calls saved cost gain is_best",
            (0, 0.0, 0.0, 0.0, False),
            (40, 9_800.0, 1_200.0, 8_600.0, True),
            (200, 10_900.0, 6_000.0, 4_900.0, False),
        ),
    }


def _value_by_group(frame: pd.DataFrame) -> pd.DataFrame:
    rows = [("total", "", len(frame), frame["clv"].sum())]
    for kind in ("tier", "stage"):
        rows += [(kind, code, len(part), part["clv"].sum()) for code, part in frame.groupby(kind)]
    found = _frame("kind group customers clv", *rows)
    return found.assign(clv_low=found["clv"] * 0.9, clv_high=found["clv"] * 1.12)


def _insight() -> dict[str, pd.DataFrame]:
    split = "customers orders spend profit"
    owners = [("S01", "Wang Lei"), ("S02", "Li Na"), ("S03", "Zhang Wei"), ("S04", "Chen Jing"), ("", None)]
    team = pd.DataFrame(owners, columns=["owner_id", "owner_name"]).assign(department="East")
    team = team.assign(customers=[260, 240, 233, 220, 82], active=[200, 190, 170, 160, 41])
    team = team.assign(revenue=[2.9e6, 2.4e6, 1.9e6, 1.5e6, 3.5e5], profit=[8e5, 7e5, 5e5, 4e5, 9e4])
    team = team.assign(target=[2.6e6, 2.5e6, 2.2e6, 1.4e6, np.nan])
    team = team.assign(attainment=team["revenue"] / team["target"], at_stake=[3.1e5, 2.2e5, 4.0e5, 1.9e5, 8e4])
    return {
        "interactions": _frame("interaction_id customer_id", ("I1", "C000000001")),
        "by_category": _frame(
            f"category {split}",
            ("Paper and stationery", 420, 900, 3.1e6, 9.4e5),
            ("Printers", 120, 160, 2.2e6, 5.1e5),
            ("办公家具", 60, 70, 1.6e6, 4.0e5),
            ("Coffee and water", 210, 380, 6.0e5, -3.0e4),
            ("other", 190, 330, 1.5e6, 4.2e5),
        ),
        "by_channel": _frame(f"channel {split}", ("field", 380, 800, 5.9e6, 1.6e6), ("online", 290, 640, 3.1e6, 8e5)),
        "by_weekday": _frame(
            f"weekday {split}",
            *((day, 90, n, n * 6e3, n * 1.7e3) for day, n in enumerate((310, 290, 270, 260, 250, 60, 22), 1)),
        ),
        "concentration": _frame(
            "top share_spend", (1, 0.043), (5, 0.131), (10, 0.204), (20, 0.297), (50, 0.47), (100, 0.63)
        ),
        "aging": _frame(
            "bucket documents amount_open",
            *(("not_due", 310, 2.4e6), ("1-30", 74, 5.1e5), ("31-60", 31, 2.2e5), ("61-90", 12, 9.4e4)),
            ("over_90", 17, 1.6e5),
        ),
        "overdue": _frame(
            "customer_id amount_open amount_overdue oldest_days credit_limit",
            *(
                (f"C{i:09d}", 99_000.0 / (i + 1), 92_000.0 / (i + 1), 20 + 11 * i, 50_000.0 if i % 2 else np.nan)
                for i in range(14)
            ),
        ),
        "over_limit": _frame(
            "customer_id amount_open amount_overdue credit_limit",
            ("C000000001", 61_000.0, 46_000.0, 50_000.0),
        ),
        "feedback_by_category": _frame(
            "category complaints resolved median_days",
            *(("late delivery", 41, 33, 6.0), ("damaged goods", 22, 20, 4.5), (None, 7, 3, 9.0)),
        ),
        "feedback_open": _frame(
            "customer_id feedback_id at days_open category severity",
            ("C000000004", "F17", dt.datetime(2024, 9, 30), 92, "late delivery", "high"),
            ("C000000090", "F44", dt.datetime(2024, 12, 2), 29, None, None),
        ),
        "sales_team": team.assign(not_contacted=[12, 31, 44, 9, 38]),
        "worklists": _worklists(),
        "strategy": _strategy(),
    }


def _worklists() -> pd.DataFrame:
    due = pd.Timestamp("2025-01-30")
    columns = "list_code owner_id customer_id tier reason amount_at_stake amount_low amount_high action due_date"
    rows = [
        (code, f"S{1 + i % 4:02d}" if i % 9 else "", f"C{i + shift:09d}", "A", reason, amount, amount * 0.8,
         amount * 1.3, action, due)
        for code, n, shift, amount, reason, action in (
            ("W1", 20, 96, 18_000.0, "silent_beyond_rhythm", "call_now"),
            ("W3", 60, 300, 1_200.0, "lapsed", "win_back"),
            ("W6", 14, 0, 26_000.0, "overdue", "collect"),
            ("W9", 37, 500, float("nan"), "duplicate", "decide_duplicate"),
        )
        for i in range(n)
    ]  # fmt: skip
    return _frame(columns, *rows)


def _strategy() -> pd.DataFrame:
    scored = _segments().merge(_future()["scores"], on="customer_id")
    frame = scored.groupby(["tier", "stage"], as_index=False).agg(
        customers=("customer_id", "size"), value=("expected_margin", "sum"), at_stake=("value_at_stake", "sum")
    )
    return frame.assign(action=["keep", "win_back", "call_now", *["develop"] * (len(frame) - 3)])
