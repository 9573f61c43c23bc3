"""Writing the demo company's exports into a folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from custinsight.demo.exports import make_sheets
from custinsight.demo.sheets import Sheet
from custinsight.demo.soiling import (
    soil_activities,
    soil_complaints,
    soil_crm_contacts,
    soil_erp_customers,
    soil_us_customers,
)
from custinsight.demo.soiling_documents import soil_invoices, soil_receivables, soil_targets, soil_us_invoices
from custinsight.demo.truth import write_truth
from custinsight.demo.world import World, make_world


@dataclass(frozen=True)
class DemoFiles:
    """What was written.

    Parameters
    ----------
    folder : Path
    files : tuple of Path
        The exports, in the order of the plan.
    truth : Path or None
        Folder of the truth, where it was asked for.
    customers, records, duplicates, lines : int
        True customers, their records in the ERP systems, how many of these are duplicates, and document lines.
    """

    folder: Path
    files: tuple[Path, ...]
    truth: Path | None
    customers: int
    records: int
    duplicates: int
    lines: int


def write_demo(folder: Path, *, customers: int = 3000, seed: int = 7, truth: bool = True) -> DemoFiles:
    """Write the exports of an invented company, as its ERP and CRM would: dirty, in several formats and languages.

    Parameters
    ----------
    folder : Path
        Made if it is not there; files of the same names are replaced.
    customers : int
        Number of true customers.
    seed : int
        The same seed writes the same bytes.
    truth : bool
        Also write what is true into the folder ``truth`` beside the exports; for tests only.

    Returns
    -------
    DemoFiles

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     demo = write_demo(Path(folder), customers=60, truth=False)
    ...     demo.files[0].name
    'erp_customers.csv'
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    world = make_world(customers, seed)
    sheets = make_sheets(world)
    for sheet in sheets:
        _soil(sheet, world)
    written = tuple(sheet.write(folder) for sheet in sheets)
    if truth:
        write_truth(world, sheets, folder / "truth")
    else:
        shutil.rmtree(folder / "truth", ignore_errors=True)
    return DemoFiles(
        folder=folder,
        files=written,
        truth=folder / "truth" if truth else None,
        customers=len(world.customers),
        records=len(world.records),
        duplicates=int((world.records["role"] == "duplicate").sum()),
        lines=len(world.lines),
    )


def demo_plan() -> str:
    """Return the text of the audit.toml that maps the demo's exports, lying in ``data/demo`` beside it.

    Examples
    --------
    >>> "[[sources]]" in demo_plan()
    True
    """
    return files("custinsight.demo").joinpath("audit.toml").read_text(encoding="utf-8")


def _soil(sheet: Sheet, world: World) -> None:
    seed, kind = world.seed, sheet.source.split("_")[0]
    if sheet.source == "erp_customers":
        soil_erp_customers(sheet, seed, _alone(world, "ERP"))
    elif sheet.source == "us_customers":
        soil_us_customers(sheet, seed, _alone(world, "US"))
    elif sheet.source == "us_invoices":
        soil_us_invoices(sheet, seed)
    elif kind == "invoices":
        soil_invoices(sheet, seed)
    elif kind == "receivables":
        soil_receivables(sheet, seed)
    else:
        others = {
            "crm_contacts": soil_crm_contacts,
            "crm_activities": soil_activities,
            "complaints": soil_complaints,
            "targets": soil_targets,
        }
        if sheet.source in others:
            others[sheet.source](sheet, seed)


def _alone(world: World, system: str) -> set[str]:
    """Numbers of the customers of a system that have one record there and none in the CRM."""
    doubled = set(world.records.loc[world.records["role"] == "duplicate", "true_customer"])
    doubled |= set(world.contacts["true_customer"]) | set(world.customers["like"])
    records = world.records
    return set(records.loc[(records["source_system"] == system) & ~records["true_customer"].isin(doubled), "source_id"])
