"""User and password of a database: from the environment or a keyring, never from the plan, and into no output."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from custinsight.errors import SourceError

HIDDEN = "***"
_DRIVERS_OWN = ("PGPASSWORD", "PGUSER", "MYSQL_PWD")
_REFERENCE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)|keyring:(.+)/([^/]+)")


@dataclass(frozen=True)
class Login:
    """Who opens a database; its text shows neither name nor password.

    Parameters
    ----------
    user, password : str or None
        None leaves it to the driver: PostgreSQL looks into ``PGPASSWORD`` and ``~/.pgpass``.

    Examples
    --------
    >>> Login("audit", "secret")
    Login()
    """

    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def options(self) -> dict[str, str]:
        """Arguments for a driver."""
        return {name: value for name in ("user", "password") if (value := getattr(self, name))}

    def scrub(self, text: str) -> str:
        """Take user and password out of a text, however they are written.

        Examples
        --------
        >>> Login("audit", "pa ss").scrub('FATAL: no "audit" with pa%20ss')
        'FATAL: no "***" with ***'
        """
        secrets = [self.user, self.password, *(os.environ.get(name) for name in _DRIVERS_OWN)]
        written = {way(secret) for secret in secrets if secret for way in (str, quote, quote_plus, repr)}
        for secret in sorted(written, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text


def find_login(reference: str | None, *, source: str) -> Login:
    """Look up the user and password that a plan refers to.

    Parameters
    ----------
    reference : str or None
        ``env:ERP`` for the variables ``ERP_USER`` and ``ERP_PASSWORD``, ``keyring:<service>/<user>`` for an entry of
        the system's keyring, None to leave it to the driver.
    source : str
        Name of the source, for errors.

    Raises
    ------
    SourceError
        The reference is neither, or nothing is kept there. The sentence never repeats a reference that is neither:
        it may be a password.

    Examples
    --------
    >>> find_login(None, source="erp").options
    {}
    """
    if reference is None:
        return Login()
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise SourceError(
            'sources.{source}.credentials must be "env:NAME" or "keyring:service/user", got something else.',
            source=source,
        )
    variable, service, user = found.groups()
    return _from_environment(variable, source) if variable else _from_keyring(service, user, source)


def _from_environment(name: str, source: str) -> Login:
    login = Login(os.environ.get(f"{name}_USER"), os.environ.get(f"{name}_PASSWORD"))
    if not login.password:
        raise SourceError(
            "sources.{source}.credentials: the variable {password} must hold a password, and {user} a user name unless "
            "the URL has it; got nothing. Set them before the run.",
            source=source,
            user=f"{name}_USER",
            password=f"{name}_PASSWORD",
        )
    return login


def _from_keyring(service: str, user: str, source: str) -> Login:
    try:
        import keyring
    except ImportError:
        raise SourceError(
            "sources.{source}.credentials: a keyring needs the package keyring, which is not installed. Run: {command}",
            source=source,
            command='pip install "custinsight[keyring]"',
        ) from None
    try:
        password = keyring.get_password(service, user)
    except keyring.errors.KeyringError:
        password = None
    if password is None:
        raise SourceError(
            "sources.{source}.credentials: the keyring must hold the password of the entry that the plan names, "
            "got none. Put it there with: {command}",
            source=source,
            command="keyring set <service> <user>",
        ) from None
    return Login(user, password)
