"""The index of all reports in a folder: each period with its verdicts and key figures, and how the figures moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup

from custinsight.errors import PeriodError
from custinsight.periods import Period
from custinsight.report.cover import cover_of, language_name, period_name
from custinsight.report.figures import Trend, draw_trends
from custinsight.report.parts import Figure
from custinsight.report.parts_html import say_part, text
from custinsight.report.sections.common import known
from custinsight.report.sections.key_numbers import KeyNumber, key_numbers
from custinsight.report.sections.labels import GATES
from custinsight.report.sections.value import verdict_of
from custinsight.report.simple_page import say_page
from custinsight.report.templates import environment
from custinsight.words import Message, Words, languages, msg
from custinsight.writers.columns import Col
from custinsight.writers.html import write_report

KINDS = {
    "year": msg("Years"),
    "half": msg("Half-years"),
    "quarter": msg("Quarters"),
    "month": msg("Months"),
    "week": msg("Weeks"),
    "range": msg("Other periods"),
}
_LENGTHS = tuple(KINDS)


@dataclass(frozen=True)
class Listed:
    """A period with a report.

    Parameters
    ----------
    period : Period
    files : dict of str to str
        Language to the report's path, relative to the index.
    verdicts : tuple of (str, Message)
        Tone (pass, warn, fail) and verdict on the data, then on the value model; none when its tables are gone.
    numbers : tuple of KeyNumber
        None when its tables are gone.
    """

    period: Period
    files: dict[str, str]
    verdicts: tuple[tuple[str, Message], ...] = ()
    numbers: tuple[KeyNumber, ...] = ()


def write_index(audit: Any, folder: Path) -> tuple[Path, ...]:
    """Write ``index.<language>.html`` over all reports in a folder, whoever ran them and when.

    Parameters
    ----------
    audit : custinsight.audit.Audit
        Any audit of the workspace; figures come from the stored tables of each period, and nothing runs.
    folder : Path
        The reports' folder: ``<period>/report.<language>.html``.

    Returns
    -------
    tuple of Path
        One page per language of the audit; none where there is no report.
    """
    listed = list_reports(audit, folder)
    if not listed:
        return ()
    beside = [file for one in listed for file in one.files.values()]
    pages = [f"index.{language}.html" for language in audit.languages]
    return tuple(
        write_report(folder / name, build_index(listed, audit, language), [*beside, *pages])
        for name, language in zip(pages, audit.languages, strict=True)
    )


def list_reports(audit: Any, folder: Path) -> list[Listed]:
    """Find the reports in a folder, longer kinds of periods first, and within a kind oldest first."""
    found: dict[Period, dict[str, str]] = {}
    for path in sorted(folder.glob("*/report.*.html")):
        language, label = path.name.removeprefix("report.").removesuffix(".html"), path.parent.name
        try:
            period = Period.parse(label, audit.plan.first_month)
        except PeriodError:
            continue
        if language in languages():
            found.setdefault(period, {})[language] = quote(f"{label}/{path.name}")
    order = sorted(found, key=lambda period: (_LENGTHS.index(period.kind), period.start, period.end))
    return [_listed(audit, period, found[period]) for period in order]


def _listed(audit: Any, period: Period, files: dict[str, str]) -> Listed:
    audited = audit if period.label == audit.period.label else audit.of(period)
    if audited is None:
        return Listed(period, files)
    cover, gate = cover_of(audited), verdict_of(audited)
    verdicts = ((cover.tone, cover.verdict), ("pass" if gate == "use" else "warn", GATES.get(gate, msg("Not known."))))
    return Listed(period, files, verdicts, key_numbers(audited))


def build_index(listed: Sequence[Listed], audit: Any, language: str) -> str:
    """Put the index into one HTML page.

    Parameters
    ----------
    listed : sequence of Listed
        As :func:`list_reports` finds them.
    audit : custinsight.audit.Audit
    language : str

    Returns
    -------
    str
        A whole page: no script, no load; its links lead to the reports and to the index in other languages.
    """
    words = Words(language, audit.plan.currency)
    blocks = [_say_kind(kind, list(group), words) for kind, group in groupby(listed, key=lambda one: one.period.kind)]
    others = [(language_name(each), f"index.{each}.html", each) for each in audit.languages if each != language]
    body = environment().get_template("index.html.j2").render(blocks=blocks, others=others, say=_labels(words))
    return say_page(
        words,
        kicker=msg("All reports"),
        heading=audit.plan.company.name,
        facts=(
            (msg("Reports"), words.count(len(listed))),
            (msg("First day"), min(one.period.start for one in listed).isoformat()),
            (msg("Last day"), max(one.period.end for one in listed).isoformat()),
            (msg("Amounts in"), audit.plan.currency),
        ),
        body=Markup(body),
    )


def _labels(words: Words) -> dict[str, str]:
    labels = {
        "languages": msg("Other languages"),
        "gone": msg("The tables of this audit are no longer kept; run it again to see its figures here."),
        "figures": msg("Key figures"),
    }
    return {name: words(label) for name, label in labels.items()}


def _say_kind(kind: str, listed: list[Listed], words: Words) -> dict[str, Any]:
    with_numbers = [one for one in listed if one.numbers]
    trend = say_part(trends(with_numbers), words)["html"] if len(with_numbers) > 1 else ""
    before = dict(zip([one.period for one in with_numbers[1:]], with_numbers, strict=False))
    reports = [_say_report(one, before.get(one.period), words) for one in reversed(listed)]
    return {"anchor": kind, "title": words(KINDS[kind]), "trend": Markup(trend), "reports": reports}


def _say_report(one: Listed, before: Listed | None, words: Words) -> dict[str, Any]:
    first = one.files.get(words.language) or next(iter(one.files.values()))
    return {
        "title": words(period_name(one.period)),
        "href": first,
        "others": [(language_name(each), file, each) for each, file in one.files.items() if file != first],
        "verdicts": [(tone, text(said, words)) for tone, said in one.verdicts],
        "figures": [_say_number(at, each, before, words) for at, each in enumerate(one.numbers)],
    }


def _say_number(at: int, now: KeyNumber, before: Listed | None, words: Words) -> dict[str, str]:
    change = now.change_from(before.numbers[at] if before else None)
    said = getattr(words, now.change_show)(change) if known(change) else ""
    if said and not any(digit in "123456789" for digit in said):
        said = words(msg("no change"))
    return {"title": words(now.title), "value": getattr(words, now.show)(now.value), "change": said}


def trends(listed: Sequence[Listed]) -> Figure:
    """Key figures of all periods of one kind as small multiples, with the numbers in the table behind.

    Parameters
    ----------
    listed : sequence of Listed
        With numbers, oldest first.
    """
    last = listed[-1]
    rows = [
        {"period": one.period.label}
        | {now.name: (now.value if now.name == then.name else float("nan")) for now, then in _beside(one, last)}
        for one in listed
    ]
    frame = pd.DataFrame(rows, columns=["period", *(each.name for each in last.numbers)])
    shown = [Trend(each.name, each.title, each.show) for each in last.numbers]
    return Figure(
        msg(
            "{what} moved from {before} to {now} between {first} and {last}.",
            what=last.numbers[1].title,
            before=_said(frame, last.numbers[1], 0),
            now=_said(frame, last.numbers[1], -1),
            first=listed[0].period.label,
            last=last.period.label,
        ),
        msg("Each figure on a scale of its own, as each report gave it when it was last written."),
        lambda words: draw_trends(frame, words, x="period", trends=shown),
        frame,
        (Col("period", msg("Period")), *(Col(each.name, each.title, each.show) for each in last.numbers)),
    )


def _beside(one: Listed, last: Listed) -> list[tuple[KeyNumber, KeyNumber]]:
    """Pair the figures of a period with the last one's: profit may have been known in only one of them."""
    return [(now, then) for now, then in zip(one.numbers, last.numbers, strict=True)]


def _said(frame: pd.DataFrame, figure: KeyNumber, at: int) -> Message:
    return msg("{amount:money}", amount=float(frame[figure.name].iloc[at]))
