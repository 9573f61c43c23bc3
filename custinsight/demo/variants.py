"""How one customer comes to be written in several ways: names, phones and tax numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from custinsight.demo.chance import pick
from custinsight.demo.vocabulary import HOMOPHONES, LOOKALIKES, SOUND, TRADITIONAL

_ENGLISH_FORMS = {
    "Inc.": ("Incorporated", "INC", ""),
    "LLC": ("L.L.C.", "Llc", ""),
    "Corp.": ("Corporation", "CORP", ""),
    "Co.": ("Company", "CO", ""),
    "Ltd.": ("Limited", "LTD", ""),
}


def vary_name(name: str, city: str, rng: np.random.Generator) -> tuple[str, str]:
    """Write a name another way.

    Parameters
    ----------
    name : str
        The true name.
    city : str
        The customer's city, which abbreviations leave out.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of str
        The variant and what was done to it; the name itself and ``same`` where nothing applies.

    Examples
    --------
    >>> from custinsight.demo.chance import generator
    >>> vary_name("苏州瀚岳模具有限公司", "苏州", generator(3, "doctest"))
    ('苏州瀚岳模具', 'abbreviation')
    """
    ways = _CHINESE if any(char > "\u2e80" for char in name) else _ENGLISH
    for number in rng.permutation(len(ways)):
        way = ways[number]
        varied = way(name, city, rng)
        if varied != name and len(varied) >= 2:
            return varied, way.__name__.strip("_")
    return name, "same"


def _legal_form(name: str, city: str, rng: np.random.Generator) -> str:
    if name.endswith("股份有限公司"):
        return name.removesuffix("股份有限公司") + "股份公司"
    if name.endswith("有限责任公司"):
        return name.removesuffix("有限责任公司") + "有限公司"
    return name.removesuffix("有限公司") + "有限责任公司" if name.endswith("有限公司") else name


def _abbreviation(name: str, city: str, rng: np.random.Generator) -> str:
    short = name
    for form in ("股份有限公司", "有限责任公司", "有限公司"):
        short = short.removesuffix(form)
    if rng.random() < 0.4:
        short = short.removeprefix(city).replace(f"（{city}）", "")
    return short


def _moved_city(name: str, city: str, rng: np.random.Generator) -> str:
    if f"（{city}）" in name:
        return city + name.replace(f"（{city}）", "")
    return name.replace(city, f"{city}市", 1) if name.startswith(city) else name


def _brackets(name: str, city: str, rng: np.random.Generator) -> str:
    return name.replace("（", "(").replace("）", ")")


def _full_width(name: str, city: str, rng: np.random.Generator) -> str:
    return name.replace(city, f"{city}\u3000", 1) if len(name) > 4 else name[0] + "\u3000" + name[1:]


def _homophone(name: str, city: str, rng: np.random.Generator) -> str:
    places = [i for i, char in enumerate(name) if char in SOUND and len(HOMOPHONES[SOUND[char]]) > 1]
    if not places:
        return name
    place = pick(rng, places)
    others = [char for char in HOMOPHONES[SOUND[name[place]]] if char != name[place]]
    return name[:place] + pick(rng, others) + name[place + 1 :]


def _lookalike(name: str, city: str, rng: np.random.Generator) -> str:
    places = [i for i, char in enumerate(name) if char in LOOKALIKES]
    if not places:
        return name
    place = pick(rng, places)
    return name[:place] + LOOKALIKES[name[place]] + name[place + 1 :]


def _traditional(name: str, city: str, rng: np.random.Generator) -> str:
    return name.translate(TRADITIONAL)


def _english_form(name: str, city: str, rng: np.random.Generator) -> str:
    for form, others in _ENGLISH_FORMS.items():
        if name.endswith(form):
            return (name.removesuffix(form) + pick(rng, others)).strip()
    return name


def _capitals(name: str, city: str, rng: np.random.Generator) -> str:
    return name.upper()


def _ampersand(name: str, city: str, rng: np.random.Generator) -> str:
    return name.replace("&", "and")


def _reversed_person(name: str, city: str, rng: np.random.Generator) -> str:
    words = name.split()
    return f"{words[1]}, {words[0]}" if len(words) == 2 and "." not in name else name


def _keying(name: str, city: str, rng: np.random.Generator) -> str:
    place = int(rng.integers(1, max(2, len(name.split()[0]) - 1)))
    if rng.random() < 0.5:
        return name[:place] + name[place + 1 :]
    return name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :]


_CHINESE: tuple[Callable[[str, str, np.random.Generator], str], ...] = (
    _legal_form,
    _abbreviation,
    _abbreviation,
    _moved_city,
    _brackets,
    _full_width,
    _homophone,
    _lookalike,
    _traditional,
)
_ENGLISH: tuple[Callable[[str, str, np.random.Generator], str], ...] = (
    _english_form,
    _english_form,
    _capitals,
    _ampersand,
    _reversed_person,
    _keying,
)


def write_phone(number: str, rng: np.random.Generator, *, plain: float = 0.5) -> str:
    """Write a phone number in one of the ways people do.

    Parameters
    ----------
    number : str
        Eleven digits, ``0512-98xxxxxx`` or ``614-555-01xx``.
    rng : numpy.random.Generator
    plain : float
        Share that stays as it is.

    Examples
    --------
    >>> from custinsight.demo.chance import generator
    >>> write_phone("14512345678", generator(3, "doctest"), plain=0)
    '145-1234-5678'
    """
    if not number or rng.random() < plain:
        return number
    if "-" not in number:
        a, b, c = number[:3], number[3:7], number[7:]
        forms = (
            f"{a} {b} {c}",
            f"{a}-{b}-{c}",
            f"+86 {a} {b} {c}",
            f"0086{number}",
            f"(+86){number}",
            full_width(number),
        )
        return pick(rng, forms)
    dial, rest = number.split("-", 1)
    if rest.startswith("555-"):
        digits = dial + rest.replace("-", "")
        american = (
            f"({dial}) {rest}",
            f"{dial}.{rest.replace('-', '.')}",
            f"+1 {dial} {rest}",
            digits,
            f"1-{number} x{rng.integers(10, 99)}",
        )
        return pick(rng, american)
    extension, other = rng.integers(100, 999), f"{int(rest) + 1}"
    ways = (
        f"({dial}){rest}",
        f"{dial} {rest}",
        dial + rest,
        f"+86 {dial[1:]} {rest}",
        f"{number}转{extension}",
        f"{number}/{other}",
    )
    return pick(rng, ways)


def full_width(text: str) -> str:
    """Write digits and Latin letters in their full-width forms.

    Examples
    --------
    >>> full_width("A1")
    'Ａ１'
    """
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def spoil_code(code: str, rng: np.random.Generator) -> str:
    """Exchange one digit of a tax number, so that its check fails.

    Examples
    --------
    >>> from custinsight.demo.chance import generator
    >>> spoil_code("91350100M000100Y43", generator(1, "doctest")) == "91350100M000100Y43"
    False
    """
    place = pick(rng, [i for i, char in enumerate(code) if char.isdigit() and i > 1])
    digit = (int(code[place]) + int(rng.integers(1, 10))) % 10
    return f"{code[:place]}{digit}{code[place + 1 :]}"
