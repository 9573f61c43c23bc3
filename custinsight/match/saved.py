"""A trained model's settings as a file, and back."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from custinsight.errors import DataError
from custinsight.match.roles import Column

OWN = "custinsight"
"""Key under which the settings hold what Splink does not know: the further columns and their roles."""

Settings: TypeAlias = Mapping[str, Any] | str | os.PathLike[str]


def with_columns(
    settings: dict[str, Any], columns: Sequence[Column], own_records: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Add to learnt settings the further columns, and how frequencies were counted."""
    return settings | {
        OWN: {"columns": [column.as_dict() for column in columns], "own_records": dict(own_records or {})}
    }


def without_columns(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings as Splink reads them.

    Examples
    --------
    >>> without_columns({"link_type": "dedupe_only", "custinsight": {"columns": []}})
    {'link_type': 'dedupe_only'}
    """
    return {key: value for key, value in settings.items() if key != OWN}


def columns_of(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the further columns that settings were learnt with.

    Examples
    --------
    >>> columns_of(with_columns({}, [Column("dob", "date", "x0_dob", 1.0, 9)]))
    (Column(name='dob', role='date', key='x0_dob', filled=1.0, distinct=9),)
    """
    return tuple(Column(**column) for column in settings.get(OWN, {}).get("columns", ()))


def own_records_of(settings: Mapping[str, Any]) -> dict[str, float]:
    """Return how frequencies were counted, see :func:`custinsight.match.frequencies.own_records`."""
    return dict(settings.get(OWN, {}).get("own_records", {}))


def write_settings(settings: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write settings as JSON; they hold names of columns and probabilities, never a value of a record."""
    Path(path).write_text(json.dumps(settings, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_settings(settings: Settings) -> dict[str, Any]:
    """Read settings that :meth:`custinsight.match.MatchModel.save` wrote, or take them as they are.

    Raises
    ------
    DataError
        There are no settings of a model in them.
    """
    given: Any = settings
    if not isinstance(given, Mapping):
        try:
            given = json.loads(Path(given).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            given = {}
    if not isinstance(given, Mapping) or not given.get("comparisons"):
        raise DataError("The settings must be those of a trained model. Write them with model.save(path).")
    return dict(given)


def require_saved_columns(settings: Mapping[str, Any], names: Sequence[str]) -> None:
    """Refuse a table that lacks a column which the settings compare.

    Raises
    ------
    DataError
    """
    missing = [column.name for column in columns_of(settings) if column.key and column.name not in names]
    if missing:
        raise DataError(
            "The settings compare the columns {missing}, which the customers do not have. "
            "Add them, or leave out settings.",
            missing=", ".join(missing),
        )
