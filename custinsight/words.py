"""Every sentence a reader sees: message templates, their translations and the numbers in them.

English is the language of the message ids. A further language is one catalogue file, ``locale/<language>.po``.
A field of a template names how its value is shown, ``"{share:percent} of customers bring {gain:money}"``, so the
value itself stays a number and each language formats it its own way.
"""

from __future__ import annotations

import datetime as dt
import functools
import gettext
import io
import math
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from babel import Locale, numbers
from babel import dates as babel_dates
from babel.messages import mofile, pofile

MISSING = "–"


@dataclass(frozen=True)
class Message:
    """A sentence that is not yet in any language.

    Parameters
    ----------
    template : str
        English text with fields such as ``{gain:money}``; the message id.
    values : mapping of str to object
        Values of the fields.
    plural : str or None
        English text for ``n != 1``; the number is the value ``n``.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    plural: str | None = None


def msg(template: str, plural: str | None = None, **values: Any) -> Message:
    """Make a :class:`Message`; the catalogues are extracted from the calls of this function.

    Examples
    --------
    >>> Words("en")(msg("{n} customer", "{n} customers", n=1200))
    '1,200 customers'
    """
    return Message(template, values, plural)


class Words(string.Formatter):
    """Says messages and numbers in one language.

    Parameters
    ----------
    language : str
        BCP 47 tag such as ``"en"`` or ``"zh-CN"``.
    currency : str
        ISO 4217 code that amounts are shown in.

    Examples
    --------
    >>> say = Words("zh-CN", currency="CNY")
    >>> say.money(12840000)
    '¥1,284万'
    >>> Words("en").percent(0.3821), Words("en", currency="USD").money(36400)
    ('38.2%', '$36.4k')
    """

    def __init__(self, language: str, currency: str = "CNY") -> None:
        self.language = language
        self.currency = currency
        self.locale = Locale.parse(language, sep="-")
        self._catalogue = _catalogue(language)

    def __call__(self, message: Message | str, **values: Any) -> str:
        """Say a message; a plain string is taken as a message id without fields."""
        if isinstance(message, str):
            message = Message(message, values)
        if message.template == "":
            # a catalogue keeps its header under the empty id
            return ""
        if message.plural is None:
            template = self._catalogue.gettext(message.template)
        else:
            template = self._catalogue.ngettext(message.template, message.plural, message.values["n"])
        return self.vformat(template, (), message.values)

    def format_field(self, value: Any, format_spec: str) -> str:
        """Show one field; the specification names one of this class's number formats."""
        if isinstance(value, Message):
            return self(value)
        if format_spec in _FORMATS:
            return getattr(self, format_spec)(value)
        if format_spec == "" and isinstance(value, bool | str):
            return str(value)
        if format_spec == "" and isinstance(value, int):
            return self.count(value)
        if format_spec == "" and isinstance(value, dt.date):
            return self.day(value)
        return super().format_field(value, format_spec)

    def count(self, value: float) -> str:
        """Whole number with thousands separators."""
        return MISSING if _absent(value) else numbers.format_decimal(round(value), locale=self.locale)

    def decimal(self, value: float, digits: int = 2) -> str:
        """Number with a fixed number of digits behind the point."""
        if _absent(value):
            return MISSING
        return _unsigned_zero(numbers.format_decimal(value, format=f"#,##0.{'0' * digits}", locale=self.locale))

    def precise(self, value: float) -> str:
        """Number with three digits behind the point, for scores and parameters."""
        return self.decimal(value, digits=3)

    def percent(self, value: float, digits: int = 1) -> str:
        """Share shown as a percentage; ``value`` is a fraction."""
        if _absent(value):
            return MISSING
        return _unsigned_zero(numbers.format_percent(value, format=f"#,##0.{'0' * digits}%", locale=self.locale))

    def signed_percent(self, value: float) -> str:
        """Relative change as a percentage with its sign; ``value`` is a fraction."""
        return MISSING if _absent(value) else _signed(value, self.percent(abs(value)))

    def points(self, value: float) -> str:
        """Change of a share in percentage points with its sign; ``value`` is a fraction."""
        if _absent(value):
            return MISSING
        return _signed(value, self("{points} pts", points=self.decimal(abs(value) * 100, 1)))

    def signed_count(self, value: float) -> str:
        """Whole number with its sign."""
        return MISSING if _absent(value) else _signed(value, self.count(abs(value)))

    def signed_decimal(self, value: float) -> str:
        """Change of a number with a fixed number of digits, with its sign."""
        return MISSING if _absent(value) else _signed(value, self.decimal(abs(value)))

    def money(self, value: float) -> str:
        """Amount in the audit's currency, shortened to what a reader takes in: 1,284万, 12.8M."""
        if _absent(value):
            return MISSING
        symbol = numbers.get_currency_symbol(self.currency, locale=self.locale)
        shown = symbol + self._short(abs(float(value)))
        return _signed(value, shown) if value < 0 else shown

    def signed_money(self, value: float) -> str:
        """Change of an amount with its sign."""
        return MISSING if _absent(value) else _signed(value, self.money(abs(value)))

    def exact_money(self, value: float) -> str:
        """Amount in the audit's currency to the cent."""
        if _absent(value):
            return MISSING
        return numbers.format_currency(value, self.currency, locale=self.locale)

    def day(self, value: dt.date) -> str:
        """Calendar day, ISO 8601 in every language: nobody misreads it."""
        if value is None or value != value:
            return MISSING
        return value.strftime("%Y-%m-%d")

    def month(self, value: dt.date) -> str:
        """Month and year in words."""
        return babel_dates.format_skeleton("yMMM", value, locale=self.locale)

    def _short(self, value: float) -> str:
        steps = _STEPS.get(self.locale.language, _STEPS["en"])
        for least, size, unit in steps:
            if value >= least:
                return self._figures(value / size) + self._catalogue.gettext(unit)
        return self._figures(value)

    def _figures(self, value: float) -> str:
        digits = 0 if value >= 100 or value == round(value) else 1 if value >= 10 else 2
        return numbers.format_decimal(value, format=f"#,##0.{'0' * digits}", locale=self.locale)


