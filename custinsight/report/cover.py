"""The cover: whose audit, of which days, by whom, in which state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from babel import Locale

from custinsight.periods import Period
from custinsight.words import Message, msg

CoverTone: TypeAlias = Literal["pass", "warn", "fail"]


@dataclass(frozen=True)
class Cover:
    """What stands above the report; plain text is shown as it is, an empty one not at all.

    Parameters
    ----------
    company : str or Message
    period : Message
        The period in words.
    as_of : Message
        Last day that the audit sees.
    verdict : Message
        One sentence on whether the data hold; ``tone`` colours it.
    tone : {"pass", "warn", "fail"}
    responsible, purpose, scope, audience, last_audit : str or Message
    languages : tuple of str
        BCP 47 tags of the reports that were made.
    currency : str
        ISO 4217 code of the amounts.
    """

    company: str | Message
    period: Message
    as_of: Message
    verdict: Message
    tone: CoverTone = "pass"
    responsible: str | Message = ""
    purpose: str | Message = ""
    scope: str | Message = ""
    audience: str | Message = ""
    last_audit: str | Message = ""
    languages: tuple[str, ...] = ()
    currency: str = "CNY"

    def facts(self) -> tuple[tuple[Message, Message | str], ...]:
        """Terms and values below the title, without the empty ones."""
        all_facts = (
            (msg("Data up to"), self.as_of),
            (msg("Scope"), self.scope),
            (msg("Purpose"), self.purpose),
            (msg("Responsible"), self.responsible),
            (msg("For"), self.audience),
            (msg("Last audit"), self.last_audit),
            (msg("Amounts in"), self.currency),
            (msg("Languages"), ", ".join(map(language_name, self.languages))),
        )
        return tuple((term, value) for term, value in all_facts if value != "")


def language_name(language: str) -> str:
    """Name a language in itself.

    Examples
    --------
    >>> language_name("zh-CN"), language_name("en")
    ('中文', 'English')
    """
    locale = Locale.parse(language, sep="-")
    return str(locale.languages.get(locale.language, language))


def period_name(period: Period) -> Message:
    """Name a period in words.

    Examples
    --------
    >>> from custinsight.words import Words
    >>> Words("en")(period_name(Period.parse("2024Q4")))
    'Quarter 4 of 2024'
    """
    label = period.label
    if period.kind == "year":
        return msg("Year {year}", year=label)
    if period.kind == "half":
        return msg("Half-year {number} of {year}", number=label[5:], year=label[:4])
    if period.kind == "quarter":
        return msg("Quarter {number} of {year}", number=label[5:], year=label[:4])
    if period.kind == "month":
        return msg("{month:month}", month=period.start)
    if period.kind == "week":
        return msg("Week {number} of {year}", number=str(int(label[5:])), year=label[:4])
    return msg("{start:day} to {end:day}", start=period.start, end=period.end)


def cover_of(audit: Any) -> Cover:
    """Make the cover of an audit from its plan and its reconciliation.

    Parameters
    ----------
    audit : custinsight.audit.Audit

    Returns
    -------
    Cover
    """
    company, before = audit.plan.company, audit.previous
    verdict, tone = _verdict(audit)
    return Cover(
        company=company.name,
        period=period_name(audit.period),
        as_of=msg("{day:day}", day=audit.period.end),
        verdict=verdict,
        tone=tone,
        responsible=company.responsible,
        purpose=company.purpose,
        scope=company.scope,
        last_audit=period_name(before.period) if before is not None else msg("none"),
        languages=tuple(audit.languages),
        currency=audit.plan.currency,
    )


def _verdict(audit: Any) -> tuple[Message, CoverTone]:
    """Say whether each row and each cent that came in is accounted for."""
    rows, amounts = audit.table("load_report"), audit.table("load_amounts")
    read = int(rows["rows_in"].sum())
    gone = ("rows_kept", "rows_rejected", "rows_total_lines", "rows_out_of_scope")
    lost = read - int(sum(rows[column].sum() for column in gone))
    off = float(amounts["difference"].abs().sum())
    rejected = int(rows["rows_rejected"].sum())
    if lost or off >= 0.005:
        return (
            msg("Does not reconcile: {lost:count} rows and {off:exact_money} are unaccounted for", lost=lost, off=off),
            "fail",
        )
    if rejected:
        return (
            msg(
                "Reconciles: {read:count} rows read, {rejected:count} rejected, none lost", read=read, rejected=rejected
            ),
            "warn" if rejected > read * 0.01 else "pass",
        )
    return msg("Reconciles: {read:count} rows read, none rejected, none lost", read=read), "pass"
