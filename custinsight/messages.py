"""Messages as text that a table can hold, so that what a stage had to say is said later in any language."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from custinsight.words import Message


def message_json(message: Message) -> str:
    """Write a message as JSON; messages among its values are written with it.

    Examples
    --------
    >>> from custinsight.words import Words, msg
    >>> kept = message_json(msg("{n} row: {why}", "{n} rows: {why}", n=2, why=msg("no date")))
    >>> Words("en")(read_message(kept))
    '2 rows: no date'
    """
    content = {"template": message.template, "plural": message.plural, "values": dict(message.values)}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, default=_plain)


def read_message(text: str) -> Message:
    """Read what :func:`message_json` wrote."""
    return _message(json.loads(text))


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return json.loads(message_json(value))
    if isinstance(value, dt.date):
        return {"day": value.isoformat()}
    return value.item() if hasattr(value, "item") else str(value)


def _message(content: dict[str, Any]) -> Message:
    values = {name: _value(value) for name, value in content["values"].items()}
    return Message(content["template"], values, content["plural"])


def _value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return dt.date.fromisoformat(value["day"]) if "day" in value else _message(value)
