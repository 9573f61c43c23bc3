"""What custinsight says when an input cannot be used: one sentence, and what to do about it.

The sentence is a message template with values, so that the command line can say it in the reader's language.
"""

from __future__ import annotations

from custinsight.words import Message, Words


class CustinsightError(Exception):
    """An input, plan or request that cannot be used; its text is one sentence for the user.

    Parameters
    ----------
    template : str
        English sentence with named fields, the message id in the catalogues.
    **values : object
        Values of the fields. They must not hold personal data.

    Examples
    --------
    >>> raise PlanError("{file}: the key {key} is missing.", file="audit.toml", key="period")
    Traceback (most recent call last):
    custinsight.errors.PlanError: audit.toml: the key period is missing.
    """

    def __init__(self, template: str, **values: object) -> None:
        self.message = Message(template, values)
        super().__init__(Words("en")(self.message))

    @property
    def code(self) -> str:
        """Short name of the fault, such as ``ENCRYPTED``, for programs; empty where there is none."""
        return str(self.message.values.get("code", ""))

    def __reduce__(self) -> tuple[object, ...]:
        """Keep template and values when an error crosses a process border."""
        return _rebuild, (type(self), self.message.template, dict(self.message.values))


def _rebuild(kind: type[CustinsightError], template: str, values: dict[str, object]) -> CustinsightError:
    return kind(template, **values)


class PlanError(CustinsightError):
    """The plan (audit.toml) has a key or a value that cannot be used."""


class PeriodError(CustinsightError):
    """A period cannot be read, or lies outside the data."""


class SourceError(CustinsightError):
    """A source file, sheet, table or column cannot be read."""


class DataError(CustinsightError):
    """A table handed to a function lacks a column or holds values that the function cannot use."""


class WorkspaceError(CustinsightError):
    """The audit's folder cannot be used."""


class BusyError(WorkspaceError):
    """Another run is using the audit's folder; trying again later helps."""


class ReportError(CustinsightError):
    """A page of the report could not be made."""
