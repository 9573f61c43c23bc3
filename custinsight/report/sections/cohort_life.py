"""Page 3, lenses 3 and 4: how cohorts live on, how soon customers buy again, in which years they buy."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.figures import draw_heatmap, draw_lines, draw_rows
from custinsight.report.parts import Figure, Note, Part, Several, shown
from custinsight.report.sections.common import known, needs, pick
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_MOST_COHORTS = 12
_MOST_AGES = 12
_MOST_PATTERNS = 8
_YEAR = 4


@shown
@needs(
    "cohort_ages", "time_to_second", without=msg("There are no purchases, so it is not known how customers live on.")
)
def cohort_life(audit: Any) -> Part:
    """How long each quarter's new customers keep on buying, how soon they buy again, and in which years."""
    parts = [_activity(audit), _second(audit)]
    return Several(tuple([*parts, _years(audit)] if audit.has("yearly_patterns") else parts))


def _activity(audit: Any) -> Part:
    """Share of each quarter's new customers who bought in the quarters after."""
    frame = audit.table("cohort_ages")
    frame = frame[frame["complete"].astype(bool)]
    kept = sorted(frame["cohort"].unique())[-_MOST_COHORTS:]
    frame = frame[frame["cohort"].isin(kept) & frame["age"].between(1, _MOST_AGES)].reset_index(drop=True)
    if frame.empty:
        return Note(msg("The history is too short: no customers could be watched for a whole quarter after the first."))
    frame = frame.assign(age=frame["age"].astype("int64"))
    ages, shown_cohorts = sorted(frame["age"].unique()), [name for name in kept if name in set(frame["cohort"])]
    return Figure(
        _activity_title(frame),
        msg(
            "Share of the customers won in a quarter who bought in the n-th quarter after it; whole quarters only. "
            "Won: with the first purchase in the data, so the earliest quarters hold older customers too."
        ),
        lambda words: draw_heatmap(
            frame,
            words,
            down="cohort",
            across="age",
            value="share_active",
            show="percent",
            down_order=shown_cohorts,
            across_order=ages,
            titles=(msg("Won in"), msg("Quarters after")),
            row_height=0.3,
        ),
        frame,
        (
            Col("cohort", msg("Won in")),
            Col("age", msg("Quarters after"), "count"),
            Col("cohort_customers", msg("Customers won"), "count"),
            Col("customers", msg("Of those, bought"), "count"),
            Col("share_active", msg("Share"), "percent"),
            Col("aof", msg("Orders per customer"), "decimal"),
            Col("aov", msg("Spend per order"), "money"),
        ),
    )


def _activity_title(frame: pd.DataFrame) -> Message:
    """Compare the newest cohort's first quarter after with that of the same season a year before."""
    first = frame[frame["age"] == 1].set_index("cohort")
    cohort = str(first.index[-1])
    share = float(first["share_active"].iloc[-1])
    older = f"{int(cohort[:4]) - 1}{cohort[4:]}"
    before = float(first["share_active"].get(older, float("nan")))
    values: dict[str, Any] = {"share": share, "cohort": cohort, "older": older, "change": share - before}
    if not known(before):
        return msg("{share:percent} of the customers won in {cohort} bought again in the quarter after.", **values)
    moved = msg(
        "{share:percent} of the customers won in {cohort} bought again in the quarter after, {change:points} against "
        "those won in {older}.",
        **values,
    )
    same = msg(
        "{share:percent} of the customers won in {cohort} bought again in the quarter after, as of those won in "
        "{older}.",
        **values,
    )
    return pick(share - before, up=moved, down=moved, same=same)


def _second(audit: Any) -> Part:
    """Chance to have bought a second time by the n-th quarter after the first purchase."""
    frame = audit.table("time_to_second").head(_MOST_AGES + 1)
    frame = frame.assign(age=frame["age"].astype("int64")).reset_index(drop=True)
    return Figure(
        _second_title(frame),
        msg(
            "Chance to have bought on a second day by the end of the n-th quarter after that of the first purchase "
            "(Kaplan-Meier: customers who could not be watched for so long count as long as they were)."
        ),
        lambda words: draw_lines(
            frame,
            words,
            x="age",
            series=(("cumulative", msg("Bought again by then")), ("incremental", msg("In this quarter"))),
            show="percent",
            x_show="count",
            height=2.5,
        ),
        frame,
        (
            Col("age", msg("Quarters after"), "count"),
            Col("at_risk", msg("Still without a second purchase"), "count"),
            Col("customers", msg("Bought a second time"), "count"),
            Col("incremental", msg("In this quarter"), "percent"),
            Col("cumulative", msg("Bought again by then"), "percent"),
        ),
    )


def _second_title(frame: pd.DataFrame) -> Message:
    last = frame[frame["age"] <= _YEAR].iloc[-1]
    values: dict[str, Any] = {
        "share": float(last["cumulative"]),
        "first": float(frame["cumulative"].iloc[0]),
        "n": int(last["age"]),
    }
    if values["share"] <= 0:
        return msg("No customer has bought a second time so far.")
    if values["n"] == 0:
        return msg("{share:percent} of the customers buy a second time in the quarter they were won.", **values)
    return msg(
        "{share:percent} of the customers buy a second time within {n:count} quarter, {first:percent} in the quarter "
        "they were won.",
        "{share:percent} of the customers buy a second time within {n:count} quarters, {first:percent} in the quarter "
        "they were won.",
        **values,
    )


def _years(audit: Any) -> Part:
    """Customers of one year by the years in which they bought."""
    frame = audit.table("yearly_patterns")
    rows = frame.assign(name=frame["pattern"].map(_spaced)).reset_index(drop=True)
    drawn = rows.head(_MOST_PATTERNS)
    cohort = str(rows["cohort"].iloc[0])
    return Figure(
        _pattern_title(rows, cohort),
        msg(
            "Customers won in {cohort}, by year from {cohort} on: ● bought in the year, ○ did not. The last year may "
            "not be over.",
            cohort=cohort,
        ),
        lambda words: draw_rows(
            drawn, words, name="name", value="share", show="percent", highlight=[drawn["name"].iloc[0]]
        ),
        rows,
        (
            Col("name", msg("Years with purchases")),
            Col("customers", msg("Customers"), "count"),
            Col("share", msg("Share"), "percent"),
            Col("orders", msg("Orders"), "count"),
            Col("spend", msg("Net sales"), "money"),
        ),
    )


def _spaced(pattern: str) -> str:
    return " ".join("●" if letter == "Y" else "○" for letter in pattern)


def _pattern_title(frame: pd.DataFrame, cohort: str) -> Message:
    shares = frame.set_index("pattern")["share"]
    years = len(str(frame["pattern"].iloc[0]))
    values: dict[str, Any] = {
        "cohort": cohort,
        "once": float(shares.get("Y" + "N" * (years - 1), 0.0)),
        "always": float(shares.get("Y" * years, 0.0)),
        "n": int(frame["customers"].sum()),
    }
    if years == 1:
        return msg("The {n:count} customers won in {cohort} have no later year to buy in yet.", **values)
    return msg(
        "Of the customers won in {cohort}, {always:percent} bought in every year since; {once:percent} never came back "
        "in a later year.",
        **values,
    )
