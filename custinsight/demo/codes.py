"""Tax numbers and phone numbers that look right and belong to nobody.

Chinese mobiles are of the ranges kept for data cards, landlines start with a digit that no subscriber has, and
American numbers are of the 555-01xx block kept for fiction.
"""

from __future__ import annotations

import numpy as np

from custinsight.demo.chance import pick

_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check(body: str) -> str:
    """Return the check character of an organisation code (GB 11714-1997).

    Parameters
    ----------
    body : str
        Its first eight characters.

    Examples
    --------
    >>> organisation_check("D2143569")
    'X'
    """
    total = sum(weight * _ORGANISATION.index(char) for weight, char in zip(_ORGANISATION_WEIGHTS, body, strict=True))
    return "0123456789X0"[(11 - total % 11) % 11]


def credit_check(body: str) -> str:
    """Return the check character of a unified social credit code (统一社会信用代码, GB 32100-2015).

    Parameters
    ----------
    body : str
        Its first seventeen characters.

    Examples
    --------
    >>> credit_check("91350100M000100Y4")
    '3'
    """
    total = sum(_CREDIT.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return _CREDIT[(31 - total % 31) % 31]


def credit_code(rng: np.random.Generator, division: str, *, kind: str = "91", digits_only: bool = False) -> str:
    """Draw a valid unified social credit code.

    Parameters
    ----------
    rng : numpy.random.Generator
    division : str
        Six-digit administrative division.
    kind : str
        ``91`` for a company, ``92`` for a sole trader.
    digits_only : bool
        Draw until there is no letter in it, as in those that spreadsheets round.

    Examples
    --------
    >>> from custinsight.demo.chance import generator
    >>> is_credit_code(credit_code(generator(7, "codes"), "320506"))
    True
    """
    while True:
        letters = "0123456789" if digits_only or rng.random() < 0.4 else "0123456789ABCDEFGHJKLMNPQRTUWXY"
        body = "".join(letters[i] for i in rng.integers(len(letters), size=8))
        if not digits_only and rng.random() < 0.6:
            body = "MA" + body[2:]
        code = kind + division + body + organisation_check(body)
        code += credit_check(code)
        if not digits_only or code.isdigit():
            return code


def is_credit_code(code: str) -> bool:
    """Tell whether both check characters of a code are right.

    Examples
    --------
    >>> is_credit_code("91350100M000100Y43"), is_credit_code("91350100M000100Y44")
    (True, False)
    """
    if len(code) != 18 or not set(code) <= set(_CREDIT):
        return False
    return organisation_check(code[8:16]) == code[16] and credit_check(code[:17]) == code[17]


def employer_number(rng: np.random.Generator) -> str:
    """Draw an American employer number; the prefix 00 has never been given out."""
    return f"00-{rng.integers(10_000_000):07d}"


def mobile(rng: np.random.Generator) -> str:
    """Draw a Chinese mobile number, eleven digits."""
    return f"{pick(rng, ('145', '147'))}{rng.integers(10**8):08d}"


def landline(rng: np.random.Generator, dial: str) -> str:
    """Draw a Chinese landline, written 0512-98xxxxxx."""
    return f"{dial}-98{rng.integers(10**6):06d}"


def american(rng: np.random.Generator, dial: str) -> str:
    """Draw an American number, written 614-555-01xx."""
    return f"{dial}-555-01{rng.integers(100):02d}"
