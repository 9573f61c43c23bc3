"""Tax and register numbers of other countries than China, by the rules of python-stdnum."""

from __future__ import annotations

import functools
import importlib
import re
from types import ModuleType

from stdnum import get_cc_module, vatin

# what stands in tax fields beside the number for value added tax
_REGISTERS = {
    "AT": "businessid tin",
    "AU": "abn acn",
    "BR": "cnpj cpf",
    "CA": "bn",
    "CH": "uid",
    "DE": "stnr idnr handelsregisternummer",
    "DK": "cvr",
    "EE": "registrikood",
    "ES": "cif nif nie",
    "FI": "ytunnus",
    "FR": "siren siret nif",
    "GB": "utr",
    "ID": "npwp",
    "IL": "hp",
    "IN": "gstin pan",
    "IT": "iva codicefiscale",
    "JP": "cn",
    "KR": "brn",
    "LT": "pvm",
    "MX": "rfc",
    "NO": "orgnr mva",
    "NZ": "ird",
    "PL": "nip regon pesel",
    "PT": "nif",
    "RO": "cf cui onrc",
    "RS": "pib",
    "RU": "inn ogrn",
    "SE": "orgnr vat",
    "SG": "uen",
    "SI": "ddv maticna",
    "TH": "tin moa",
    "TR": "vkn tckimlik",
    "TW": "ubn",
    "UA": "edrpou rntrc",
    "VN": "mst",
    "ZA": "tin",
}
# no check digit: the form is all that can be judged, and it is judged elsewhere
_UNCHECKED = frozenset(["US", "CN"])
_FORM = re.compile(r"(?=(?:.*\d){5})[A-Z]{0,4}\d[0-9A-Z]{4,14}")
_WITH_PREFIX = re.compile(r"[A-Z]{2}[0-9A-Z]{6,14}")


def is_vat_number(code: str) -> bool:
    """Tell whether a number names its country and has that country's check digits, as all of the European Union do.

    Examples
    --------
    >>> is_vat_number("DE136695976"), is_vat_number("DE136695977"), is_vat_number("136695976")
    (True, False, False)
    """
    return _WITH_PREFIX.fullmatch(code) is not None and code[:2] not in _UNCHECKED and bool(vatin.is_valid(code))


def judge(code: str, country: str) -> bool | None:
    """Judge a number by the rules of its country.

    Parameters
    ----------
    code : str
        Upper case, without blanks and signs.
    country : str
        ISO 3166 code.

    Returns
    -------
    bool or None
        Whether a check digit vouches for the number: True it does, False the country's numbers have none or no rule is
        known and the form is right; None when it is no such number.

    Examples
    --------
    >>> judge("40303265045", "FR"), judge("40303265046", "FR"), judge("041234567", "US"), judge("x", "US")
    (True, None, False, None)
    """
    rules = () if country in _UNCHECKED else _rules(country)
    if any(rule.is_valid(code) for rule in rules):
        return True
    return None if rules or _FORM.fullmatch(code) is None else False


@functools.lru_cache(maxsize=300)
def _rules(country: str) -> tuple[ModuleType, ...]:
    vat = get_cc_module(country.lower(), "vat")
    names = _REGISTERS.get(country, "").split()
    found = [importlib.import_module(f"stdnum.{_package(country)}.{name}") for name in names]
    return tuple(dict.fromkeys([*([vat] if vat else []), *found]))


def _package(country: str) -> str:
    """Return the library's name of a country: a few are words of Python."""
    name = country.lower()
    return f"{name}_" if name in ("in", "is", "do") else name
