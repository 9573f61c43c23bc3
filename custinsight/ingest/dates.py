"""Days in text, read by the formats that the plan declares and by no others."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterable, Sequence

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import BooleanValue, DateValue, StringValue, Value

from custinsight.errors import SourceError
from custinsight.ingest.numbers import translate
from custinsight.ingest.steps import Steps
from custinsight.ingest.text import ANY_SIGN, Signs, equals_any

EXCEL = "excel"
"""Format that stands for a spreadsheet's day numbers, such as 46027."""
ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
_WIDE, _NARROW = "０１２３４５６７８９－／．：　", "0123456789-/.: "
_ORDERS = ("%d/%m/%Y", "%m/%d/%Y", "%y/%m/%d", "%d/%m/%y", "%m/%d/%y")
_NO_DAY = ("00000000", "0000-00-00", "0000/00/00", "0000-00-00 00:00:00", "00/00/0000", "00.00.0000")
_EPOCH = datetime.date(1899, 12, 30)


@ibis.udf.scalar.builtin(name="try_strptime")
def try_strptime(text: str, forms: list[str]) -> dt.timestamp:
    """Read a time by the first of some formats that fits; null when none does. The engine's own function."""
    ...


def require_formats(formats: tuple[str, ...], source: str) -> None:
    """Refuse a date format that the engine cannot read.

    Raises
    ------
    SourceError
        Names the source and the format.

    Examples
    --------
    >>> require_formats(("%Y-%m-%d", "excel"), "sales")
    """
    for form in formats:
        fields = re.fullmatch(r"(%[YymdbBHMSIpfgjaA]|[^%])*", form)
        if form != EXCEL and not (fields and re.search(r"%[Yy]", form)):
            raise SourceError(
                "sources.{source}.date_formats must hold formats such as %Y-%m-%d, %d.%m.%y or excel, got {form}.",
                source=source,
                form=repr(form)[:40],
            )


def day_steps(rows: ibis.Table, text: str, name: str, formats: tuple[str, ...], *, signs: Signs = ANY_SIGN) -> Steps:
    """Name the days that a text column holds: ``<name>``, ``<name>_ambiguous`` and ``<name>_sentinel``.

    The day is null where no format fits, where it can be read in two ways (two declared formats give two days, or none
    fits and two undeclared orders of day, month and year do), and where it stands in for none (00000000, 1900-01-01,
    9999-12-31).

    Parameters
    ----------
    rows : ibis Table
    text : str
        Column of trimmed text, null for nothing.
    name : str
    formats : tuple of str
        As in the plan, tried in order; ``excel`` reads day numbers.
    signs : Signs
        What the texts may hold.

    Examples
    --------
    >>> from custinsight.ingest.steps import run_steps
    >>> rows = ibis.memtable({"text": ["31.12.24", "01/02/2024"]})
    >>> rows = run_steps(rows, [lambda rows: day_steps(rows, "text", "day", ("%d.%m.%y",))])
    >>> rows.select("day", "day_ambiguous").to_pyarrow().to_pylist()[1]
    {'day': None, 'day_ambiguous': True}
    """
    pairs = _rivals(formats)
    # most cells hold an ISO day, which the engine's own cast reads; only the others are looked at more closely
    rows = yield {f"{name}_cast": plain_day(rows[text], formats, signs)}
    rows = yield {
        f"{name}_plain": ibis.ifelse(is_stand_in(rows[f"{name}_cast"]), ibis.null(dt.date), rows[f"{name}_cast"])
    }
    rest = ibis.ifelse(rows[f"{name}_plain"].isnull(), rows[text], ibis.null(dt.string))
    rows = yield {f"{name}_in": translate(rest, _WIDE, _NARROW) if signs.wide else rest}
    given = rows[f"{name}_in"]
    columns: dict[str, Value] = {f"{name}_first": _read(given, [form for form in formats if form != EXCEL])}
    columns |= {f"{name}_f{n}": _read(given, [formats[n]]) for n in sorted({n for pair in pairs for n in pair})}
    columns[f"{name}_serial"] = _serial(given) if EXCEL in formats else ibis.null(dt.date)
    rows = yield columns
    first, serial = rows[f"{name}_first"], rows[f"{name}_serial"]
    two = _any(_differ(rows[f"{name}_f{one}"], rows[f"{name}_f{other}"]) for one, other in pairs)
    # the engine takes %Y for any number of digits, and 26-1-5 for the year 26
    short = _read(rows[f"{name}_in"], [form for form in formats if "%Y" not in form and form != EXCEL])
    read = ibis.coalesce(ibis.ifelse(first.year() >= 1000, first, short), serial)
    rows = yield {f"{name}_read": read, f"{name}_two": two}
    rows = yield from _undeclared_steps(rows, name)
    day = rows[f"{name}_read"]
    sentinel = equals_any(rows[f"{name}_in"], _NO_DAY).fill_null(False) | is_stand_in(day)
    rows = yield {
        f"{name}_sentinel": sentinel,
        f"{name}_ambiguous": (rows[f"{name}_two"] | rows[f"{name}_orders"]) & ~sentinel,
    }
    unsure = rows[f"{name}_sentinel"] | rows[f"{name}_ambiguous"]
    day = ibis.coalesce(rows[f"{name}_plain"], rows[f"{name}_read"])
    return (yield {name: ibis.ifelse(unsure, ibis.null(dt.date), day)})


