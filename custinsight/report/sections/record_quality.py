"""Page 1, data trust: how good the customer records are, by dimension, field, source and salesperson."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from custinsight.report.figures import draw_heatmap
from custinsight.report.parts import Figure, Note, Part, Several, Table, shown
from custinsight.report.sections.common import needs, number
from custinsight.report.sections.labels import DIMENSIONS, FIELDS, labelled
from custinsight.words import msg
from custinsight.writers.columns import Col

_SAME_FIELD = {"name": "customer_name", "tax": "tax_id"}
_MOST_SOURCES = 8
_NO_RECORDS = msg("There are no customer records, so their quality cannot be scored.")


@shown
@needs("quality_by", without=_NO_RECORDS)
def quality_scores(audit: Any) -> Part:
    """Score by dimension against the last audit, by field, source, and the salespeople with the largest gaps."""
    frame = audit.table("quality_by")
    total = frame[frame["by"] == "total"].drop(columns=["by", "key"])
    total = pd.concat([total, _accessibility(audit)], ignore_index=True)
    before = _before(audit)
    total = total.assign(before=total["dimension"].map(before).astype("float64"))
    total = total.assign(change=total["score"] - total["before"])
    worst = total.sort_values(["score", "dimension"]).iloc[0]
    title = msg(
        "{dimension} is the weakest dimension of the records, with {score:percent} in order.",
        dimension=labelled(worst["dimension"], DIMENSIONS),
        score=number(worst["score"]),
    )
    table = Table(
        title,
        msg(
            "In order / looked at, summed over the checks of a dimension. Dimensions as in ISO/IEC 25012 and "
            "GB/T 36344, with uniqueness as an extra one; change in percentage points against the last audit."
        ),
        total,
        (
            Col("dimension", msg("Dimension"), "label", DIMENSIONS),
            Col("score", msg("Score"), "percent"),
            Col("change", msg("Against last audit"), "points"),
            Col("numerator", msg("In order"), "count"),
            Col("denominator", msg("Looked at"), "count"),
        ),
    )
    fields = (_by_field(audit) if audit.has("quality") else Note(_NO_RECORDS),)
    return Several((table, *fields, *_by_source(frame), *_by_owner(frame)))


def _accessibility(audit: Any) -> pd.DataFrame:
    """Rows that could be read out of what came in: the one dimension that is measured before there are records."""
    columns = ["dimension", "numerator", "denominator", "score"]
    if not audit.has("load_report"):
        return pd.DataFrame(columns=columns)
    report = audit.table("load_report")
    rows, lost = int(report["rows_in"].sum()), int(report["rows_rejected"].sum())
    return pd.DataFrame(
        [("accessibility", rows - lost, rows, (rows - lost) / rows if rows else math.nan)], columns=columns
    )


def _before(audit: Any) -> dict[str, float]:
    past = audit.previous
    if past is None or not past.has("quality_by"):
        return {}
    frame = past.table("quality_by")
    total = frame[frame["by"] == "total"]
    scores = dict(zip(total["dimension"], total["score"], strict=True))
    return scores | dict(_accessibility(past)[["dimension", "score"]].itertuples(index=False))


def _by_source(frame: pd.DataFrame) -> tuple[Part, ...]:
    sources = frame[frame["by"] == "source"]
    names = sources.groupby("key")["denominator"].sum().sort_values(ascending=False, kind="stable")
    shown_names = sorted(names.index[:_MOST_SOURCES])
    if len(shown_names) < 2:
        return ()
    cells = sources[sources["key"].isin(shown_names)].assign(gap=1 - sources["score"])
    worst = cells.sort_values(["score", "key"]).iloc[0]
    dimensions = [name for name in DIMENSIONS if (cells["dimension"] == name).any()]
    title = msg(
        "The widest gap: {dimension} of {source}, with {score:percent} in order.",
        dimension=labelled(worst["dimension"], DIMENSIONS),
        source=str(worst["key"]),
        score=number(worst["score"]),
    )
    columns = (
        Col("key", msg("Source")),
        Col("dimension", msg("Dimension"), "label", DIMENSIONS),
        Col("numerator", msg("In order"), "count"),
        Col("denominator", msg("Looked at"), "count"),
        Col("score", msg("Score"), "percent"),
    )

    def draw(words: Any) -> Any:
        return draw_heatmap(
            cells,
            words,
            down="key",
            across="dimension",
            value="score",
            show="percent",
            colour_by="gap",
            down_order=shown_names,
            across_order=dimensions,
            across_labels=DIMENSIONS,
        )

    return (
        Figure(
            title,
            msg("Customer records by the system they came from; the darker, the larger the gap."),
            draw,
            cells,
            columns,
        ),
    )


def _by_owner(frame: pd.DataFrame) -> tuple[Part, ...]:
    owners = frame[(frame["by"] == "owner") & (frame["key"] != "")]
    if owners.empty:
        return ()
    wide = owners.pivot_table(index="key", columns="dimension", values="score", aggfunc="first")
    looked_at = owners[owners["dimension"] == "completeness"].set_index("key")["denominator"]
    there = [name for name in DIMENSIONS if name in wide.columns]
    if not there:
        return ()
    lead = "completeness" if "completeness" in there else there[0]
    wide = wide.assign(looked_at=looked_at).sort_values([lead], kind="stable").reset_index()
    return (
        Table(
            msg("Salespeople whose customer records have the largest gaps"),
            msg("Share of the entries that are in order, by dimension; the lowest completeness first."),
            wide,
            (
                Col("key", msg("Salesperson")),
                *(Col(name, DIMENSIONS[name], "percent") for name in there),
            ),
            rows=10,
        ),
    )


def _by_field(audit: Any) -> Figure:
    frame = audit.table("quality")
    frame = frame.assign(
        field=frame["field"].replace(_SAME_FIELD),
        gap=1 - frame["score"],
    )
    worst = frame.sort_values(["score", "dimension", "field"], ignore_index=True)
    return _quality_figure(frame, worst)


def _quality_figure(frame: pd.DataFrame, worst: pd.DataFrame) -> Figure:
    lowest = worst.iloc[0]
    dimensions = [name for name in DIMENSIONS if (frame["dimension"] == name).any()]
    dimensions += sorted(set(frame["dimension"]) - set(dimensions))
    fields = list(dict.fromkeys([*(name for name in FIELDS if name in set(frame["field"])), *frame["field"]]))
    title = (
        msg("No gap was found in the customer records.")
        if number(lowest["score"]) >= 1
        else msg(
            "The weakest spot of the customer records: {dimension}, {field}, with {score:percent} in order.",
            dimension=labelled(lowest["dimension"], DIMENSIONS),
            field=labelled(lowest["field"], FIELDS),
            score=number(lowest["score"]),
        )
    )
    return Figure(
        title,
        msg("Share of the records that are in order; the darker, the larger the gap; an empty cell was not measured."),
        lambda words: draw_heatmap(
            frame,
            words,
            down="field",
            across="dimension",
            value="score",
            show="percent",
            colour_by="gap",
            down_order=fields,
            across_order=dimensions,
            down_labels=FIELDS,
            across_labels=DIMENSIONS,
            row_height=0.3,
        ),
        frame,
        (
            Col("dimension", msg("Dimension"), "label", DIMENSIONS),
            Col("field", msg("Field"), "label", FIELDS),
            Col("numerator", msg("In order"), "count"),
            Col("denominator", msg("Looked at"), "count"),
            Col("score", msg("Score"), "percent"),
        ),
    )
