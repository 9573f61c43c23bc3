"""What a page of the report shows: figures, tables, key figures, findings, notes.

A part is data and messages, without language and without HTML. A section function returns a part; the ``shown``
decorator has it drawn in each language of the audit at once, so that one run of a notebook serves all reports.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeAlias

import pandas as pd

from custinsight.errors import ReportError
from custinsight.words import Message, Words, msg
from custinsight.writers.columns import Col, require

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

MIME = "application/vnd.custinsight.part+json"
Tone: TypeAlias = Literal["up", "down", "warn", "flat"]
NoteTone: TypeAlias = Literal["info", "warn", "pass"]
_NOTHING = msg("")
_TONES = {"up", "down", "warn", "flat"}
_NOTE_TONES = {"info", "warn", "pass"}


@dataclass(frozen=True, eq=False)
class Figure:
    """A drawing whose title is its finding, with the table behind it one click away.

    Parameters
    ----------
    title : Message
        The finding, one sentence; also what a screen reader says.
    note : Message
        The definition of what is drawn.
    draw : callable (Words) -> matplotlib.figure.Figure
        Called once for each language, inside the house style (:func:`custinsight.report.style.applied`). Layers with
        more than some hundred points must be drawn with ``rasterized=True``.
    table : DataFrame
        The numbers that are drawn.
    columns : tuple of Col
        Columns of the table that are shown.
    """

    title: Message
    note: Message
    draw: Callable[[Words], Drawing]
    table: pd.DataFrame
    columns: tuple[Col, ...]

    def __post_init__(self) -> None:
        require(self.table, self.columns)


@dataclass(frozen=True, eq=False)
class Table:
    """A table with a title; at most ``rows`` rows are shown, and the page says how many there are.

    Parameters
    ----------
    title, note : Message
        Finding and definition.
    frame : DataFrame
    columns : tuple of Col
    rows : int
        Most rows that are shown.
    """

    title: Message
    note: Message
    frame: pd.DataFrame
    columns: tuple[Col, ...]
    rows: int = 20

    def __post_init__(self) -> None:
        require(self.frame, self.columns)


@dataclass(frozen=True)
class Kpi:
    """A key figure: its value, its change, how sure it is, and how it came here.

    Parameters
    ----------
    name, value : Message
    change : Message or None
        Change against the period compared with.
    tone : {"up", "down", "warn", "flat"}
        Whether the change is good, bad, to be looked at or neither; it colours the change and the line.
    note : Message
        Interval, or what the change is against.
    trend : tuple of float
        Values of the last periods, oldest first; a line is drawn from two on.
    """

    name: Message
    value: Message
    change: Message | None = None
    tone: Tone = "flat"
    note: Message = _NOTHING
    trend: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _one_of("tone", self.tone, _TONES)


@dataclass(frozen=True)
class Kpis:
    """Tiles of key figures, side by side."""

    tiles: tuple[Kpi, ...]


@dataclass(frozen=True)
class Finding:
    """One sentence that matters, and what it rests on.

    Parameters
    ----------
    text : Message
    detail : Message
        Amount, interval, owner, date.
    section : str
        Page or heading it links to, such as ``"customer_base"`` or ``"drivers-of-profit"``; ``""`` for none.
    """

    text: Message
    detail: Message = _NOTHING
    section: str = ""


@dataclass(frozen=True)
class Findings:
    """A numbered list of findings or decisions under a heading; two in a row stand side by side."""

    heading: Message
    items: tuple[Finding, ...]


@dataclass(frozen=True)
class Note:
    """A remark to the reader: ``info``, ``warn`` (mind this) or ``pass`` (this was checked and holds)."""

    text: Message
    tone: NoteTone = "info"

    def __post_init__(self) -> None:
        _one_of("tone", self.tone, _NOTE_TONES)


@dataclass(frozen=True)
class Facts:
    """Terms and their values, such as the methods and versions of the appendix; a value may be plain text."""

    items: tuple[tuple[Message, Message | str], ...]


@dataclass(frozen=True, eq=False)
class Several:
    """Parts one after the other."""

    parts: tuple[Part, ...]


Part: TypeAlias = Figure | Table | Kpis | Findings | Note | Facts | Several


@dataclass(frozen=True, eq=False, repr=False)
class Shown:
    """A part said in several languages; JupyterLab shows the first, the report picks its own.

    Everything is drawn when the object is made, so that a part that fails stops its page: an error while Jupyter
    displays an object would only leave a gap.

    Parameters
    ----------
    part : Part
    languages : tuple of str
        BCP 47 tags, at least one.
    currency : str
        ISO 4217 code of the amounts.

    Attributes
    ----------
    said : dict of str to dict
        Language -> ``kind``, ``title`` (text) and ``html`` (an escaped fragment).

    Examples
    --------
    >>> result = Shown(Note(msg("{n:count} rows reconcile.", n=70118), tone="pass"), ("en", "zh-CN"))
    >>> sorted(result._repr_mimebundle_()[MIME]["languages"])
    ['en', 'zh-CN']
    """

    part: Part
    languages: tuple[str, ...]
    currency: str = "CNY"
    said: Mapping[str, Mapping[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        from custinsight.report.parts_html import say_part

        if not self.languages:
            raise ReportError("A part must be shown in at least one language, got none.")
        said = {language: say_part(self.part, Words(language, self.currency)) for language in self.languages}
        object.__setattr__(self, "said", said)

    def __repr__(self) -> str:
        # the values of the part would end up, as plain text, in every notebook
        return f"Shown({type(self.part).__name__}, {', '.join(self.languages)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from custinsight.report.parts_html import for_jupyter

        first = self.languages[0]
        return {"text/html": for_jupyter(self.said[first], first), MIME: {"languages": dict(self.said)}}

    def _repr_html_(self) -> str:
        return str(self._repr_mimebundle_()["text/html"])


P = ParamSpec("P")


def shown(section: Callable[Concatenate[Any, P], Part]) -> Callable[Concatenate[Any, P], Shown]:
    """Make a section function's part appear in the notebook and in the report.

    Parameters
    ----------
    section : callable (audit, ...) -> Part
        ``audit`` must have ``languages`` and ``plan.currency``.

    Returns
    -------
    callable (audit, ...) -> Shown

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> @shown
    ... def reconciliation(audit):
    ...     return Note(msg("Every row is accounted for."), tone="pass")
    >>> audit = SimpleNamespace(languages=("en",), plan=SimpleNamespace(currency="EUR"))
    >>> reconciliation(audit).said["en"]["kind"]
    'note'
    """

    @functools.wraps(section)
    def show(audit: Any, *args: P.args, **kwargs: P.kwargs) -> Shown:
        return Shown(section(audit, *args, **kwargs), tuple(audit.languages), audit.plan.currency)

    return show


def _one_of(thing: str, given: str, known: set[str]) -> None:
    if given not in known:
        raise ReportError(
            "The {thing} of a part must be one of {known}, got {given}.",
            thing=thing,
            known=", ".join(sorted(known)),
            given=str(given),
        )