def read_day(text: StringValue, formats: Sequence[str]) -> DateValue:
    """Day that a text holds by the first of some formats that fits, or by ISO 8601; null where none does.

    Examples
    --------
    >>> str(read_day(ibis.literal("31.12.2024"), ["%d.%m.%Y"]).execute())[:10]
    '2024-12-31'
    """
    day = _read(text, [*(form for form in formats if form != EXCEL), *ISO])
    return ibis.ifelse(is_stand_in(day) | text.isin(_NO_DAY), ibis.null(dt.date), day)


def is_stand_in(day: DateValue) -> BooleanValue:
    """Whether a day stands for none: 1900-01-01 and before, 1970-01-01, 2200-01-01 and after.

    Examples
    --------
    >>> bool(is_stand_in(ibis.date("9999-12-31")).execute())
    True
    """
    last_none, first_far = datetime.date(1900, 1, 1), datetime.date(2200, 1, 1)
    return ((day <= last_none) | (day >= first_far) | (day == datetime.date(1970, 1, 1))).fill_null(False)


def _undeclared_steps(rows: ibis.Table, name: str) -> Steps:
    """Name ``<name>_orders``: nothing declared fits, and common orders of day, month and year leave more than one day.

    With a year of two digits or less nobody can tell which of the three it is.
    """
    given, day = rows[f"{name}_in"], rows[f"{name}_read"]
    shaped = day.isnull() & given.re_search(r"^\d{1,2}[-/.]\d{1,2}[-/.](\d{1,2}|\d{4})$").fill_null(False)
    plain = ibis.ifelse(shaped, translate(given, "-.", "//"), ibis.null(dt.string))
    rows = yield {f"{name}_{number}": _read(plain, [form]) for number, form in enumerate(_ORDERS)}
    days = [rows[f"{name}_{number}"] for number in range(len(_ORDERS))]
    sure = [ibis.ifelse(one.year() >= 1000, one, ibis.null(dt.date)) for one in days]
    rows = yield {f"{name}_least": ibis.least(*sure), f"{name}_most": ibis.greatest(*sure)}
    least, most = rows[f"{name}_least"], rows[f"{name}_most"]
    short = least.notnull() & ~rows[f"{name}_in"].re_search(r"\d{4}$")
    return (yield {f"{name}_orders": ((least != most) | short).fill_null(False)})


def plain_day(text: StringValue, formats: tuple[str, ...], signs: Signs) -> DateValue:
    """Days of texts that can mean nothing else by the declared formats; null for all others.

    Parameters
    ----------
    text : ibis string
        Trimmed.
    formats : tuple of str
        As in the plan.
    signs : Signs
        What the texts may hold.
    """
    pairs = _rivals(formats)
    days = []
    if "%Y-%m-%d" in formats and not any(formats.index("%Y-%m-%d") in pair for pair in pairs):
        fits = text.length() == 10
        if any(map(signs.may_hold, "/\\ ")):  # which the engine would take for dashes
            fits &= text[4] == "-"
        days.append(ibis.ifelse(fits, text, ibis.null(dt.string)).try_cast("date"))
    others = [form for form in formats if form not in (EXCEL, "%Y-%m-%d")]
    if others and not pairs and not signs.wide:
        rest = ibis.ifelse(days[0].isnull(), text, ibis.null(dt.string)) if days else text
        day = _read(rest, others)
        days.append(ibis.ifelse(day.year() >= 1000, day, ibis.null(dt.date)))
    return ibis.coalesce(*days) if days else ibis.null(dt.string).cast("date")


def _read(text: StringValue, forms: list[str]) -> DateValue:
    return try_strptime(text, forms).date() if forms else ibis.null(dt.date)


def _serial(text: StringValue) -> DateValue:
    number = ibis.ifelse(text.re_search(r"^[1-9]\d{4}(\.\d+)?$"), text, ibis.null(dt.string)).try_cast("float64")
    return ibis.literal(_EPOCH) + number.floor().cast("int64").as_interval("D")


def _differ(one: DateValue, other: DateValue) -> BooleanValue:
    return (one != other) & (one.year() >= 1000) & (other.year() >= 1000)


def _rivals(formats: tuple[str, ...]) -> list[tuple[int, int]]:
    """Numbers of pairs of formats that can fit the same text: they differ in the order of their fields only."""
    bare = {n: re.sub(r"%[YymdbB]", "", form) for n, form in enumerate(formats) if form != EXCEL}
    return [(one, other) for one, other in itertools.combinations(bare, 2) if bare[one] == bare[other]]


def _any(conditions: Iterable[BooleanValue]) -> BooleanValue:
    result: BooleanValue = ibis.literal(False)
    for condition in conditions:
        result |= condition.fill_null(False)
    return result
