"""Values that may be shown to anybody: their form stays, what they say does not."""

from __future__ import annotations

import unicodedata

from custinsight.clean.chinese import has_cjk

_LONGEST = 40


def mask(text: str) -> str:
    """Hide what a value says: digits become 9, letters A, Chinese characters 某; signs and blanks stay.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        At most 40 characters.

    Examples
    --------
    >>> mask("王芳 138-1234 li@x.com"), mask("Müller & Ж٣")
    ('某某 999-9999 AA@A.AAA', 'AAAAAA & A9')
    """
    cut = text[:_LONGEST]
    return "".join(map(_hide, cut)) + ("…" if len(text) > _LONGEST else "")


def _hide(character: str) -> str:
    kind = unicodedata.category(character)
    if kind[0] == "N":
        return "9"
    if has_cjk(character):
        return "某"
    # marks belong to a letter; what is unassigned or private may stand for one
    return "A" if kind[0] in "LMC" else character
