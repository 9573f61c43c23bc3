"""The cube as files for other tools: parquet, and a workbook with a table for pivots and a pivoted sheet."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from custinsight.base.cube import ALL, NOT_STATED, Cube
from custinsight.report.sections.labels import FIELDS
from custinsight.words import Message, Words, msg
from custinsight.writers.atomic import write_bytes
from custinsight.writers.columns import Col
from custinsight.writers.sheets import MAX_ROWS, SheetData, write_xlsx

_VALUES: dict[Any, Message] = {ALL: msg("All"), NOT_STATED: msg("Not stated")}
_METRICS = (
    Col("customers", msg("Customers"), "count"),
    Col("orders", msg("Orders"), "count"),
    Col("spend", msg("Net sales"), "exact_money"),
    Col("profit", msg("Profit"), "exact_money"),
    Col("aof", msg("Orders per customer"), "decimal"),
    Col("aov", msg("Spend per order"), "exact_money"),
    Col("margin", msg("Margin"), "percent"),
)
_LINES = {"channel": msg("Channel"), "category": msg("Category"), "product_id": msg("Product")}


@dataclass(frozen=True)
class CubeFiles:
    """Where a cube was written: ``tidy`` (parquet, one row per cell and metric), ``cells`` (parquet), ``workbook``."""

    tidy: Path
    cells: Path
    workbook: Path | None


def write_cube(cube: Cube, folder: Path, words: Words, name: str = "cube") -> CubeFiles:
    """Write a cube, each file whole or not at all.

    Parameters
    ----------
    cube : Cube
    folder : Path
    words : Words
        Language of the workbook's headings.
    name : str
        Name of the files, without ending.

    Returns
    -------
    CubeFiles
        The parquet files hold codes (``*`` all values, ``?`` not stated) and the English names of columns. The workbook
        holds the cells of all dimensions as an Excel table that a pivot table can be laid over without counting
        anything twice, the totals apart, and a sheet of results with a column for each period. It is left out where a
        sheet would have too many rows.
    """
    tidy, cells = folder / f"{name}_tidy.parquet", folder / f"{name}.parquet"
    write_bytes(tidy, _parquet(cube.tidy))
    write_bytes(cells, _parquet(cube.cells))
    if len(cube.cells) > MAX_ROWS:
        return CubeFiles(tidy, cells, None)
    book = folder / f"{name}.xlsx"
    write_xlsx(book, _sheets(cube, words), words, title=words(msg("Customer base by period and dimensions")))
    return CubeFiles(tidy, cells, book)


def _parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), out, compression="zstd")
    return out.getvalue()


def _sheets(cube: Cube, words: Words) -> dict[str, SheetData]:
    keys = (Col("period", msg("Period")), *_dimension_columns(cube))
    metrics = tuple(column for column in _METRICS if cube.cells[column.name].notna().any())
    shown = cube.cells.assign(state=cube.cells["hidden"].map({True: msg("hidden")}))
    state = Col("state", msg("Few customers"))
    finest = shown[shown["level"] == len(cube.dimensions)]
    sheets = {words(msg("Data")): SheetData(finest, (*keys, *metrics, state), table="cube")}
    if cube.dimensions:
        sheets[words(msg("Totals"))] = SheetData(shown[shown["level"] < len(cube.dimensions)], (*keys, *metrics, state))
    frame, columns = _pivot(cube)
    sheets[words(msg("By period"))] = SheetData(frame, columns)
    sheets[words(msg("Hidden"))] = SheetData(
        cube.hidden,
        (
            Col("period", msg("Period")),
            Col("cells", msg("Cells"), "count"),
            Col("small", msg("Hidden: fewer than {n:count} customers", n=cube.small), "count"),
            Col("protecting", msg("Hidden to protect those"), "count"),
        ),
    )
    return sheets


def _pivot(cube: Cube) -> tuple[pd.DataFrame, tuple[Col, ...]]:
    """Lay out profit, or net sales without cost, with a row for each cell and a column for each period."""
    measure = "profit" if cube.cells["profit"].notna().any() else "spend"
    columns = _dimension_columns(cube)
    keys = list(cube.dimensions) or ["all"]
    cells = cube.cells if cube.dimensions else cube.cells.assign(all=ALL)
    # each cell is there once; a hidden one stays empty
    wide = cells.set_index([*keys, "period"])[measure].astype("float64").unstack("period").reset_index()  # noqa: PD010
    periods = [name for name in wide.columns if name not in keys]
    titles = tuple(Col(str(name), msg("{period}", period=name), "exact_money") for name in periods)
    head = columns or (Col("all", msg("Profit") if measure == "profit" else msg("Net sales"), "label", _VALUES),)
    return wide.rename_axis(columns=None), (*head, *titles)


def _dimension_columns(cube: Cube) -> tuple[Col, ...]:
    names = {**FIELDS, **_LINES}
    titles = {name: names.get(name, msg("{name}", name=name)) for name in cube.dimensions}
    return tuple(Col(name, title, "label", _VALUES) for name, title in titles.items())
