"""One export in the plan: where it lies, how it is written, and what its columns mean."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from custinsight.presets import merge_preset
from custinsight.tables import TABLES
from custinsight.urls import parse_url

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\u4e00-\u9fff-]{1,40}$")]
Share = Annotated[float, Field(ge=0, le=1)]
DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%Y年%m月%d日",
    *(f"{day}{time}" for day in ("%Y-%m-%d", "%Y/%m/%d") for time in (" %H:%M:%S", " %H:%M", " %H:%M:%S.%f")),
    "%Y-%m-%dT%H:%M:%S",
    *(
        f"%Y年%m月%d日{time}"
        for time in (" %H:%M:%S", " %H:%M", "%H时%M分%S秒", " %H时%M分%S秒", "%H时%M分", " %H时%M分")
    ),
)
"""Ways to write a day, with and without a time, that can be read in one way only; a source may declare others."""


def require_zone(zone: str | None) -> str | None:
    """Refuse a time zone that this machine does not know."""
    try:
        return None if zone is None else zoneinfo.ZoneInfo(zone).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as Asia/Shanghai or Europe/Berlin") from None


class Part(BaseModel):
    """A part of the plan: unknown keys are refused, and nothing changes it once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Lookup(Part):
    """A second file whose columns are joined to each row of a source, such as order headers to their lines."""

    name: Name | None = Field(
        None, description="name.Column means a column of this file; the file's own when not given"
    )
    path: str = ""
    beside: tuple[str, ...] = Field(
        (), description="patterns of file names, tried in order in the source's folder where no path is given"
    )
    optional: bool = Field(False, description="left out where there is no such file")
    on: dict[str, str] = Field(min_length=1, description="column of the source -> column of this file")
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None

    @model_validator(mode="after")
    def _is_found_somehow(self) -> Lookup:
        if not (self.path or self.beside):
            raise ValueError("a lookup needs a path")
        return self


class Source(Part):
    """One export: where it lies, how it is written, and which canonical columns it fills.

    A column of ``columns`` is the header in the file; ``computed`` holds small expressions over the file's columns
    (arithmetic, ``||``, coalesce, trim, upper, lower, substr, case); ``constants`` fill what the file does not say;
    ``values`` translate codes. ``preset`` fills in what is not said, see :mod:`custinsight.presets`.
    """

    name: Name
    preset: str | None = Field(None, description="template of a known system, such as sap/invoices; own keys win")
    table: str
    path: str = ""
    url: str | None = Field(None, description="a database in place of a file, such as postgresql://erp.example/sales")
    relation: str | None = Field(None, description="table or view of the database at url, such as sales.orders")
    credentials: str | None = Field(None, description="env:NAME or keyring:service/user; the plan holds no password")
    sheet: str | None = None
    query: str | None = Field(None, description="one SELECT for the database at url, or for a SQLite or DuckDB file")
    encoding: str | None = Field(None, description="utf-8, gb18030, latin-1 …; tried in this order if not given")
    delimiter: str | None = None
    decimal: Literal[".", ","] = "."
    header: int = Field(1, ge=1, description="line or row of the header, 1 for the first")
    header_rows: int = Field(1, ge=1, le=5, description="rows of the header; names over several columns are joined")
    column_names: tuple[str, ...] = Field((), description="for files without a header")
    whitespace: bool = Field(False, description="columns are separated by runs of blanks")
    date_formats: tuple[str, ...] = DATE_FORMATS
    null_values: tuple[str, ...] = ("", "-", "\\N", "NULL", "null")
    fill: tuple[str, ...] = Field((), description="file columns whose empty cells take the value of the row above")
    fill_within: tuple[str, ...] = Field((), description="file columns that must be the same for a cell to be filled")
    pad: dict[str, Annotated[int, Field(ge=2, le=40)]] = Field(
        {}, description="code column of the table -> digits, to which leading zeros are added"
    )
    time_zone: str | None = Field(None, description="zone of times without an offset, such as Asia/Shanghai")
    system: str | None = Field(None, description="source system; its customer numbers are its own")
    tax_rate: float | None = Field(
        None, ge=0, lt=1, description="tax on top of the net amount, where the file has amount_gross alone: 0.13"
    )
    keep: dict[str, tuple[str, ...]] = Field({}, description="file column -> values; other rows are out of scope")
    columns: dict[str, str] = {}
    computed: dict[str, str] = {}
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    lookups: tuple[Lookup, ...] = ()
    on_error: Literal["stop", "skip"] = Field(
        "stop", description="what a file that cannot be read does: stop the run, or be passed over and reported"
    )
    optional: tuple[str, ...] = Field((), description="columns of the file that it may lack; they are then empty")
    aliases: dict[str, tuple[str, ...]] = Field({}, description="column -> other headers that it may have")

    @model_validator(mode="before")
    @classmethod
    def _from_preset(cls, given: Any) -> Any:
        return merge_preset(given) if isinstance(given, Mapping) else given

    @property
    def source_system(self) -> str:
        """System whose customer numbers this source uses; the source's name when none is given."""
        return self.system or self.name

    @field_validator("table")
    @classmethod
    def _known_table(cls, table: str) -> str:
        if table not in TABLES:
            raise ValueError(f"must be one of {', '.join(TABLES)}")
        return table

    @model_validator(mode="after")
    def _columns_fit(self) -> Source:
        known = set(TABLES[self.table].names)
        for part in ("columns", "computed", "constants", "values"):
            for name in getattr(self, part):
                if name not in known:
                    raise ValueError(f"{part}.{name}: the table {self.table} has no column {name}")
        for name in self.pad:
            if name not in self.columns or TABLES[self.table][name].dtype != "string":
                raise ValueError(f"pad.{name}: must be a text column that columns takes from the file")
        return self

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        """Let a source be a file or a database, and a database one relation or one query."""
        if self.url is None:
            if self.relation or self.credentials:
                raise ValueError("relation and credentials belong to a source with a url")
            return self
        parse_url(self.url, source=self.name)
        if self.path:
            raise ValueError("path or url must be given, not both")
        if bool(self.relation) == bool(self.query):
            raise ValueError("a source with a url must have either relation or query")
        return self

    @model_validator(mode="after")
    def _fill_fits(self) -> Source:
        if self.fill_within and not self.fill:
            raise ValueError("fill_within: must come with fill, which names the columns to fill")
        both = sorted(set(self.fill) & set(self.fill_within))
        if both:
            raise ValueError(f"fill_within: must be other columns than fill, {both[0]} is in both")
        return self

    _known_zone = field_validator("time_zone")(require_zone)
