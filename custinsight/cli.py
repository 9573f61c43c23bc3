"""The command line: new, check, run, compare, rejects, take-back and lab."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from custinsight.errors import BusyError, CustinsightError, WorkspaceError
from custinsight.words import Message, Words, languages, msg

USAGE_ERROR, PAGES_FAILED, TRY_AGAIN = 2, 3, 75

app = typer.Typer(
    help="Customer audits from ERP and CRM exports.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

PlanOption = Annotated[Path, typer.Option("--plan", help="The plan's file.")]


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; what is there already is kept.")],
    demo: Annotated[bool, typer.Option("--demo", help="Add the exports of a made-up company.")] = False,
    exports: Annotated[
        Path | None, typer.Option("--from", help="Folder of your exports: their mapping is proposed.")
    ] = None,
) -> None:
    """Make an audit's folder: audit.toml with comments, notebooks, places for data and reports.

    Example: custinsight new my-audit --from exports
    """
    from custinsight.scaffold import new_audit, propose_plan

    if exports is not None and demo:
        raise WorkspaceError("--demo and --from must not be given together. Leave one of them out.")
    text = None
    if exports is not None:
        from custinsight.proposal_view import show_proposal

        with err.status(_words()(msg("Looking at the exports"))):
            proposal, text = propose_plan(folder, exports, _words().language)
        out.print(show_proposal(proposal, _words()))
    with err.status(_words()(msg("Making the folder"))):
        made = new_audit(folder, demo=demo, plan=text)
    for path in made:
        _print(str(path))
    plan = folder / "audit.toml"
    _print(_words()(msg("Next: custinsight check --plan {plan}", plan=str(plan))))


@app.command()
def check(
    plan: PlanOption = Path("audit.toml"),
    sample: Annotated[int, typer.Option(min=100, help="Rows of each source that are looked at.")] = 100_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for another program.")] = False,
) -> None:
    """Check the plan and its sources without running an audit.

    Example: custinsight check --plan audit.toml
    """
    from custinsight.checks import WIDTH, check_json, check_plan, files_known, show_check

    with err.status(_words()(msg("Looking at the sources"))):
        found, known = check_plan(plan, sample=sample), files_known(plan)
    if as_json:
        _print(check_json(found, _words()))
    else:
        console = out if out.is_terminal else Console(highlight=False, width=WIDTH)
        console.print(show_check(found, _words()), soft_wrap=False)
        _print(_words()(known))
    problems = sum(len(one.faults) for one in found)
    if problems:
        _complain(msg("{n} problem was found.", "{n} problems were found.", n=problems))
        raise typer.Exit(USAGE_ERROR)


@app.command()
def run(
    plan: PlanOption = Path("audit.toml"),
    period: Annotated[str, typer.Option(help="One period: 2024, 2024H1, 2024Q4, 2024-11, 2024W47.")] = "",
    periods: Annotated[str, typer.Option(help="Several periods: 2024Q1..2024Q4.")] = "",
    lang: Annotated[str, typer.Option(help="Languages of the report: en,zh-CN.")] = "",
    jobs: Annotated[int, typer.Option(min=0, help="Pages made at the same time; 0: one per core.")] = 0,
    reports: Annotated[Path | None, typer.Option(help="Folder of the reports; the plan's when not given.")] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Read the plan's databases again.")] = False,
    close_again: Annotated[
        bool,
        typer.Option("--close-again", help="Close these periods anew: what came late so far becomes part of them."),
    ] = False,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print each report to a PDF, too, with Chromium or Chrome.")
    ] = False,
    browser: Annotated[
        str, typer.Option(envvar="CUSTINSIGHT_BROWSER", help="Browser that prints; looked for when not given.")
    ] = "",
) -> None:
    """Run the audit of one or more periods and write a report for each, per language.

    Example: custinsight run --plan audit.toml --periods 2024Q3..2024Q4 --lang en,zh-CN
    """
    from custinsight.run import run_audits

    with err.status("") as status:
        result = run_audits(
            plan,
            periods or period,
            lang,
            jobs=jobs,
            reports=reports,
            refresh=refresh,
            close_again=close_again,
            browser=browser if pdf else None,
            say=lambda message: _progress(status, message),
        )
    for note in result.notes:
        err.print(_words()(note), markup=False)
    for path in (*result.reports, *result.pdfs, *result.index):
        _print(_short(path))
    for warning in result.warnings:
        _complain(msg("Mind: {what}", what=warning))
    for failed in result.failed:
        _complain(
            msg("A page could not be made: {page} (error {id}).", page=failed.task.notebook.stem, id=failed.error_id)
        )
    if result.failed:
        raise typer.Exit(PAGES_FAILED)


@app.command()
def compare(
    before: Annotated[str, typer.Argument(help="A period that was audited, such as 2024Q3.")],
    after: Annotated[str, typer.Argument(help="Another one of the same kind, such as 2024Q4.")],
    plan: PlanOption = Path("audit.toml"),
    to: Annotated[Path | None, typer.Option("--out", help="File to write, too: .html or .xlsx.")] = None,
) -> None:
    """Compare the audits of two periods: what moved, and what of it is real.

    Example: custinsight compare 2024Q3 2024Q4 --out comparison.html
    """
    from custinsight.comparing import compare_audits
    from custinsight.report.comparison_view import check_name, show_comparison, write_comparison

    if to is not None:
        check_name(to)
    with err.status(_words()(msg("Comparing {before} and {after}", before=before, after=after))):
        found = compare_audits(plan, before, after)
    words = Words(_words().language, found.currency)
    console = out if out.is_terminal else Console(highlight=False, width=120)
    console.print(show_comparison(found, words), soft_wrap=False)
    if to is not None:
        _print(_short(write_comparison(found, to, words)))


@app.command()
def rejects(
    plan: PlanOption = Path("audit.toml"),
    period: Annotated[str, typer.Option(help="Period to open; the plan's own when not given.")] = "",
    source: Annotated[str, typer.Option(help="Name of a source; all when not given.")] = "",
    to: Annotated[Path, typer.Option("--out", help="File to write: .xlsx or .csv.")] = Path("rejects.xlsx"),
) -> None:
    """Write the rejected rows with their reasons, for those who may see them: only you can read the file.

    Example: custinsight rejects --plan audit.toml --source invoices --out rejects.xlsx
    """
    from custinsight.audit import open_audit
    from custinsight.rejects import write_rejects

    with err.status(_words()(msg("Looking for rejected rows"))):
        written = write_rejects(open_audit(plan, period), to, _words(), source)
    if not written.rows:
        _print(_words()(msg("No row was rejected.")))
        return
    _print(_words()(msg("{file}: {n} row", "{file}: {n} rows", n=written.rows, file=_short(to))))


@app.command("take-back")
def take_back(
    files: Annotated[list[Path], typer.Argument(help="Review workbooks that were filled in.")],
    plan: PlanOption = Path("audit.toml"),
    by: Annotated[str, typer.Option(help="Who decided; your user name when not given.")] = "",
) -> None:
    """Take back filled-in review workbooks: the answers are kept for ever and win over the model.

    Example: custinsight take-back --plan audit.toml review.xlsx
    """
    from custinsight.audit import open_audit
    from custinsight.take_back import take_back as take

    with err.status(_words()(msg("Reading the answers"))):
        found = take(open_audit(plan), files, who=by)
    for one in found:
        _print(
            _words()(
                msg(
                    "{file}: {rows} rows, {taken} taken, {unanswered} without an answer, {known} known already",
                    file=one.file,
                    rows=one.rows,
                    taken=one.taken,
                    unanswered=one.unanswered,
                    known=one.known,
                )
            )
        )


@app.command()
def lab(folder: Annotated[Path, typer.Argument(help="The audit's folder.")] = Path()) -> None:
    """Open the audit's notebooks in JupyterLab, on this machine only.

    Example: custinsight lab my-audit
    """
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={folder.resolve()}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # in a container the only user is often root; the server listens on this machine alone
        command.append("--ServerApp.allow_root=True")
    raise typer.Exit(subprocess.run(command, check=False).returncode)


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2."""
    try:
        app()
    except BusyError as error:
        _complain(error.message)
        sys.exit(TRY_AGAIN)
    except CustinsightError as error:
        _complain(error.message, error.code)
        sys.exit(USAGE_ERROR)


def _words() -> Words:
    """Words in the language of the user's terminal."""
    asked = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    spoken = asked.split(".")[0].replace("_", "-")
    return Words(spoken if spoken in languages() else "en")


def _print(text: str) -> None:
    out.print(text, markup=False)


def _complain(message: Message, code: str = "") -> None:
    err.print(f"custinsight: {_words()(message)}{code and f' [{code}]'}", markup=False)


def _progress(status: Status, message: Message) -> None:
    """Show what is being done; a log without a terminal gets a line for each step."""
    text = _words()(message)
    if err.is_terminal:
        status.update(escape(text))
    else:
        err.print(text, markup=False)


def _short(path: Path) -> str:
    """Show a path from here, if it lies below here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
