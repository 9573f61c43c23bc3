"""The plan of an audit: audit.toml read, checked and typed.

Purpose, scope, sources, thresholds and who does what are part of an audit. An unknown key is an error that names it.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from custinsight.errors import PlanError
from custinsight.periods import Period
from custinsight.presets import merge_preset
from custinsight.tables import TABLES
from custinsight.urls import parse_url
from custinsight.words import languages

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


def _require_zone(zone: str | None) -> str | None:
    """Refuse a time zone that this machine does not know."""
    try:
        return None if zone is None else zoneinfo.ZoneInfo(zone).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as Asia/Shanghai or Europe/Berlin") from None


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lookup(_Part):
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


class Source(_Part):
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

    def _fill_fits(self) -> Source:
        if self.fill_within and not self.fill:
            raise ValueError("fill_within: must come with fill, which names the columns to fill")
        both = sorted(set(self.fill) & set(self.fill_within))
        if both:
            raise ValueError(f"fill_within: must be other columns than fill, {both[0]} is in both")
        return self

    _known_zone = field_validator("time_zone")(_require_zone)


class Scope(_Part):
    """Which documents count as purchases."""

    doc_types: tuple[str, ...] = ("invoice", "return")
    statuses: tuple[str, ...] = ("posted",)
    exclude_customers: tuple[str, ...] = Field((), description="source customer numbers, such as cash sales")
    order: Literal["document", "day"] = Field(
        "document", description="what makes one order of a customer: a document's number, or a day"
    )
    match_returns: bool = Field(
        True, description="look for the purchase of a return that names none, by customer, product and amount"
    )


class Limits(_Part):
    """Shares of a source's rows and amounts that may be rejected; what is not given is as for all sources."""

    warn_rejected: Share | None = None
    refuse_rejected: Share | None = None
    warn_rejected_amount: Share | None = None
    refuse_rejected_amount: Share | None = None


class Trust(_Part):
    """How much of the exports may be lost, and how far two exchange rates may be apart.

    A share is that of the rejected among the rejected and the kept. From ``warn`` on it is told, from ``refuse`` on
    nothing is computed from the sources.
    """

    warn_rejected: Share = Field(0.01, description="share of a source's rows")
    refuse_rejected: Share = Field(0.2, description="share of a source's rows")
    warn_rejected_amount: Share = Field(0.01, description="share of the amount in a source's largest currency")
    refuse_rejected_amount: Share = Field(0.2, description="share of the amount in a source's largest currency")
    rate_tolerance: Share = Field(0.02, description="difference between a line's own rate and the table's that counts")
    sources: dict[str, Limits] = Field({}, description="limits of single sources, by their name")

    def limits(self, source: str) -> Limits:
        """Limits that hold for a source.

        Examples
        --------
        >>> Trust(sources={"log": {"refuse_rejected": 0.3}}).limits("log").refuse_rejected
        0.3
        """
        own = self.sources.get(source, Limits()).model_dump(exclude_none=True)
        common = self.model_dump(include=set(Limits.model_fields))
        return Limits(**{**common, **own})


class Model(_Part):
    """How the future is worked out."""

    time_unit: Literal["D", "W", "M"] = "W"
    horizon_days: int = Field(365, ge=7, le=3650, description="horizon of the customer value")
    churn_days: int = Field(90, ge=7, le=730, description="horizon of the churn probability")
    annual_discount: float = Field(0.10, ge=0, lt=1)
    margin: Share | None = Field(None, description="margin on net sales where the cost is unknown")
    interval: float = Field(0.9, gt=0, lt=1)
    holdout_days: int = Field(182, ge=28, le=1095)
    active_days: int = Field(365, ge=7, description="a customer is active who bought within these days")
    seed: int = 20240101


class Tiers(_Part):
    """Cut-offs of the value tiers: a tier holds the customers that bring the first share of profit, best first."""

    a: Share = 0.50
    b: Share = 0.80


class Matching(_Part):
    """How duplicates are told from different customers."""

    threshold: Share = 0.95
    review_from: Share = 0.50


class Actions(_Part):
    """What is asked of whom, by when."""

    due_days: int = Field(30, ge=1, description="days after the period's end by which a task is due")
    no_contact_days: int = Field(90, ge=1)
    rows_per_owner: int = Field(50, ge=1, le=1000)
    owner: str = "sales"


