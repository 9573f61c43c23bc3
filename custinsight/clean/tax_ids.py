"""Tax numbers: the Chinese unified social credit code with its check digit, and what else may stand in the field.

The unified code is 18 characters (GB 32100-2015): two for the registering authority, six for the region, nine for the
organisation (GB 11714) and a check character modulo 31. Codes that begin with N, Y or A are real ones.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from custinsight.clean.foreign_tax_ids import is_vat_number, judge
from custinsight.clean.text import tidy_number

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_UNIFIED = re.compile(rf"[{_ALPHABET}]{{2}}\d{{6}}[{_ALPHABET}]{{10}}")
_PROVINCES = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]|99)"
_LEGACY = re.compile(rf"{_PROVINCES}\d{{4}}[0-9A-Z]{{9}}")
_RESIDENT = re.compile(r"[1-8]\d{16}[\dX]")
_OLD_RESIDENT = re.compile(r"[1-8]\d{14}")
_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_AMERICAN = re.compile(r"\d{2}-\d{7}")
_MISREAD = str.maketrans("OIZS", "0125")
_LONGEST = 40


@dataclass(frozen=True)
class TaxId:
    """A tax number that looks valid.

    Parameters
    ----------
    shown : str
        Upper case, without blanks and dashes.
    kind : str
        ``unified``, ``legacy`` (15 digits), ``resident`` (an identity card, specially protected), ``vat`` (of another
        country, with the right check digits) or ``foreign`` (without any).
    repaired : bool
        Letters that the code does not use (O, I, Z, S) were read as the digits that make the check digit right.
    """

    shown: str
    kind: str
    repaired: bool = False

    @property
    def is_checked(self) -> bool:
        """A check digit vouches for the number, and nothing else is written like it."""
        return self.kind in ("unified", "resident") or (self.kind == "vat" and self.shown[:2].isalpha())

    @property
    def area(self) -> str | None:
        """Code of the Chinese county in which the number was given out (GB/T 2260)."""
        if self.kind == "unified":
            return self.shown[2:8]
        return self.shown[:6] if self.kind in ("legacy", "resident") else None


def parse_tax_id(text: str, region: str = "CN") -> TaxId | None:
    """Read a tax number.

    Parameters
    ----------
    text : str
    region : str
        ISO 3166 code of the customer's country. Chinese numbers have to match the Chinese forms. Several codes with
        blanks between them are tried in turn; the later ones only by the forms that tell a country.

    Returns
    -------
    TaxId or None
        None when the text does not look like a valid number.

    Examples
    --------
    >>> parse_tax_id("９１１１００００８０２１００４３３Ｂ")
    TaxId(shown='91110000802100433B', kind='unified', repaired=False)
    >>> parse_tax_id("91110000802100433C"), parse_tax_id("110101123456789").kind
    (None, 'legacy')
    >>> parse_tax_id("DE 136695976", "DE").kind, parse_tax_id("04-1234567", "US").kind
    ('vat', 'foreign')
    """
    if len(text) > _LONGEST:
        return None
    text = tidy_number(text).upper()
    code = re.sub(r"[\s\-.·_]+", "", text)
    if len(code) == 18:
        return _parse_18(code)
    if len(code) == 15 and _is_old_resident_id(code):
        return TaxId(code, "resident")
    if len(code) == 15 and _LEGACY.fullmatch(code):
        return TaxId(code, "legacy")
    if len(code) == 20 and is_resident_id(code[:18]) and code[18:].isdigit():  # a trader's number before 2015
        return TaxId(code, "resident")
    return _parse_foreign(text, code, region)


def _parse_18(code: str) -> TaxId | None:
    if is_resident_id(code):
        return TaxId(code, "resident")
    if is_unified_code(code):
        return TaxId(code, "unified")
    read = code.translate(_MISREAD)
    return TaxId(read, "unified", repaired=True) if read != code and is_unified_code(read) else None


def _parse_foreign(text: str, code: str, region: str) -> TaxId | None:
    if is_vat_number(code):
        return TaxId(code, "vat")
    first, *others = region.split() or [""]
    likely = [country for country in others if code.startswith(country)]
    if "US" in others and _AMERICAN.fullmatch(text):
        likely.append("US")
    for country in likely if first == "CN" else [first, *likely]:
        is_checked = judge(code, country)
        if is_checked is not None:
            return TaxId(code, "vat" if is_checked else "foreign")
    return None


def is_unified_code(code: str) -> bool:
    """Tell whether a text is a unified social credit code with the right check character.

    Examples
    --------
    >>> is_unified_code("91440300708461136T"), is_unified_code("91440300708461137T")
    (True, False)
    """
    if not _UNIFIED.fullmatch(code):
        return False
    total = sum(_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    return _ALPHABET[-total % 31] == code[17]


def is_resident_id(code: str) -> bool:
    """Tell whether a text is an identity card number (GB 11643-1999): region, birthday, check digit modulo 11-2.

    Examples
    --------
    >>> is_resident_id("11010519491231002X"), is_resident_id("110105194912310021")
    (True, False)
    """
    if not _RESIDENT.fullmatch(code):
        return False
    try:
        born = dt.date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError:
        return False
    total = sum(int(c) * pow(2, 17 - i, 11) for i, c in enumerate(code[:17]))
    return born.year >= 1850 and "10X98765432"[total % 11] == code[17]


def _is_old_resident_id(code: str) -> bool:
    """Tell whether 15 digits are an identity card's from before 1999: a birthday, and no organisation's check digit."""
    if not _OLD_RESIDENT.fullmatch(code):
        return False
    try:
        dt.date(1900 + int(code[6:8]), int(code[8:10]), int(code[10:12]))
    except ValueError:
        return False
    pairs = zip(code[6:14], _ORGANISATION_WEIGHTS, strict=True)
    return "0123456789X0"[-sum(_ORGANISATION.index(c) * weight for c, weight in pairs) % 11] != code[14]
