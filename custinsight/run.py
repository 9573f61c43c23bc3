"""A batch: the stages of each period, then the pages side by side, then the reports and the worklists."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from custinsight.audit import Audit, open_audit
from custinsight.flow.late import close_period
from custinsight.flow.sources import files_read
from custinsight.ingest import kept_extract, refresh_extracts
from custinsight.periods import Period
from custinsight.plan import read_plan
from custinsight.report import (
    PageResult,
    PageTask,
    build_report,
    cover_of,
    execute_pages,
    write_report,
    write_steward_file,
    write_worklists,
)
from custinsight.report.index import write_index
from custinsight.report.pdf import find_browser, write_pdf
from custinsight.report.reuse import note_pages, page_keys, split_pages
from custinsight.report.review_file import write_review
from custinsight.resources import notebooks_of
from custinsight.words import Message, msg
from custinsight.workspace import Workspace

Say = Callable[[Message], None]


@dataclass(frozen=True)
class RunResult:
    """What a run made.

    Parameters
    ----------
    reports : tuple of Path
        The HTML files, in order of period and language.
    failed : tuple of PageResult
        Pages that could not be made; their section of the report says so.
    warnings : tuple of Message
        What to mind about the sources.
    notes : tuple of Message
        What else there is to tell, such as how many files had to be read.
    index : tuple of Path
        The pages that lead to all reports in the folder, per language.
    pdfs : tuple of Path
        The reports as PDF, when they were asked for.
    """

    reports: tuple[Path, ...]
    failed: tuple[PageResult, ...]
    warnings: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()
    index: tuple[Path, ...] = ()
    pdfs: tuple[Path, ...] = ()


def run_audits(
    plan: Path,
    periods: str = "",
    languages: str = "",
    *,
    jobs: int = 0,
    reports: Path | None = None,
    refresh: bool = False,
    close_again: bool = False,
    browser: str | None = None,
    say: Say = lambda message: None,
) -> RunResult:
    """Audit one or more periods.

    Parameters
    ----------
    plan : Path
        The plan's file.
    periods : str
        ``2024Q4`` or ``2024Q1..2024Q4``; the plan's own period when empty.
    languages : str
        ``en,zh-CN``; the plan's own when empty.
    jobs : int
        Pages made at the same time; 0 for as many as there are cores.
    reports : Path, optional
        Folder of the reports; the plan's when not given.
    refresh : bool
        Read the databases of the plan again, instead of using the rows that these periods have seen before.
    close_again : bool
        Close periods anew that were closed before, so that what came late so far counts as part of them.
    browser : str, optional
        Print each report to a PDF with this browser; an empty text looks for one. No PDF when not given.
    say : callable
        Told what is being done.

    Returns
    -------
    RunResult

    Raises
    ------
    CustinsightError
        The plan, a period or a source cannot be used, or there is no browser to print with. Nothing has been written to
        the reports' folder then.
    WorkspaceError
        Another run is using the folder.
    """
    checked = read_plan(plan)
    printer = find_browser(browser) if browser is not None else ""
    asked = _periods(checked.parse_period, periods, checked.first_month)
    audits = [_open(plan, period, languages, say) for period in asked]
    space = Workspace(audits[0].folder / checked.output.work)
    with space.locked("run", timeout=0):
        _settle_databases(audits, say, refresh=refresh)
        for audit in audits:
            audit.run()
        folder = reports or audits[0].folder / checked.output.reports
        results = _make_pages(plan, audits, folder, jobs, say)
        say(msg("Writing the reports"))
        written = [path for audit in audits for path in _write(audit, folder, results[audit.period.label])]
        for audit in audits:
            if not any(page.error_id for page in results[audit.period.label]):
                close_period(audit, again=close_again)
        index = write_index(audits[-1], folder)
        pdfs = _print(written, printer, say) if printer else ()
    failed = [result for pages in results.values() for result in pages if result.error_id]
    return RunResult(tuple(written), tuple(failed), audits[0].warnings(), tuple(_notes(audits)), index, pdfs)


def _print(reports: Sequence[Path], browser: str, say: Say) -> tuple[Path, ...]:
    pdfs = []
    for report in reports:
        say(msg("Printing {report}", report=f"{report.parent.name}/{report.name}"))
        pdfs.append(write_pdf(report, browser))
    return tuple(pdfs)


def _notes(audits: Sequence[Audit]) -> list[Message]:
    """What the stages had to tell; stages that did not run again are told of, too."""
    files = len(audits[0].load_report())
    return [note for audit in audits for note in audit.notes] or [files_read(files, files)]


def _settle_databases(audits: Sequence[Audit], say: Say, *, refresh: bool) -> None:
    """Read the databases again, or say of which day the rows are that the periods have seen."""
    first = audits[0]
    if refresh:
        refresh_extracts(first.plan.sources, first.grounds, first.workspace, [audit.period for audit in audits])
        return
    for audit in audits:
        for source in audit.plan.sources:
            kept = kept_extract(source, audit.grounds, audit.workspace, audit.period)
            if kept:
                say(
                    msg(
                        "{period} · {source}: rows that the database held on {day}; --refresh reads it again.",
                        period=audit.period.label,
                        source=source.name,
                        day=kept.taken.date(),
                    )
                )


def _periods(parse: Callable[[str | None], Period], text: str, first_month: int) -> list[Period]:
    return Period.parse_many(text, first_month) if text else [parse(None)]


def _open(plan: Path, period: Period, languages: str, say: Say) -> Audit:
    audit = open_audit(plan, period.label, languages)
    return Audit(
        audit.plan,
        audit.folder,
        audit.period,
        audit.languages,
        on_stage=lambda title: say(msg("{period} · {stage}", period=period.label, stage=title)),
    )


def _tasks(plan: Path, audit: Audit, folder: Path) -> list[PageTask]:
    return [
        PageTask(
            notebook=notebook,
            output=folder / audit.period.label / "pages" / notebook.name,
            parameters={"plan": plan.name, "period": audit.period.label, "languages": ",".join(audit.languages)},
            cwd=audit.folder,
        )
        for notebook in notebooks_of(audit.folder)
    ]


def _make_pages(plan: Path, audits: Sequence[Audit], folder: Path, jobs: int, say: Say) -> dict[str, list[PageResult]]:
    """Make the pages of all periods side by side; those that still hold stay as they are."""
    tasks = {audit.period.label: _tasks(plan, audit, folder) for audit in audits}
    keys = {audit.period.label: page_keys(audit, tasks[audit.period.label]) for audit in audits}
    space, results, todo = audits[0].workspace, {}, []
    for label, pages in tasks.items():
        results[label], missing = split_pages(space, f"pages-{label}", pages, keys[label])
        todo += missing
    done: list[PageResult] = []

    def tell(result: PageResult) -> None:
        done.append(result)
        say(msg("Page {n} of {total}", n=len(done), total=len(todo)))

    made = execute_pages(todo, jobs=jobs or os.cpu_count() or 1, on_done=tell, log_folder=space.root)
    for label, pages in tasks.items():
        both = {result.task.output: result for result in (*results[label], *made)}
        results[label] = [both[task.output] for task in pages]
        note_pages(space, f"pages-{label}", results[label], keys[label])
    return results


def _write(audit: Audit, folder: Path, pages: Sequence[PageResult]) -> list[Path]:
    home = folder / audit.period.label
    written = []
    for language in audit.languages:
        path = home / f"report.{language}.html"
        write_report(path, build_report(pages, cover_of(audit), language))
        written.append(path)
    if audit.plan.output.worklists:
        write_worklists(audit, home / "worklists")
        write_steward_file(audit, home / "worklists")
        write_review(audit, home / "review")
    return written