class Output(_Part):
    """Where results go and in which languages."""

    reports: str = "reports"
    work: str = "work"
    languages: tuple[str, ...] = ("en", "zh-CN")
    worklists: bool = True

    @field_validator("languages")
    @classmethod
    def _known_languages(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for language in given:
            if language not in languages():
                raise ValueError(f"must be among {', '.join(languages())}, got {language!r}")
        return given


class Company(_Part):
    """Who is audited and why; shown on the cover."""

    name: str = "Our company"
    purpose: str = ""
    scope: str = ""
    responsible: str = ""


class AuditPlan(_Part):
    """A checked plan.

    Parameters
    ----------
    company, sources, scope, trust, model, tiers, matching, actions, output
        The sections of audit.toml.
    currency : str
        ISO 4217 code of the base currency.
    country : str
        ISO 3166 code that phone numbers and addresses without a country are read with.
    time_zone : str, optional
        Zone in which days begin; the country's zone when none is given.
    first_month : int
        Month in which the fiscal year starts.
    folders : tuple of str
        Folders, besides the one that holds the plan, that its sources may lie in.
    """

    company: Company = Company()
    currency: str = Field("CNY", pattern=r"^[A-Z]{3}$")
    country: str = Field("CN", pattern=r"^[A-Z]{2}$")
    time_zone: str | None = Field(None, description="zone in which days begin, such as Asia/Shanghai")
    first_month: int = Field(1, ge=1, le=12)
    period: str | None = Field(None, description="the period audited when the command names none")
    folders: tuple[str, ...] = Field((), description="folders outside this one that sources may lie in")
    sources: tuple[Source, ...] = Field(min_length=1)
    scope: Scope = Scope()
    trust: Trust = Trust()
    model: Model = Model()
    tiers: Tiers = Tiers()
    matching: Matching = Matching()
    actions: Actions = Actions()
    output: Output = Output()

    _known_zone = field_validator("time_zone")(_require_zone)

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        names = [source.name for source in sources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two sources are named {name}")
        if not {"customers", "transactions"} & {source.table for source in sources}:
            raise ValueError("a source for customers or for transactions must be there")
        return sources

    @model_validator(mode="after")
    def _limits_fit(self) -> AuditPlan:
        names = {source.name for source in self.sources}
        for name in self.trust.sources:
            if name not in names:
                raise ValueError(f"trust.sources.{name}: no source has this name; there are {', '.join(sorted(names))}")
        return self

    def parse_period(self, text: str | Period | None = None) -> Period:
        """Read a period by this plan's fiscal year; the plan's own period when none is given."""
        if text is None and self.period is None:
            raise PlanError("audit.toml: the key period is missing; give it there or name a period.")
        return Period.parse(text if text is not None else self.period or "", self.first_month)

    def digest(self, *parts: str) -> str:
        """Hash of parts of the plan; a stage runs again when the parts it depends on change.

        Examples
        --------
        >>> source = {"name": "log", "table": "transactions", "path": "log.csv"}
        >>> plan = AuditPlan(sources=[source])
        >>> plan.digest("model") == plan.model_copy(update={"currency": "USD"}).digest("model")
        True
        """
        chosen = self.model_dump(mode="json", include=set(parts))
        return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()


def read_plan(path: str | Path) -> AuditPlan:
    """Read and check audit.toml.

    Parameters
    ----------
    path : str or Path
        The plan's file.

    Returns
    -------
    AuditPlan

    Raises
    ------
    PlanError
        The file is missing, is no TOML, or has a key or value that cannot be used; the sentence names the key.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(
            "{file}: the plan cannot be read. Name an existing audit.toml, or make one with custinsight new.",
            file=path.name,
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise PlanError("{file}: this is not valid TOML: {why}.", file=path.name, why=str(error)) from error
    try:
        return AuditPlan.model_validate(content)
    except ValidationError as error:
        raise PlanError("{file}: {why}.", file=path.name, why=_explain(error, content)) from None


def _explain(error: ValidationError, content: dict[str, Any]) -> str:
    """Say the first problem as 'key: rule, got value'."""
    problem = error.errors()[0]
    key = _key(problem["loc"], content)
    if problem["type"] == "extra_forbidden":
        known = _siblings(problem["loc"])
        return f"the key {key} is unknown; known here are {', '.join(known)}"
    if problem["type"] == "missing":
        return f"the key {key} is missing"
    rule = problem["msg"].removeprefix("Value error, ")
    got = problem.get("input")
    shown = f", got {got!r}" if isinstance(got, str | int | float | bool) else ""
    return f"{key}: {rule[:1].lower()}{rule[1:]}{shown}"


def _key(loc: tuple[int | str, ...], content: dict[str, Any]) -> str:
    """Write a location as in the file; a source is shown by its name instead of its number."""
    words: list[str] = []
    here: Any = content
    for step in loc:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = None
        named = isinstance(step, int) and isinstance(here, dict) and "name" in here
        words.append(f"[{here['name']}]" if named else f"[{step + 1}]" if isinstance(step, int) else f".{step}")
    return "".join(words).lstrip(".") or "the plan"


def _siblings(loc: tuple[int | str, ...]) -> list[str]:
    model: Any = AuditPlan
    for step in loc[:-1]:
        if isinstance(step, str):
            annotation = model.model_fields[step].annotation
            model = next(iter(getattr(annotation, "__args__", ())), annotation)
    return list(model.model_fields)
