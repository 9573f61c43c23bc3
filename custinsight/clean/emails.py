"""E-mail addresses, checked without asking the network."""

from __future__ import annotations

import re
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from custinsight.clean.email_domains import is_role, suggest_domain
from custinsight.clean.text import tidy

# what this matches, email-validator accepts too; it costs a hundredth
_PLAIN = re.compile(
    r"[a-z0-9_]+(?:[.+\-][a-z0-9_]+)*@(?:[a-z0-9]{1,30}(?:-[a-z0-9]{1,20}){0,1}\.)+"
    r"(?:com|cn|net|org|edu|gov|io|co|uk|de|fr|jp|us|hk|tw|eu|info|biz|es|it|nl|ca|au|ch|at|be|pl|se|in|br|mx|kr|sg|top)"
)
_IN_ANGLES = re.compile(r"[^<>]*<([^<>]+)>")
_SEVERAL = re.compile(r"\s*[;,|、/]\s*|\s+")
_BLANKS_INSIDE = re.compile(r"\s*([@.])\s*")
_LONGEST = 320
_LONGEST_LOCAL, _LONGEST_ADDRESS = 64, 254


class Email(NamedTuple):
    """An e-mail address, and what else stands in its cell.

    Parameters
    ----------
    shown : str
        The first address in lower case.
    key : str
        The address without what follows a plus sign.
    others : tuple of str
        The other addresses of the cell; what is none as it was written.
    is_whole : bool
        All parts of the cell are addresses.
    """

    shown: str
    key: str
    others: tuple[str, ...] = ()
    is_whole: bool = True

    @property
    def is_role(self) -> bool:
        """The address is a function's, such as info@, not a person's."""
        return is_role(self.shown)

    @property
    def suggestion(self) -> str | None:
        """Address that was probably meant, where the domain looks mistyped."""
        local, _, domain = self.shown.rpartition("@")
        better = suggest_domain(domain)
        return f"{local}@{better}" if better else None


def parse_email(text: str) -> Email | None:
    """Read an e-mail address, or several.

    Parameters
    ----------
    text : str

    Returns
    -------
    Email or None
        None when no part of the text is a valid address.

    Examples
    --------
    >>> parse_email("ＬＩ．Na+shop＠example。com").key, parse_email("Li Na <li.na@example.com>").shown
    ('li.na@example.com', 'li.na@example.com')
    >>> parse_email("li.na@"), parse_email("li@gmial.com").suggestion, parse_email("a@b.com; c@d.com").others
    (None, 'li@gmail.com', ('c@d.com',))
    """
    if _PLAIN.fullmatch(text) and text.find("@") <= _LONGEST_LOCAL and len(text) <= _LONGEST_ADDRESS:
        return Email(text, _key(text))
    if len(text) > _LONGEST or not ("@" in text or "＠" in text):
        return None
    text = tidy(text).lower().replace("。", ".").removeprefix("mailto:").strip(" .,;:'\"")
    if angled := _IN_ANGLES.fullmatch(text):
        text = angled[1].strip()
    if whole := _parse_one(_BLANKS_INSIDE.sub(r"\1", text) if " " in text else text):
        return Email(whole, _key(whole))
    parts = [part for part in _SEVERAL.split(text) if part]
    addresses = [_parse_one(part) for part in parts]
    found = list(dict.fromkeys(address for address in addresses if address))
    if not found:
        return None
    unread = [part for part, address in zip(parts, addresses, strict=True) if address is None]
    return Email(found[0], _key(found[0]), (*found[1:], *dict.fromkeys(unread)), not unread)


def _key(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.split('+')[0] or local}@{domain}"


def _parse_one(text: str) -> str | None:
    if _PLAIN.fullmatch(text) and text.find("@") <= _LONGEST_LOCAL and len(text) <= _LONGEST_ADDRESS:
        return text
    if "@" not in text:
        return None
    try:
        return str(validate_email(text, check_deliverability=False).normalized).lower()
    except EmailNotValidError:
        return None
