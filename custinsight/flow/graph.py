"""The stages in their order: what each needs, what it makes, and what its result depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from custinsight.engine import Tabular
from custinsight.errors import DataError
from custinsight.flow import effects, followup, late, leaving, moves, people, sources, tiers, track, trust, value, view
from custinsight.flow.context import Context
from custinsight.words import Message, msg


def _period_label(audit: Context) -> object:
    return audit.period.label


@dataclass(frozen=True)
class Stage:
    """One step of an audit.

    Parameters
    ----------
    name : str
    title : Message
        What a user sees while it runs.
    needs : tuple of str
        Stages whose tables go in.
    makes : tuple of str
        Names of the tables it stores.
    run : callable
        Audit to tables.
    plan : tuple of str
        Sections of the plan it depends on.
    rooms : tuple of str
        Folders whose code it depends on.
    depends : callable
        Audit to anything else it depends on, such as the period or the hashes of the files.
    """

    name: str
    title: Message
    needs: tuple[str, ...]
    makes: tuple[str, ...]
    run: Callable[[Context], Mapping[str, Tabular]]
    plan: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    depends: Callable[[Context], object] = _period_label


STAGES: tuple[Stage, ...] = (
    Stage(
        "ingest",
        msg("Reading the exports"),
        (),
        sources.INGEST_TABLES,
        sources.ingest,
        plan=("sources", "currency"),
        rooms=("ingest", "sheets", "privacy"),
        depends=sources.ingredients,
    ),
    Stage(
        "clean",
        msg("Cleaning the customer records"),
        ("ingest",),
        ("customers", "changes", "unusable"),
        people.clean,
        plan=("country",),
        rooms=("clean",),
        depends=lambda audit: None,
    ),
    Stage(
        "match",
        msg("Finding duplicate customers"),
        ("clean",),
        people.MATCH_TABLES,
        people.match,
        plan=("matching",),
        rooms=("clean", "match"),
        depends=people.match_ingredients,
    ),
    Stage(
        "scope",
        msg("Taking the view at the period's end"),
        ("ingest", "clean", "match"),
        view.TABLES,
        view.scope,
        plan=("scope", "currency", "model", "trust"),
        rooms=("match", "clean", "base"),
    ),
    Stage(
        "late",
        msg("Looking for what came late"),
        ("ingest",),
        late.LATE_TABLES,
        late.late,
        plan=("scope",),
        rooms=("closing", "privacy"),
        depends=late.changed_closings,
    ),
    Stage(
        "checks",
        msg("Checking the records"),
        ("ingest", "clean", "match", "scope"),
        trust.TABLES,
        trust.check,
        plan=("quality", "checks", "repairs", "scope", "currency", "model"),
        rooms=("clean", "ingest", "match"),
        depends=trust.ingredients,
    ),
    Stage(
        "base",
        msg("Describing the customer base"),
        ("scope",),
        value.BASE_TABLES,
        value.base,
        plan=("model",),
        rooms=("base",),
    ),
    Stage(
        "clv",
        msg("Estimating customer value"),
        ("base", "scope"),
        value.CLV_TABLES,
        value.clv,
        plan=("model",),
        rooms=("base", "clv"),
    ),
    Stage(
        "tiers",
        msg("Putting customers into value tiers"),
        ("base", "clv", "scope"),
        tiers.TIER_TABLES,
        tiers.tiers,
        plan=("model", "tiers"),
        rooms=("base", "clv"),
    ),
    Stage(
        "churn",
        msg("Estimating who is leaving"),
        ("base", "clv", "scope"),
        leaving.CHURN_TABLES,
        leaving.churn,
        plan=("model", "churn"),
        rooms=("base", "clv", "churn"),
    ),
    Stage(
        "track",
        msg("Grading earlier forecasts"),
        ("scope", "base", "clv", "churn"),
        track.TRACK_TABLES,
        track.track,
        plan=("model", "tiers"),
        rooms=("base", "clv", "churn"),
        depends=track.earlier_forecasts,
    ),
    Stage(
        "moves",
        msg("Finding what moved, and who is alike"),
        ("scope", "base", "clv", "tiers", "churn"),
        moves.MOVES_TABLES,
        moves.moves,
        plan=("model", "tiers", "segments"),
        rooms=("base", "clean", "ingest"),
    ),
    Stage(
        "effects",
        msg("Weighing what the duplicates change"),
        ("ingest", "clean", "match", "scope", "base", "clv"),
        effects.TABLES,
        effects.effects,
        plan=("scope", "currency", "model", "trust"),
        rooms=("match", "base", "clv", "churn"),
    ),
    Stage(
        "insight",
        msg("Looking at behaviour, risk and the sales team"),
        ("scope", "base", "clv", "churn"),
        followup.INSIGHT_TABLES,
        followup.insight,
        plan=("model", "actions"),
        rooms=("insight",),
    ),
    Stage(
        "actions",
        msg("Writing the worklists"),
        ("scope", "match", "base", "clv", "tiers", "churn", "insight"),
        ("worklists", "strategy"),
        followup.actions,
        plan=("actions", "model"),
        rooms=("actions",),
    ),
)

_MAKER = {table: stage for stage in STAGES for table in stage.makes}


def stage_of(table: str) -> Stage:
    """Return the stage that makes a table.

    Raises
    ------
    DataError
        No stage makes such a table.

    Examples
    --------
    >>> stage_of("golden").name
    'match'
    """
    if table not in _MAKER:
        raise DataError("The table must be one of {known}, got {name}.", known=", ".join(sorted(_MAKER)), name=table)
    return _MAKER[table]
