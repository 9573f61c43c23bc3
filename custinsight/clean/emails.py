"""E-mail addresses, checked without asking the network."""

from __future__ import annotations

import re
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from custinsight.clean.text import tidy

# what this matches, email-validator accepts too; it costs a hundredth
_PLAIN = re.compile(
    r"[a-z0-9_]+(?:[.+\-][a-z0-9_]+)*@(?:[a-z0-9]{1,30}(?:-[a-z0-9]{1,20}){0,1}\.)+"
    r"(?:com|cn|net|org|edu|gov|io|co|uk|de|fr|jp|us|hk|tw|eu|info|biz|es|it|nl|ca|au|ch|at|be|pl|se|in|br|mx|kr|sg|top)"
)
_IN_ANGLES = re.compile(r"[^<>]*<([^<>]+)>")
_SEVERAL = re.compile(r"\s*[;,|、/]\s*|\s+")
_LONGEST = 320


@dataclass(frozen=True)
class Email:
    """An e-mail address, or several from one cell.

    Parameters
    ----------
    shown : str
        Lower case, several joined by ``; ``.
    key : str
        The first address without what follows a plus sign.
    """

    shown: str
    key: str


def parse_email(text: str) -> Email | None:
    """Read an e-mail address, or several.

    Parameters
    ----------
    text : str

    Returns
    -------
    Email or None
        None when a part of the text is no valid address.

    Examples
    --------
    >>> parse_email("ＬＩ．Na+shop＠example。com")
    Email(shown='li.na+shop@example.com', key='li.na@example.com')
    >>> parse_email("li.na@"), parse_email("Li Na <li.na@example.com>").shown
    (None, 'li.na@example.com')
    """
    if len(text) > _LONGEST or not ("@" in text or "＠" in text):
        return None
    text = tidy(text).lower().replace("。", ".").removeprefix("mailto:").strip(" .,;:'\"")
    if angled := _IN_ANGLES.fullmatch(text):
        text = angled[1].strip()
    whole = _parse_one(re.sub(r"\s*([@.])\s*", r"\1", text))
    addresses = [whole] if whole else [_parse_one(part) for part in _SEVERAL.split(text) if part]
    found = list(dict.fromkeys(address for address in addresses if address))
    if not found or None in addresses:
        return None
    local, _, domain = found[0].rpartition("@")
    return Email("; ".join(found), f"{local.split('+')[0] or local}@{domain}")


def _parse_one(text: str) -> str | None:
    at = text.find("@")
    if at <= 64 and len(text) <= 254 and _PLAIN.fullmatch(text):
        return text
    try:
        return str(validate_email(text, check_deliverability=False).normalized).lower()
    except EmailNotValidError:
        return None