_FORMATS = frozenset(
    [
        "count",
        "decimal",
        "precise",
        "percent",
        "signed_percent",
        "points",
        "signed_count",
        "signed_decimal",
        "money",
        "signed_money",
        "exact_money",
        "day",
        "month",
    ]
)
# shown from this amount on, in units of this size
_STEPS = {
    "en": ((1e9, 1e9, "B"), (1e6, 1e6, "M"), (1e4, 1e3, "k")),
    "zh": ((1e8, 1e8, "亿"), (1e4, 1e4, "万")),
}


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value)) or value != value


def _is_zero(shown: str) -> bool:
    return not any(sign in "123456789" for sign in shown)


def _unsigned_zero(shown: str) -> str:
    return shown.lstrip("-−") if _is_zero(shown) else shown


def _signed(value: float, shown: str) -> str:
    """Put the sign before a number; what is shown as zero has none."""
    if _is_zero(shown):
        return shown
    return f"+{shown}" if value > 0 else f"−{shown}"


@functools.lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """Read a catalogue's .po file; no compiled file has to be kept in step with it."""
    source = files("custinsight").joinpath("locale", f"{language}.po")
    if not source.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    mofile.write_mo(compiled, pofile.read_po(io.BytesIO(source.read_bytes()), locale=language.replace("-", "_")))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def languages() -> tuple[str, ...]:
    """Languages a report can be written in: English and each catalogue in ``locale/``.

    Examples
    --------
    >>> languages()
    ('en', 'zh-CN')
    """
    catalogues = (entry.name for entry in files("custinsight").joinpath("locale").iterdir())
    return ("en", *sorted(name.removesuffix(".po") for name in catalogues if name.endswith(".po")))
