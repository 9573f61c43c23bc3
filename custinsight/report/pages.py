"""Pages: notebooks executed with papermill, side by side in warm kernels. Nothing else imports papermill.

An executed notebook is a page of the report. A page that fails keeps what it had shown so far and an error id; what
went wrong is written, masked, to the log only.
"""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from custinsight import errors
from custinsight.errors import ReportError
from custinsight.report.kernels import WarmKernel
from custinsight.report.notebooks import KEY
from custinsight.writers.atomic import sweep, write_text
from custinsight.writers.log import logged_to

PARAMETERS = frozenset({"plan", "period", "languages"})
"""Names that a page takes. A name is code in the notebook, so there are no others."""

_LOG = logging.getLogger(__name__)
_SCALARS = (str, bool, int, float)
# a kernel is renewed now and then, so that a batch of many periods does not grow without bound
_PAGES_PER_KERNEL = 60


@dataclass(frozen=True)
class PageTask:
    """A notebook to be executed.

    Parameters
    ----------
    notebook : Path
        The notebook; its first code cell is tagged ``parameters``.
    output : Path
        Where the executed notebook is written, whole or not at all.
    parameters : mapping
        Values of ``plan``, ``period`` and ``languages``.
    cwd : Path
        Working folder of the notebook.
    """

    notebook: Path
    output: Path
    parameters: Mapping[str, str | bool | int | float] = field(default_factory=dict)
    cwd: Path = Path()


@dataclass(frozen=True)
class PageResult:
    """How a page went.

    Parameters
    ----------
    task : PageTask
    error_id : str or None
        Found in the log and in the report; None when the page is whole.
    reason : str
        The sentence of a custinsight error, else empty: another error's text may quote customers.
    seconds : float
        Wall time.
    """

    task: PageTask
    error_id: str | None = None
    reason: str = ""
    seconds: float = 0.0


def execute_pages(
    tasks: Sequence[PageTask],
    *,
    jobs: int = 1,
    on_done: Callable[[PageResult], None] = lambda result: None,
    log_folder: Path | None = None,
    cell_seconds: float | None = None,
) -> list[PageResult]:
    """Execute notebooks.

    Parameters
    ----------
    tasks : sequence of PageTask
    jobs : int
        Kernels that run side by side; the cores are shared out among them.
    on_done : callable (PageResult)
        Called in the caller's thread after each page, in the order in which they end.
    log_folder : Path, optional
        Folder of ``pages.log``, to which errors go; only to a log that is already set up when not given.
    cell_seconds : float, optional
        Longest time that a cell may take; for ever when not given.

    Returns
    -------
    list of PageResult
        In the order of ``tasks``. A page that fails does not keep the others from being made.

    Raises
    ------
    ReportError
        A notebook is missing or a parameter is not allowed; no kernel has been started then.
    """
    for task in tasks:
        _check(task)
    for folder in {task.output.parent for task in tasks}:
        sweep(folder)
    if not tasks:
        return []
    if log_folder is None:
        return _Batch(tasks, jobs, cell_seconds).run(on_done)
    with logged_to(log_folder / "pages.log"):
        return _Batch(tasks, jobs, cell_seconds).run(on_done)


