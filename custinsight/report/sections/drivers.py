"""Why the result changed: the exact bridge over customers, orders, spend per order and margin, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from custinsight.report.sections.common import HARDLY, Measure, known, measure_of, number, pick, value_by
from custinsight.words import Message, msg

CAUSES = {
    ("customers", 1): msg("more customers bought"),
    ("customers", -1): msg("fewer customers bought"),
    ("aof", 1): msg("customers ordered more often"),
    ("aof", -1): msg("customers ordered less often"),
    ("aov", 1): msg("orders were larger"),
    ("aov", -1): msg("orders were smaller"),
    ("margin", 1): msg("the margin was higher"),
    ("margin", -1): msg("the margin was lower"),
}
_WORTH_NAMING = 0.4
_ALSO_NAMED = 0.7


@dataclass(frozen=True)
class Explained:
    """A change of the result, and its reason.

    Parameters
    ----------
    measure : Measure
        Profit or net sales.
    before, after, change : float
        Result of the period before, of this one, and their difference.
    effects : dict of str to float
        Factor to its part of the change; they sum to it.
    title, parts : Message
        The change with its main reason; the change by factor.
    moved : bool
        Whether there is a change worth a sentence.
    """

    measure: Measure
    before: float
    after: float
    change: float
    effects: dict[str, float]
    title: Message
    parts: Message
    moved: bool


def explain(audit: Any) -> Explained | None:
    """Say why the result changed; None where the period before had no purchases."""
    return explain_bridge(audit.table("bridge"), audit.period.previous().label)


def explain_bridge(bridge: pd.DataFrame, label: str) -> Explained | None:
    """Say why the result changed against the period ``label``, from a :func:`custinsight.base.drivers.bridge`."""
    effects = {name: value for name, value in value_by(bridge, "factor", "effect").items() if known(value)}
    before, after = _product(bridge["before"]), _product(bridge["after"])
    if not effects or not before or not known(before) or not known(after):
        return None
    measure = measure_of(pd.DataFrame({"profit": [effects.get("margin")]}))
    change = sum(effects.values())
    moved = abs(change) >= HARDLY * abs(before)
    title = _title(measure, before, change, effects, label) if moved else _unmoved(measure, after, label)
    return Explained(measure, before, after, change, effects, title, _parts(effects), moved)


def _product(values: pd.Series) -> float:
    """Product of the factors; a margin that is not known leaves net sales."""
    numbers = [number(value) for value in values]
    return math.prod(value for value in numbers if known(value)) if any(map(known, numbers)) else math.nan


def _title(measure: Measure, before: float, change: float, effects: dict[str, float], label: str) -> Message:
    sign = 1 if change > 0 else -1
    main = max(effects, key=lambda name: effects[name] * sign)
    causes = [CAUSES[name, sign] for name in _along(effects, sign) if name == main or _weighs(effects, name, main)]
    counter = min(effects, key=lambda name: effects[name] * sign)
    values: dict[str, Any] = {
        "what": measure.title,
        "before": label,
        "amount": abs(change),
        "relative": abs(change / before) if before else math.nan,
        "cause": _listed(causes),
        "other": CAUSES[counter, -sign],
        "counter": abs(effects[counter]),
    }
    against = effects[counter] * sign < 0 and abs(effects[counter]) >= _WORTH_NAMING * abs(effects[main])
    if against:
        return pick(
            change,
            up=msg(
                "{what} rose by {amount:money} ({relative:percent}) against {before}, mainly because {cause}; {other}, "
                "which took {counter:money} away.",
                **values,
            ),
            down=msg(
                "{what} fell by {amount:money} ({relative:percent}) against {before}, mainly because {cause}; {other}, "
                "which made up for {counter:money}.",
                **values,
            ),
            same=msg("{what} hardly changed.", **values),
        )
    return pick(
        change,
        up=msg(
            "{what} rose by {amount:money} ({relative:percent}) against {before}, mainly because {cause}.", **values
        ),
        down=msg(
            "{what} fell by {amount:money} ({relative:percent}) against {before}, mainly because {cause}.", **values
        ),
        same=msg("{what} hardly changed.", **values),
    )


def _along(effects: dict[str, float], sign: int) -> list[str]:
    """Return the factors whose effect goes with the change, largest first."""
    return sorted((name for name in effects if effects[name] * sign > 0), key=lambda name: -abs(effects[name]))


def _weighs(effects: dict[str, float], name: str, main: str) -> bool:
    return abs(effects[name]) >= _ALSO_NAMED * abs(effects[main])


def _listed(causes: list[Message]) -> Message:
    """String reasons together: one; one and another; one, another and a third."""
    if len(causes) == 1:
        return causes[0]
    listed = causes[0]
    for cause in causes[1:-1]:
        listed = msg("{some}, {more}", some=listed, more=cause)
    return msg("{some} and {last}", some=listed, last=causes[-1])


def _unmoved(measure: Measure, after: float, label: str) -> Message:
    return msg("{what} stayed at {after:money}, as in {before}.", what=measure.title, after=after, before=label)


def _parts(effects: dict[str, float]) -> Message:
    values: dict[str, Any] = {name: effects.get(name, math.nan) for name in ("customers", "aof", "aov", "margin")}
    if known(values["margin"]):
        return msg(
            "Customers {customers:signed_money}, orders per customer {aof:signed_money}, spend per order "
            "{aov:signed_money}, margin {margin:signed_money}",
            **values,
        )
    return msg(
        "Customers {customers:signed_money}, orders per customer {aof:signed_money}, spend per order "
        "{aov:signed_money}",
        **values,
    )
