"""An audit: a plan at a period. Each stage runs once, on demand; notebooks and the command line use only this."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from custinsight import __version__
from custinsight.base.rules import require_own_segments
from custinsight.clean import require_own_checks
from custinsight.engine import collect, connect
from custinsight.errors import DataError, PeriodError, PlanError, SourceError
from custinsight.flow import STAGES, Stage, stage_of
from custinsight.ingest.tax import tax_warnings
from custinsight.ingest.trust import PASSED, REFUSED, WARNED, judge_sources, rejected_sentence
from custinsight.periods import Period
from custinsight.plan import AuditPlan, read_plan
from custinsight.plan_segments import COLUMNS as SEGMENT_COLUMNS
from custinsight.tables import personal_columns
from custinsight.words import Message, Words
from custinsight.words import languages as known_languages
from custinsight.workspace import StoredStage, Workspace, code_digest, digest

if TYPE_CHECKING:
    from custinsight.base.cube import Cube

_VERSIONS = ("duckdb", "ibis-framework", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "splink")


class Audit:
    """The audit of one period.

    Parameters
    ----------
    plan : AuditPlan
        A checked plan.
    folder : Path
        Folder that the plan's paths are relative to.
    period : Period
        The period audited.
    languages : sequence of str
        Languages that results are shown in; the first is the one notebooks show.
    on_stage : callable, optional
        Called with the stage's title before it runs.

    Attributes
    ----------
    con : ibis backend
        The engine that the audit's tables run on.
    workspace : Workspace
        Where the stages keep their tables.
    notes : list of Message
        What stages that ran just now had to tell.
    """

    def __init__(
        self,
        plan: AuditPlan,
        folder: Path,
        period: Period,
        languages: Sequence[str] = (),
        on_stage: Callable[[Message], None] | None = None,
    ) -> None:
        self.plan = plan
        self.folder = folder
        self.period = period
        self.languages = tuple(languages) or plan.output.languages
        self.workspace = Workspace(folder / plan.output.work)
        self._on_stage = on_stage or (lambda title: None)
        self._stored: dict[str, StoredStage] = {}
        self.notes: list[Message] = []

    @functools.cached_property
    def con(self) -> Any:
        """The engine, opened when first needed."""
        return connect()

    def run(self) -> None:
        """Run what is missing of all stages, and remember which tables this audit consists of."""
        for stage in STAGES:
            self.stored(stage.name)
        self.workspace.remember(self._name(self.period), {name: kept.key for name, kept in self._stored.items()})

    def stored(self, name: str) -> StoredStage:
        """Return what a stage left; the stage and those it needs run now if they have not."""
        if name not in self._stored:
            stage = next(stage for stage in STAGES if stage.name == name)
            for need in stage.needs:
                self.stored(need)
            if "ingest" in stage.needs:
                # the exports themselves stay open to whoever has to find out what is wrong with them
                self._check_trust()
            self._stored[name] = self._find_or_run(stage)
            if name == "scope":
                self._check_period()
        return self._stored[name]

    def contents(self) -> dict[str, str]:
        """Hash of the tables of each stage."""
        return {stage.name: self.stored(stage.name).content for stage in STAGES}

    def read(self, table: str) -> ibis.Table:
        """Return a table of this audit, lazy, in the audit's engine."""
        return self.workspace.read(self.con, self.stored(stage_of(table).name), table)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of this audit as pandas; empty, with its columns, where the data lack it.

        Raises
        ------
        DataError
            There is no such table, or it holds personal columns: pages show what this returns.
        """
        if self.stored(stage_of(name).name).tables[name]["personal"]:
            raise DataError(
                "The table {name} holds personal data and is not for pages. Use audit.read where names may be seen.",
                name=name,
            )
        return collect(self.read(name), max_rows=5_000_000)

    def has(self, name: str) -> bool:
        """Whether a table of this audit has rows."""
        return self.stored(stage_of(name).name).tables[name]["rows"] > 0

    def content_of(self, table: str) -> str:
        """Return the hash of a table's content."""
        return str(self.stored(stage_of(table).name).tables[table]["sha256"])

    def note(self, message: Message) -> None:
        """Keep a sentence for whoever runs the audit; no result depends on it."""
        self.notes.append(message)

    @property
    def previous(self) -> Audit | None:
        """The audit of the period before, if it has been run; its stored tables are used as they are."""
        return self.of(self.period.previous())

    def of(self, period: Period) -> Audit | None:
        """Return the audit of another period as it was run last, or None; nothing runs for it."""
        kept = self.workspace.recall(self._name(period))
        if kept is None:
            return None
        audit = Audit(self.plan, self.folder, period, self.languages)
        found = {name: self.workspace.find(name, key) for name, key in kept.items()}
        audit._stored = {name: stored for name, stored in found.items() if stored is not None}
        return audit if len(audit._stored) == len(STAGES) else None

    def load_report(self) -> pd.DataFrame:
        """One row per file: rows read, kept, rejected, dropped as totals, out of scope, and what to mind."""
        report, say = self.table("load_report"), Words("en")
        for row in self.trust().to_dict("records"):
            if row["state"] != PASSED:
                at = report.index[report["source"] == row["source"]][0]
                said = say(rejected_sentence(row))
                report.loc[at, "problems"] = f"{report.loc[at, 'problems']} {said}".strip()
        return report

    def trust(self) -> pd.DataFrame:
        """One row per source: the shares of its rows and its amount that were rejected, and what the plan says to it.

        See :func:`custinsight.ingest.trust.judge_sources`.
        """
        return judge_sources(
            self.table("load_report"), self.table("load_amounts"), self.table("reject_counts"), self.plan.trust
        )

    def warnings(self) -> tuple[Message, ...]:
        """What to mind about the sources, though they can be used."""
        doubts = [sentence for source in self.plan.sources for sentence in tax_warnings(source)]
        lost = [rejected_sentence(row) for row in self.trust().to_dict("records") if row["state"] == WARNED]
        return (*lost, *doubts)

    def quality(self) -> pd.DataFrame:
        """One row per dimension and field: numerator, denominator and score of the customer records."""
        return self.table("quality")

    def golden(self) -> pd.DataFrame:
        """One row per golden customer, without personal columns."""
        return self.table("profile")

    def summary(self) -> pd.DataFrame:
        """One row per golden customer: frequency, recency, T and monetary value at the period's end."""
        return self.table("summary")

    def cube(self, by: str = "Q", dimensions: Sequence[str] = (), small: int = 10) -> Cube:
        """Metrics of the base up to the period's end by calendar step and dimensions, small cells hidden.

        Dimensions are columns of the customers without personal data, or of the transactions; see
        :func:`custinsight.cube`. ``custinsight.write_cube`` puts the result into files.
        """
        from custinsight.base.cube import cube

        personal = personal_columns(dimensions)
        if personal:
            raise DataError("A cube must not hold personal data, got {columns}.", columns=", ".join(personal))
        return cube(
            self.read("transactions"),
            by,
            dimensions,
            self.read("profile").drop("owner_name"),
            end=str(self.period.end),
            first_month=self.plan.first_month,
            small=small,
        )

    def findings(self) -> Any:
        """The three findings and three decisions of the one-page summary."""
        from custinsight.report.sections.findings import findings

        return findings(self)

    def gate_reasons(self) -> tuple[Message, ...]:
        """Reasons behind the verdict on the value model."""
        from custinsight.flow.value import reasons_of

        return reasons_of(self.table("gate_reasons"))

    def manifest(self) -> dict[str, Any]:
        """Everything that this audit's tables depend on: versions, inputs by hash, code and plan."""
        loaded = self.load_report()
        inputs = [
            {"source": name, "rows": int(rows), "sha256": self._source_hash(name)}
            for name, rows in zip(loaded["source"], loaded["rows_in"], strict=True)
        ]
        return {
            "custinsight": __version__,
            "versions": {name: version(name) for name in _VERSIONS},
            "inputs": inputs,
            "code": code_digest("flow", *sorted({room for stage in STAGES for room in stage.rooms}))[:16],
            "plan": digest(self.plan.model_dump(mode="json"))[:16],
            "period": self.period.label,
            "stages": {name: content[:16] for name, content in self.contents().items()},
        }

    @functools.cached_property
    def grounds(self) -> Any:
        """Where the plan's sources may lie."""
        from custinsight.ingest import Grounds

        return Grounds.of(self.folder, self.plan.folders)

    def _source_hash(self, name: str) -> str:
        from custinsight.ingest import fingerprint

        source = next(source for source in self.plan.sources if source.name == name)
        return digest(fingerprint(source, self.grounds, self.workspace, self.period))[:16]

    def _find_or_run(self, stage: Stage) -> StoredStage:
        key = self._key(stage)
        found = self.workspace.find(stage.name, key)
        if found is not None:
            return found
        with self.workspace.locked(stage.name):
            found = self.workspace.find(stage.name, key)
            if found is not None:
                return found
            self._on_stage(stage.title)
            return self.workspace.store(stage.name, key, stage.run(self))

    def _key(self, stage: Stage) -> str:
        """Hash of a stage's inputs' content, its part of the plan and its code."""
        return digest(
            {
                "stage": stage.name,
                "inputs": {need: self._stored[need].content for need in stage.needs},
                "plan": self.plan.digest(*stage.plan),
                "code": code_digest("flow", *stage.rooms),
                "depends": stage.depends(self),
            }
        )

    @functools.cached_property
    def _refused(self) -> tuple[dict[Any, Any], ...]:
        rows = self.trust().to_dict("records")
        return tuple(row for row in rows if row["state"] == REFUSED)

    def _check_trust(self) -> None:
        """Stop when a source lost more than the plan takes; the rejected rows are written for whoever may see them."""
        if not self._refused:
            return
        from custinsight.rejects import write_rejects

        path = self.workspace.root / "rejects.csv"
        write_rejects(self, path, Words(self.languages[0], self.plan.currency))
        row = self._refused[0]
        raise SourceError(
            "{lost} The plan refuses such a source. Correct the export or its mapping, or raise refuse_rejected under "
            "trust; the rejected rows are in {file}.",
            lost=rejected_sentence(row),
            file=f"{path.parent.name}/{path.name}",
        )

    def _check_period(self) -> None:
        span = self.table("data_span").iloc[0]
        if not span["rows"]:
            return
        first, last = span["first"].date(), span["last"].date()
        if self.period.end < first or self.period.start > last:
            raise PeriodError(
                "The period {period} lies outside the data, which run from {first} to {last}. Name a period within.",
                period=self.period.label,
                first=first,
                last=last,
            )

    def _name(self, period: Period) -> str:
        return f"audit-{period.label}"


