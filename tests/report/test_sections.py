"""Sections say what the numbers found, whatever their sign and size, and what is missing."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from example_audit import PLAN, ExampleAudit, example_audit

from custinsight.base import lenses
from custinsight.plan import Source
from custinsight.report import sections as page
from custinsight.report import style
from custinsight.report.parts import MIME, Figure, Note, Several, Table
from custinsight.report.parts_html import say_part
from custinsight.words import Message, Words

EN = Words("en", "CNY")
APPENDIX = {"definitions", "parameters", "provenance", "missing_tables"}


@pytest.fixture(scope="module")
def audit() -> ExampleAudit:
    return example_audit()


def part_of(name: str, audit: ExampleAudit) -> Any:
    """The part of a section, not yet drawn."""
    return getattr(page, name).__wrapped__(audit)


def title_of(name: str, audit: ExampleAudit, at: int = 0) -> str:
    part = part_of(name, audit)
    part = part.parts[at] if isinstance(part, Several) else part
    return EN(part.text if isinstance(part, Note) else part.title)


@pytest.mark.parametrize("name", page.__all__)
def test_every_section_is_drawn_in_both_languages_at_once(name: str) -> None:
    bundle = getattr(page, name)(example_audit(("en", "zh-CN")))._repr_mimebundle_()
    said = bundle[MIME]["languages"]
    assert list(said) == ["en", "zh-CN"]
    assert all(len(each["html"]) > 40 for each in said.values())


@pytest.mark.parametrize("name", sorted(set(page.__all__) - APPENDIX))
def test_without_its_tables_a_section_says_what_cannot_be_said(name: str) -> None:
    html = say_part(part_of(name, ExampleAudit({})), EN)["html"]
    assert any(
        word in html for word in ("no ", "not ", "No ", "Nothing ", "too few", "too short", "Neither", "Without")
    )
    assert "<svg" not in html.replace('<svg class="ci-spark"', "")


def _without_each_table() -> list[str]:
    return sorted(example_audit().tables)


@pytest.mark.parametrize("table", _without_each_table())
def test_no_section_fails_for_want_of_one_table(table: str, audit: ExampleAudit) -> None:
    assert all(part_of(name, audit.without(table)) is not None for name in page.__all__)


def _numbers(value: float) -> Any:
    keep = {"decile", "frequency", "weekday", "top", "decile_before", "decile_after", "records"}

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        columns = [name for name in frame.select_dtypes("float") if name not in keep]
        return frame.assign(**dict.fromkeys(columns, value))

    return change


@pytest.mark.parametrize("value", [0.0, math.nan, -1.5])
def test_no_section_fails_for_amounts_that_are_zero_missing_or_negative(value: float, audit: ExampleAudit) -> None:
    changed = ExampleAudit({name: _numbers(value)(frame) for name, frame in audit.tables.items()})
    for name in page.__all__:
        said = say_part(part_of(name, changed), EN)
        assert "nan" not in said["title"].lower().split()


@pytest.mark.parametrize("name", page.__all__)
def test_no_figure_is_without_its_table(name: str, audit: ExampleAudit) -> None:
    part = part_of(name, audit)
    for each in part.parts if isinstance(part, Several) else (part,):
        if isinstance(each, Figure):
            assert each.columns
            assert len(each.table)


# what the sentences say


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("currencies", {}, "12 lines in EUR have no rate into CNY and are in no total."),
        (
            "currencies",
            {"drop": "EUR"},
            "Every line has a rate: 240 lines in foreign currencies were converted into CNY.",
        ),
        ("currencies", {"drop": "EUR|USD"}, "Every line is in the base currency, CNY."),
        ("returns", {}, "720 of 763 returned lines are linked to a purchase; 20 of them fit several."),
        ("returns", {"drop": "ambiguous"}, "700 of 743 returned lines are linked to a purchase."),
        ("returns", {"drop": "ambiguous|none"}, "All 700 returned lines are linked to a purchase."),
        ("returns", {"drop": "named|matched|ambiguous"}, "The purchases of the 43 returned lines are not known."),
        ("order_key", {}, "98 of 12,444 order numbers are used by several customers (1.6% of the orders)."),
        ("order_key", {"drop": "ERP"}, "Each order number belongs to one customer and one day."),
    ],
)
def test_money_and_orders_in_words(name: str, change: dict[str, str], said: str, audit: ExampleAudit) -> None:
    table, key = {
        "currencies": ("currency_totals", "currency"),
        "returns": ("return_counts", "how"),
        "order_key": ("order_key", "source_system"),
    }[name]
    frame = audit.table(table)
    left = frame[~frame[key].str.fullmatch(change.get("drop", "nothing"))].reset_index(drop=True)
    assert title_of(name, audit.having(**{table: left})) == said


def test_a_rate_far_from_the_table_is_told(audit: ExampleAudit) -> None:
    assert title_of("currencies", audit, 1).startswith("3 lines name a rate that is more than 2.0% away")


def test_sources_that_lost_too_much_are_named_with_the_limits(audit: ExampleAudit) -> None:
    within = "Every source is within the plan's limits for rejected rows and amounts."
    assert title_of("rejected_rows", audit, 3) == within
    report = audit.table("load_report")
    report.loc[report["source"] == "erp customers", ["rows_kept", "rows_rejected"]] = [900, 426]
    lost = audit.having(load_report=report)
    assert title_of("rejected_rows", lost, 3) == (
        "1 source lost more than the plan lets pass: erp customers, with 32.1% of its rows."
    )
    html = say_part(part_of("rejected_rows", lost), Words("zh-CN", "CNY"))["html"]
    assert "拒绝采用" in html


def test_remarks_on_files_are_said_in_the_readers_language(audit: ExampleAudit) -> None:
    said = {language: say_part(part_of("files_read", audit), Words(language))["html"] for language in ("en", "zh-CN")}
    assert "quantity must be a number" in said["en"]
    assert "quantity 必须是数字" in said["zh-CN"]


def test_sources_with_and_without_tax_are_told_apart(audit: ExampleAudit) -> None:
    plain = {"table": "transactions", "path": "x.csv"}
    plan = PLAN.model_copy(
        update={
            "sources": (
                Source(name="net", columns={"amount_net": "Net"}, **plain),
                Source(name="shop", columns={"amount_gross": "Total"}, tax_rate=0.13, **plain),
            )
        }
    )
    html = say_part(part_of("files_read", replace(audit, plan=plan)), EN)["html"]
    assert "The net amounts of shop were worked out from amounts with tax" in html
    assert "The net amounts of" not in say_part(part_of("files_read", audit), EN)["html"]


def test_rejected_rows_are_counted_by_source_and_never_shown(audit: ExampleAudit) -> None:
    html = say_part(part_of("rejected_rows", audit), EN)["html"]
    assert "AMBIGUOUS_DATE" in html
    assert "custinsight rejects --out rejects.xlsx" in html


def _moved(opening: int, new: int, recovered: int, lapsed: int) -> pd.DataFrame:
    steps = {"opening": opening, "new": new, "recovered": recovered, "lapsed": -lapsed}
    steps["closing"] = opening + new + recovered - lapsed
    return pd.DataFrame({"step": list(steps), "customers": list(steps.values())})


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((100, 20, 5, 10), "115 customers are active, 15 more than at the start: 25 came or came back, 10 lapsed."),
        ((100, 20, 5, 30), "95 customers are active, 5 fewer than at the start: 30 lapsed, 25 came or came back."),
        ((100, 5, 5, 10), "100 customers are active, as many as at the start: 10 came or came back, as many lapsed."),
        ((2, 0, 0, 1), "1 customer is active, 1 fewer than at the start: 1 lapsed, 0 came or came back."),
        ((0, 0, 0, 0), "No customer was active, neither at the start nor at the end."),
    ],
)
def test_movement_in_words(numbers: tuple[int, ...], said: str, audit: ExampleAudit) -> None:
    assert title_of("movement_waterfall", audit.having(movement=_moved(*numbers))) == said


def _bridge(customers: float, aof: float, aov: float, margin: float | None) -> pd.DataFrame:
    factors = ["customers", "aof", "aov", "margin"][: 3 if margin is None else 4]
    effects = [customers, aof, aov, margin][: len(factors)]
    return pd.DataFrame(
        {"factor": factors, "before": [10.0, 2.0, 50.0, 0.5][: len(factors)], "effect": effects}
    ).assign(after=lambda frame: frame["before"])


@pytest.mark.parametrize(
    ("effects", "said"),
    [
        ((30.0, 5.0, 10.0, 5.0), "Profit rose by CN¥50 (10.0%) against 2024Q3, mainly because more customers bought."),
        (
            (5.0, -60.0, -10.0, 0.0),
            "Profit fell by CN¥65 (13.0%) against 2024Q3, mainly because customers ordered less often.",
        ),
        (
            (60.0, 0.0, 0.0, -100.0),
            "Profit fell by CN¥40 (8.0%) against 2024Q3, mainly because the margin was lower; more customers bought, "
            "which made up for CN¥60.",
        ),
        (
            (0.0, -50.0, 100.0, 0.0),
            "Profit rose by CN¥50 (10.0%) against 2024Q3, mainly because orders were larger; customers ordered less "
            "often, which took CN¥50 away.",
        ),
        ((40.0, -40.0, 0.0, 0.0), "Profit stayed at CN¥500, as in 2024Q3."),
        (
            (40.0, 45.0, 38.0, 5.0),
            "Profit rose by CN¥128 (25.6%) against 2024Q3, mainly because customers ordered more often, more customers "
            "bought and orders were larger.",
        ),
        (
            (-100.0, 0.0, 0.0, None),
            "Net sales fell by CN¥100 (10.0%) against 2024Q3, mainly because fewer customers bought.",
        ),
    ],
)
def test_the_bridge_names_the_main_reason(effects: tuple[Any, ...], said: str, audit: ExampleAudit) -> None:
    assert title_of("profit_bridge", audit.having(bridge=_bridge(*effects))) == said


def test_the_bars_of_the_bridge_end_at_the_change(audit: ExampleAudit) -> None:
    effects = audit.table("bridge")["effect"]
    said = say_part(part_of("profit_bridge", audit), EN)
    assert EN.signed_money(float(effects.sum())) in said["html"]


def test_a_first_period_has_no_change_to_explain(audit: ExampleAudit) -> None:
    bridge = _bridge(10.0, 0.0, 0.0, 0.0).assign(before=[0.0, np.nan, np.nan, np.nan])
    assert isinstance(part_of("profit_bridge", audit.having(bridge=bridge)), Note)


def _history(audit: ExampleAudit, share: float) -> ExampleAudit:
    history, totals = audit.table("history"), audit.table("totals")
    history.loc[history.index[-2], "top_10_share"] = share
    return audit.having(history=history, totals=totals)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (0.361, "The top 10 % of customers bring 38.2% of profit, +2.1 pts against 2024Q3."),
        (0.400, "The top 10 % of customers bring 38.2% of profit, −1.8 pts against 2024Q3."),
        (0.382, "The top 10 % of customers bring 38.2% of profit, the same as in 2024Q3."),
        (math.nan, "The top 10 % of customers bring 38.2% of profit."),
    ],
)
def test_the_share_of_the_best_is_held_against_the_period_before(before: float, said: str, audit: ExampleAudit) -> None:
    assert title_of("concentration_curve", _history(audit, before)) == said


def test_the_curve_passes_through_the_share_that_the_title_says(audit: ExampleAudit) -> None:
    lines = pd.DataFrame({"customer_id": range(20), "amount_net": [400.0, 200.0, *[10.0] * 18], "cost": 0.0})
    lens = lenses.one_period(lines.assign(doc_date="2024-11-05"), "2024Q4")
    small = audit.having(lorenz=lens.lorenz, totals=lens.totals.to_frame().T.astype(float)).without("history")
    assert title_of("concentration_curve", small) == "The top 10 % of customers bring 76.9% of profit."
    with style.applied():
        drawn = part_of("concentration_curve", small).draw(EN)
    assert "76.9%" in [text.get_text() for text in drawn.axes[0].texts]


@pytest.mark.parametrize(
    ("profits", "said"),
    [
        ([40, 30, 20, 10, 0, 0, 0, 0, 0, 0], "40.0% of profit, more than the last 8 tenths together."),
        ([10] * 10, "The best tenth of the customers brings 10.0% of profit."),
        ([90, 30, 0, 0, 0, 0, 0, 0, 0, -20], "90.0% of profit; losses with others eat up 20.0%."),
        ([-1] * 10, "All customers together made a loss."),
    ],
)
def test_the_best_tenth_is_told_by_what_it_outweighs(profits: list[int], said: str, audit: ExampleAudit) -> None:
    deciles = audit.table("equal_customer_deciles").assign(profit=[float(each) for each in profits])
    assert title_of("customer_deciles", audit.having(equal_customer_deciles=deciles)).endswith(said)


def test_rows_that_are_lost_are_not_explained_away(audit: ExampleAudit) -> None:
    report = audit.table("load_report")
    assert title_of("reconciliation", audit).startswith("Each of the 54,767 rows that came in is accounted for")
    report.loc[1, "rows_kept"] -= 3
    assert title_of("reconciliation", audit.having(load_report=report)) == (
        "3 of 54,767 rows that came in cannot be accounted for."
    )


def test_amounts_that_do_not_add_up_are_said(audit: ExampleAudit) -> None:
    amounts = audit.table("load_amounts")
    amounts.loc[0, "difference"] = -0.01
    assert title_of("amounts_by_currency", audit.having(load_amounts=amounts)).startswith("The amounts of 1 source")


def test_a_refused_model_shows_what_was_and_no_values(audit: ExampleAudit) -> None:
    refused = audit.having(gate=pd.DataFrame({"verdict": ["refuse"]}))
    part = part_of("value_by_tier", refused)
    assert "may not be used" in EN(part.title)
    assert part.table["period"].tolist() == audit.table("history")["period"].tolist()
    assert isinstance(part_of("value_by_stage", refused), Note)
    tile = part_of("key_figures", refused).tiles[3]
    assert (EN(tile.value), tile.change, tile.tone) == ("–", None, "warn")


def test_the_chosen_model_is_named(audit: ExampleAudit) -> None:
    assert title_of("model_choice", audit) == "BG/NBD (purchases) was chosen of 4 ways to forecast"
    assert part_of("model_choice", audit).frame["use"].tolist() == ["numbers", "silence", "none", "none"]


def test_parameters_are_held_against_the_last_audit(audit: ExampleAudit) -> None:
    now = audit.table("clv_parameters")
    past = audit.having(clv_parameters=now.assign(estimate=now["estimate"] * [1.0, 1.0, 3.0, 1.0]))
    assert title_of("model_drift", replace(audit, previous=past)) == (
        "1 parameter moved more than chance allows since the last audit"
    )
    assert "no audit before" in title_of("model_drift", replace(audit, previous=None))


def test_the_verdict_comes_with_its_reasons(audit: ExampleAudit) -> None:
    assert title_of("gate_verdict", audit) == (
        "The value model may be used with care. Two thirds of the customers bought once."
    )


@pytest.mark.parametrize(
    ("low", "said"),
    [(2.0, "5.00 times as much as in Tier B (middle); the intervals keep apart."), (0.5, "but the intervals overlap.")],
)
def test_values_are_compared_with_their_intervals(low: float, said: str, audit: ExampleAudit) -> None:
    groups = pd.DataFrame({"kind": "tier", "group": ["A", "B"], "customers": [10, 10], "clv": [50.0, 10.0]})
    groups = groups.assign(clv_low=[low * 10, 8.0], clv_high=[70.0, 12.0])
    assert title_of("value_by_tier", audit.having(value_by_group=groups)).endswith(said)


def test_targets_that_were_missed(audit: ExampleAudit) -> None:
    assert title_of("revenue_by_owner", audit) == "2 of 4 salespeople missed their targets, by CN¥400k together."
    team = audit.table("sales_team").assign(target=1.0)
    assert title_of("revenue_by_owner", audit.having(sales_team=team)) == "All 5 salespeople reached their targets."
    team = team.assign(target=np.nan)
    assert "bring 32.0% of net sales" in title_of("revenue_by_owner", audit.having(sales_team=team))


def test_what_is_overdue(audit: ExampleAudit) -> None:
    assert title_of("receivables_aging", audit) == (
        "CN¥984k of CN¥3.38M open is overdue (29.1%), CN¥160k by more than 90 days."
    )
    due = audit.table("aging").assign(amount_open=[100.0, 0.0, 0.0, 0.0, 0.0])
    assert title_of("receivables_aging", audit.having(aging=due)) == "CN¥100 is open, and none of it is overdue."
    none = due.assign(amount_open=0.0)
    assert title_of("receivables_aging", audit.having(aging=none)) == "No invoice is open."


def test_the_season_needs_a_whole_year_to_compare(audit: ExampleAudit) -> None:
    assert "are up" in title_of("season", audit)
    short = audit.table("by_month").tail(15).reset_index(drop=True)
    assert "strongest of the last twelve months" in title_of("season", audit.having(by_month=short))


def test_customers_are_named_by_number_only(audit: ExampleAudit) -> None:
    table = part_of("overdue_customers", audit).parts[0]
    assert {column.name for column in table.columns} == {"customer_id", "oldest_days", "amount_overdue", "credit_limit"}


# key figures


def tiles(audit: ExampleAudit) -> dict[str, Any]:
    names = ("customers", "result", "top", "value", "churn", "quality")
    return dict(zip(names, part_of("key_figures", audit).tiles, strict=True))


def test_key_figures_say_value_change_and_tone(audit: ExampleAudit) -> None:
    found = tiles(audit)
    said = {name: (EN(tile.value), EN(tile.change) if tile.change else "", tile.tone) for name, tile in found.items()}
    assert said["customers"] == ("614", "+1.8%", "up")
    assert said["result"] == ("CN¥2.44M", "−0.2%", "down")
    assert said["top"] == ("38.2%", "+2.1 pts", "warn")
    assert said["churn"][1:] == ("+3.2 pts", "down")
    assert said["quality"] == ("86 of 100", "no change", "flat")
    assert EN(found["result"].note) == "−14.3% on 2023Q4"
    assert len(found["result"].trend) == 8


def test_more_churn_is_bad_and_less_is_good(audit: ExampleAudit) -> None:
    calmer = audit.table("scores").assign(probability=lambda frame: frame["probability"] * 0.5)
    assert tiles(audit.having(scores=calmer))["churn"].tone == "up"


def test_the_value_comes_with_the_interval_of_the_sum(audit: ExampleAudit) -> None:
    total = audit.table("values")["clv"].sum()
    note = EN(tiles(audit)["value"].note)
    assert note == f"90.0%: {EN.money(total * 0.9)} to {EN.money(total * 1.12)}"


def test_without_cost_the_result_is_net_sales(audit: ExampleAudit) -> None:
    history = audit.table("history").assign(profit=np.nan)
    tile = tiles(audit.having(history=history))["result"]
    assert (EN(tile.name), EN(tile.value)) == ("Net sales", "CN¥9.05M")


def test_a_first_audit_has_no_changes_to_show(audit: ExampleAudit) -> None:
    first = ExampleAudit(audit.tables | {"history": audit.table("history").tail(1).reset_index(drop=True)})
    assert all(tile.change is None for tile in tiles(first).values())


# what comes from outside


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "x" * 300, "Total", "\u202eevil", "a|b\n# c", "{n} {what}"]
)
def test_strange_names_are_text_and_break_nothing(name: str, audit: ExampleAudit) -> None:
    categories = audit.table("by_category")
    categories.loc[0, "category"] = name
    team = audit.table("sales_team")
    team.loc[0, "owner_name"] = name
    strange = audit.having(by_category=categories, sales_team=team)
    html = (
        say_part(part_of("categories", strange), EN)["html"]
        + say_part(part_of("revenue_by_owner", strange), EN)["html"]
    )
    assert "<script" not in html
    assert "\u202e" not in html


def test_ten_thousand_salespeople_leave_the_page_readable(audit: ExampleAudit) -> None:
    team = pd.DataFrame({"owner_id": [f"S{i:05d}" for i in range(10_000)], "owner_name": ""})
    team = team.assign(**dict.fromkeys(["customers", "active", "revenue", "target", "at_stake", "not_contacted"], 5.0))
    crowded = audit.having(sales_team=team.assign(attainment=1.0))
    for name in ("revenue_by_owner", "stake_by_owner", "not_contacted"):
        html = say_part(part_of(name, crowded), EN)["html"]
        assert len(html) < 400_000
        assert html.split("</svg>")[0].count("<text") < 60


def test_parameters_and_hashes_of_the_audit_are_printed(audit: ExampleAudit) -> None:
    said = say_part(part_of("parameters", audit), EN)["html"]
    assert "365 days" in said
    assert str(PLAN.model.seed) in said
    assert "0f3a9c2e77b1d604" in say_part(part_of("provenance", audit), EN)["html"]


def test_titles_are_whole_sentences(audit: ExampleAudit) -> None:
    for name in page.__all__:
        part = part_of(name, audit)
        for each in part.parts if isinstance(part, Several) else (part,):
            if isinstance(each, Figure):
                assert EN(each.title).endswith("."), name
            if isinstance(each, Figure | Table):
                assert isinstance(each.note, Message)
                assert EN(each.note)


def test_the_life_of_cohorts_is_told_by_the_newest_and_its_season_a_year_before(audit: ExampleAudit) -> None:
    same = "35.6% of the customers won in 2024Q3 bought again in the quarter after, as of those won in 2023Q3."
    assert title_of("cohort_life", audit) == same
    ages = audit.table("cohort_ages")
    newest = (ages["cohort"] == "2024Q3") & (ages["age"] == 1)
    better = ExampleAudit(
        {**audit.tables, "cohort_ages": ages.assign(share_active=ages["share_active"] + 0.1 * newest)}
    )
    assert "45.6%" in title_of("cohort_life", better)
    assert "+10.0 pts against those won in 2023Q3" in title_of("cohort_life", better)
    alone = ExampleAudit({**audit.tables, "cohort_ages": ages[ages["cohort"] == "2024Q3"]})
    assert title_of("cohort_life", alone).endswith("bought again in the quarter after.")


def test_second_purchases_and_yearly_patterns_are_told(audit: ExampleAudit) -> None:
    second, years = title_of("cohort_life", audit, 1), title_of("cohort_life", audit, 2)
    assert second == "48.7% of the customers buy a second time within 4 quarters, 20.0% in the quarter they were won."
    assert (
        years
        == "Of the customers won in 2022, 25.0% bought in every year since; 55.6% never came back in a later year."
    )
    frame = audit.table("time_to_second").assign(cumulative=0.0)
    assert "No customer" in title_of("cohort_life", ExampleAudit({**audit.tables, "time_to_second": frame}), 1)


def test_a_history_without_a_whole_quarter_after_the_first_is_said(audit: ExampleAudit) -> None:
    ages = audit.table("cohort_ages")
    assert "too short" in title_of("cohort_life", ExampleAudit({**audit.tables, "cohort_ages": ages[ages["age"] == 0]}))


def test_of_a_small_group_only_its_number_is_shown(audit: ExampleAudit) -> None:
    frame = part_of("churn_fairness", audit).parts[0].frame.set_index("customers")
    assert frame.loc[9, ["predicted", "actual", "brier", "auc"]].isna().all()
    assert frame.loc[190, ["predicted", "actual", "brier", "auc"]].notna().all()