class _Batch:
    """Threads that each drive a kernel of their own, and the pages they work off."""

    def __init__(self, tasks: Sequence[PageTask], jobs: int, cell_seconds: float | None) -> None:
        self._tasks = tasks
        self._jobs = max(1, min(jobs, len(tasks)))
        self._cell_seconds = cell_seconds
        self._todo: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[int, PageResult]] = queue.SimpleQueue()
        self._kernels: list[WarmKernel] = []
        self._stopped = threading.Event()

    def run(self, on_done: Callable[[PageResult], None]) -> list[PageResult]:
        for number in range(len(self._tasks)):
            self._todo.put(number)
        _load_papermill()
        threads = [threading.Thread(target=self._work, name=f"page-{n}") for n in range(self._jobs)]
        for thread in threads:
            thread.start()
        results: dict[int, PageResult] = {}
        try:
            while len(results) < len(self._tasks):
                number, result = self._done.get()
                results[number] = result
                on_done(result)
        finally:
            self._stop(threads, at_once=len(results) < len(self._tasks))
        return [results[number] for number in range(len(self._tasks))]

    def _stop(self, threads: Sequence[threading.Thread], *, at_once: bool) -> None:
        self._stopped.set()
        if at_once:
            for kernel in self._kernels:
                kernel.kill()
        for thread in threads:
            thread.join()

    def _work(self) -> None:
        with self._kernel() as fresh:
            kernel = fresh()
            while not self._stopped.is_set():
                try:
                    number = self._todo.get_nowait()
                except queue.Empty:
                    return
                result, usable = _make_page(self._tasks[number], kernel, self._cell_seconds, self._stopped)
                if not usable or kernel.pages >= _PAGES_PER_KERNEL:
                    kernel = fresh()
                self._done.put((number, result))

    @contextmanager
    def _kernel(self) -> Iterator[Callable[[], WarmKernel]]:
        """Hand out this thread's kernel, each new one in place of the last."""
        mine: list[WarmKernel] = []

        def fresh() -> WarmKernel:
            for kernel in mine:
                kernel.close()
            mine[:] = [WarmKernel(threads=max(1, (os.cpu_count() or 1) // self._jobs))]
            self._kernels += mine
            return mine[0]

        try:
            yield fresh
        finally:
            for kernel in mine:
                kernel.close()


def _make_page(
    task: PageTask, kernel: WarmKernel, cell_seconds: float | None, stopped: threading.Event
) -> tuple[PageResult, bool]:
    """Execute and write one page; also say whether the kernel can be used again."""
    import nbformat

    began = time.perf_counter()
    try:
        notebook, failure = _execute(task, kernel, cell_seconds)
        usable = failure is None or failure.in_cell
        # a page that was cut off because the whole run was must not take the place of a whole one
        if not stopped.is_set():
            write_text(task.output, nbformat.writes(_tidy(notebook, failure)))
    except Exception as error:
        failure, usable = _Failure.outside(task, error), False
    seconds = time.perf_counter() - began
    if failure is None:
        _LOG.info("page %s made in %.1f s", task.notebook.stem, seconds)
        return PageResult(task, seconds=seconds), usable
    _LOG.error("page %s failed, error %s\n%s", task.notebook.stem, failure.error_id, failure.trace)
    return PageResult(task, failure.error_id, failure.reason, seconds), usable


@dataclass(frozen=True)
class _Failure:
    """What stopped a page."""

    error_id: str
    reason: str
    trace: str
    in_cell: bool

    @classmethod
    def in_a_cell(cls, task: PageTask, error: Any) -> _Failure:
        """Describe an error that the notebook's own code raised."""
        own = isinstance(getattr(errors, error.ename.rpartition(".")[2], None), type)
        trace = f"cell {error.cell_index}\n" + "\n".join(error.traceback)
        return cls(_error_id(task, error.ename, error.cell_index), error.evalue if own else "", trace, in_cell=True)

    @classmethod
    def outside(cls, task: PageTask, error: Exception) -> _Failure:
        """Describe an error around the notebook, such as a kernel that died."""
        name = type(error).__name__
        return cls(_error_id(task, name, 0), "", f"{name}: {error}", in_cell=False)


def _error_id(task: PageTask, name: str, cell: int) -> str:
    text = f"{task.notebook.stem}|{sorted(task.parameters.items())}|{name}|{cell}"
    return "E-" + hashlib.sha256(text.encode()).hexdigest()[:6].upper()


def _execute(task: PageTask, kernel: WarmKernel, cell_seconds: float | None) -> tuple[Any, _Failure | None]:
    import nbformat

    papermill = _load_papermill()
    source = nbformat.read(task.notebook, as_version=4)
    kept: dict[str, Any] = {"notebook": source}
    try:
        kernel.prepare(task.cwd)
        papermill.execute_notebook(
            source,
            None,
            parameters=dict(task.parameters),
            engine_name=KEY,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            warm=kernel,
            kept=kept,
            execution_timeout=cell_seconds,
        )
    except papermill.PapermillExecutionError as error:
        return kept["notebook"], _Failure.in_a_cell(task, error)
    except Exception as error:
        return kept["notebook"], _Failure.outside(task, error)
    return kept["notebook"], None


def _load_papermill() -> Any:
    """Import papermill, silence it, and teach it to use a kernel that is already there."""
    import papermill
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines

    if KEY in papermill_engines._engines:
        return papermill

    class WarmEngine(NBClientEngine):
        """Papermill's own engine in a kernel that was there before and stays afterwards."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
            warm, kept = options["warm"], options["kept"]
            # the same object that papermill marks when a cell fails
            kept["notebook"] = nb_man.nb
            client = PapermillNotebookClient(
                nb_man, km=warm.manager, timeout=options["execution_timeout"], log=_SILENT, record_timing=False
            )
            client.kc = warm.client
            return client.execute()

    papermill_engines.register(KEY, WarmEngine)
    # its lines hold paths and parameters
    logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)
    return papermill


_SILENT = logging.getLogger(f"{__name__}.client")
_SILENT.setLevel(logging.CRITICAL + 1)


def _tidy(notebook: Any, failure: _Failure | None) -> Any:
    """Keep of an executed notebook what may be kept: no prints, warnings, tracebacks, times, paths or widgets."""
    notebook.cells = [
        cell for cell in notebook.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])
    ]
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        cell["id"] = f"cell-{number}"
        if cell.cell_type == "code":
            cell.outputs = [out for out in cell.outputs if out.output_type in ("display_data", "execute_result")]
    for name in ("papermill", "widgets"):
        notebook.metadata.pop(name, None)
    notebook.metadata[KEY] = {"error_id": failure.error_id if failure else None}
    return notebook


def _check(task: PageTask) -> None:
    if not task.notebook.is_file():
        raise ReportError("The notebook {name} must exist, got no such file.", name=task.notebook.name)
    for name, value in task.parameters.items():
        if name not in PARAMETERS:
            raise ReportError(
                "A parameter of a page must be one of {known}, got {name}.",
                known=", ".join(sorted(PARAMETERS)),
                name=repr(name)[:40],
            )
        if type(value) not in _SCALARS:
            raise ReportError(
                "The parameter {name} must be a text or a number, got {kind}.",
                name=name,
                kind=type(value).__name__,
            )