def open_audit(plan: str | Path = "audit.toml", period: str = "", languages: str = "") -> Audit:
    """Open an audit: the way in for notebooks and scripts.

    Parameters
    ----------
    plan : str or Path
        The plan's file, audit.toml; looked for in the folders above, too, since a notebook's kernel starts beside it.
    period : str
        Such as ``2024Q4``; the plan's own period when empty.
    languages : str
        Such as ``en,zh-CN``; the plan's own languages when empty.

    Returns
    -------
    Audit
        Nothing has run yet; each stage runs when a table of it is asked for, and is stored.

    Raises
    ------
    PlanError, PeriodError
        The plan, the period or a language cannot be used.
    """
    path = _nearest(Path(plan))
    checked = read_plan(path)
    require_own_checks(checked.checks)
    require_own_segments(checked.segments, SEGMENT_COLUMNS)
    chosen = tuple(filter(None, languages.split(",")))
    if not set(chosen) <= set(known_languages()):
        raise PlanError(
            "The language must be one of {known}, got {text}.", known=", ".join(known_languages()), text=languages
        )
    return Audit(checked, path.resolve().parent, checked.parse_period(period or None), chosen)


def _nearest(plan: Path) -> Path:
    """Find a plan here or in the folders above."""
    if plan.is_absolute() or plan.exists():
        return plan
    above = (folder / plan for folder in Path.cwd().parents)
    return next((path for path in above if path.is_file()), plan)
