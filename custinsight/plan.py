"""The plan of an audit: audit.toml read, checked and typed.

Purpose, scope, sources, thresholds and who does what are part of an audit. An unknown key is an error that names it.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from custinsight.errors import PlanError
from custinsight.periods import Period
from custinsight.plan_churn import ChurnPlan
from custinsight.plan_match import Survivorship
from custinsight.plan_quality import OwnCheck, Quality, Repairs
from custinsight.plan_segments import OwnSegment
from custinsight.plan_source import Part, Share, Source, require_zone
from custinsight.words import languages


class Scope(Part):
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


class Limits(Part):
    """Shares of a source's rows and amounts that may be rejected; what is not given is as for all sources."""

    warn_rejected: Share | None = None
    refuse_rejected: Share | None = None
    warn_rejected_amount: Share | None = None
    refuse_rejected_amount: Share | None = None


class Trust(Part):
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


class Model(Part):
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


class Tiers(Part):
    """Cut-offs of the value tiers: a tier holds the customers that bring the first share of value, best first."""

    by: Literal["profit", "clv"] = Field(
        "profit",
        description="what makes a tier: the result of the last active_days, or the expected value of the horizon "
        "(the result where the value model is refused)",
    )
    a: Share = 0.50
    b: Share = 0.80
    cut_offs: tuple[float, float] | None = Field(
        None, description="lowest values of A and of B, as an earlier report prints them; the shares then play no part"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Tiers:
        if self.a > self.b:
            raise ValueError(f"a must not be above b, got a = {self.a:g} and b = {self.b:g}")
        if self.cut_offs is not None and not 0 < self.cut_offs[1] <= self.cut_offs[0]:
            raise ValueError(
                "cut_offs must be the lowest values of A and of B: above 0, the first not below the second"
            )
        return self


class Matching(Part):
    """How duplicates are told from different customers."""

    threshold: Share | None = Field(None, description="probability from which records are merged; else the data decide")
    review_from: Share = 0.50
    anew_from: Share = Field(
        0.2, description="share of new and changed records from which all are matched anew; 0 does so at each audit"
    )
    survivorship: Survivorship = Survivorship()


class Actions(Part):
    """What is asked of whom, by when."""

    due_days: int = Field(30, ge=1, description="days after the period's end by which a task is due")
    no_contact_days: int = Field(90, ge=1)
    rows_per_owner: int = Field(50, ge=1, le=1000)
    owner: str = "sales"


class Output(Part):
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


class Company(Part):
    """Who is audited and why; shown on the cover."""

    name: str = "Our company"
    purpose: str = ""
    scope: str = ""
    responsible: str = ""


class AuditPlan(Part):
    """A checked plan.

    Parameters
    ----------
    company, sources, scope, trust, model, churn, tiers, segments, quality, checks, repairs, matching, actions, output
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
    churn: ChurnPlan = ChurnPlan()
    tiers: Tiers = Tiers()
    quality: Quality = Quality()
    checks: tuple[OwnCheck, ...] = ()
    segments: tuple[OwnSegment, ...] = ()
    repairs: Repairs = Repairs()
    matching: Matching = Matching()
    actions: Actions = Actions()
    output: Output = Output()

    _known_zone = field_validator("time_zone")(require_zone)

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

    @field_validator("segments")
    @classmethod
    def _segments_differ(cls, segments: tuple[OwnSegment, ...]) -> tuple[OwnSegment, ...]:
        names = [segment.name for segment in segments]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two segments are named {name}")
        return segments

    @field_validator("checks")
    @classmethod
    def _checks_differ(cls, checks: tuple[OwnCheck, ...]) -> tuple[OwnCheck, ...]:
        names = [check.name for check in checks]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two checks are named {name}")
        return checks

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
