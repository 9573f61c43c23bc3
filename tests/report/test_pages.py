"""Pages are made by real kernels: warm, side by side, each on its own, and silent about what went wrong."""

import json
import os
import time
from pathlib import Path

import nbformat
import pytest
from report_sample import cover

from custinsight.errors import ReportError
from custinsight.report import PageTask, build_report, execute_pages
from custinsight.report.kernels import WarmKernel
from custinsight.report.parts import MIME

PARAMETERS = 'plan = "audit.toml"\nperiod = ""\nlanguages = ""'
SHOW = """
from types import SimpleNamespace
from custinsight.report import Note, shown
from custinsight.words import msg
audit = SimpleNamespace(languages=("en", "zh-CN"), plan=SimpleNamespace(currency="CNY"))
shown(lambda audit: Note(msg("Period {p}.", p=period)))(audit)
"""


def notebook(folder: Path, name: str, *cells: str) -> Path:
    made = [nbformat.v4.new_markdown_cell(f"# {name}")]
    made.append(nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}))
    made += [nbformat.v4.new_code_cell(cell) for cell in cells]
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


def task(folder: Path, name: str, *cells: str, **parameters) -> PageTask:
    given = {"plan": "audit.toml", "period": "2024Q4", "languages": "en"} | parameters
    return PageTask(notebook(folder, name, *cells), folder / "out" / f"{name}.ipynb", given, folder)


def printed(path: Path) -> list:
    """Read the JSON that the code cells gave back."""
    outputs = [out for cell in nbformat.read(path, 4).cells if cell.cell_type == "code" for out in cell.outputs]
    texts = [out.data["text/plain"] for out in outputs if "text/plain" in out.data]
    return [json.loads(text.strip("'")) for text in texts if text.startswith("'")]


ASK = "import json; json.dumps({})"


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """Eight pages on one kernel and two on a second run; what follows looks at them."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "html.py").write_text("raise SystemExit('a file of the working folder was imported')")
    tasks = [
        task(folder, "00_first", "import pandas; mine = 1; import os; " + ASK.format("os.getpid()"), SHOW),
        task(folder, "01_names", ASK.format("[name in globals() for name in ('mine', 'audit', 'period')]")),
        task(
            folder, "02_fails", SHOW, "phone = '13800138000'", "raise KeyError(f'{phone} 王芳 in /home/li/x.csv')", SHOW
        ),
        task(folder, "03_after", "import os; " + ASK.format("os.getpid()")),
        task(
            folder, "04_refuses", "from custinsight.errors import PlanError", "raise PlanError('The plan is missing.')"
        ),
        task(folder, "05_dies", "import os; os._exit(1)"),
        task(folder, "06_html", "import html; " + ASK.format("html.escape('<')")),
        task(
            folder,
            "07_noise",
            "import sys, warnings; print('PRINTED'); warnings.warn('WARNED'); print('ERR', file=sys.stderr)",
        ),
        task(
            folder,
            "08_threads",
            "import os; " + ASK.format("[os.environ['CUSTINSIGHT_THREADS'], os.environ['MPLBACKEND'], os.getcwd()]"),
        ),
    ]
    seen = []
    results = execute_pages(tasks, jobs=1, on_done=seen.append, log_folder=folder / "work")
    return {"folder": folder, "results": results, "seen": seen, "log": (folder / "work" / "pages.log").read_text()}


def output(batch, number: int) -> Path:
    return batch["results"][number].task.output


def test_pages_are_reported_in_order_as_they_end(batch):
    assert [result.task.notebook.stem[:2] for result in batch["seen"]] == [f"{n:02}" for n in range(9)]
    assert batch["seen"] == batch["results"]


def test_a_page_gets_its_parameters_and_shows_parts_in_all_languages(batch):
    cells = nbformat.read(output(batch, 0), 4).cells
    said = cells[-1].outputs[0].data[MIME]["languages"]
    assert "Period 2024Q4." in said["en"]["html"]
    assert set(said) == {"en", "zh-CN"}


def test_a_page_sees_no_name_of_the_page_before(batch):
    assert printed(output(batch, 1)) == [[False, False, True]]


def test_the_kernel_stays_warm_even_after_a_page_that_failed(batch):
    assert printed(output(batch, 0)) == printed(output(batch, 3))


def test_a_page_that_fails_does_not_lose_the_others(batch):
    failed = [result.task.notebook.stem for result in batch["results"] if result.error_id]
    assert failed == ["02_fails", "04_refuses", "05_dies"]
    assert all(result.task.output.is_file() for result in batch["results"])


def test_what_a_failed_page_had_shown_is_kept_and_what_went_wrong_is_not(batch):
    page = nbformat.read(output(batch, 2), 4)
    assert page.metadata["custinsight"]["error_id"] == batch["results"][2].error_id
    assert MIME in page.cells[3].outputs[0].data
    text = output(batch, 2).read_text(encoding="utf-8")
    assert "Traceback" not in text
    assert "papermill" not in text
    html = build_report([batch["results"][2]], cover(), "en")
    assert "Period 2024Q4." in html
    assert batch["results"][2].error_id in html


def test_the_log_tells_what_went_wrong_without_telling_of_whom(batch):
    assert batch["results"][2].error_id in batch["log"]
    assert "KeyError" in batch["log"]
    for canary in ("13800138000", "王芳", "/home/li"):
        assert canary not in batch["log"].replace("phone = '13800138000'", "")


def test_a_reason_is_given_for_our_own_errors_only(batch):
    assert batch["results"][4].reason == "The plan is missing."
    assert batch["results"][2].reason == ""


def test_files_of_the_working_folder_are_not_imported(batch):
    assert printed(output(batch, 6)) == ["&lt;"]


def test_prints_and_warnings_are_not_kept(batch):
    text = output(batch, 7).read_text(encoding="utf-8")
    assert [out for cell in nbformat.read(output(batch, 7), 4).cells for out in cell.get("outputs", [])] == []
    assert '"stream"' not in text


def test_a_kernel_has_its_share_of_the_cores_and_the_working_folder(batch):
    assert printed(output(batch, 8)) == [[str(os.cpu_count()), "svg", str(batch["folder"])]]


def test_nothing_temporary_is_left(batch):
    assert [path.suffix for path in (batch["folder"] / "out").iterdir()] == [".ipynb"] * 9


def test_the_same_page_gives_the_same_bytes(batch):
    before = output(batch, 0).read_bytes()
    first = batch["results"][0].task
    again = PageTask(notebook(batch["folder"], "00_first", "1", SHOW), first.output, first.parameters, first.cwd)
    execute_pages([again])
    once = first.output.read_bytes()
    execute_pages([again])
    assert first.output.read_bytes() == once != before


def test_two_kernels_share_the_work(tmp_path):
    ask = "import os, time; time.sleep(1); " + ASK.format("os.getpid()")
    results = execute_pages([task(tmp_path, f"0{n}_page", ask) for n in range(4)], jobs=2)
    pids = [printed(result.task.output)[0] for result in results]
    assert len(set(pids)) == 2
    assert [result.error_id for result in results] == [None] * 4


@pytest.mark.parametrize(
    "value", ["a\nb", "quote \" and ' end", "nul\x00", "line\u2028sep", "{period}", "\\", "'''\"\"\"", "2024;import os"]
)
def test_any_text_is_a_literal(tmp_path, value, warm_task):
    assert warm_task(value) == value


@pytest.fixture(scope="module")
def warm_task(tmp_path_factory):
    """Return what texts arrive as, from one batch for all of them."""
    folder = tmp_path_factory.mktemp("literals")
    tasks: dict[str, PageTask] = {}
    marker = test_any_text_is_a_literal.pytestmark[0]
    for n, value in enumerate(marker.args[1]):
        tasks[value] = task(
            folder, f"{n:02}_text", "import json; print(1); json.dumps([ord(c) for c in period])", period=value
        )
    execute_pages(list(tasks.values()), jobs=1)
    return lambda value: "".join(map(chr, printed(tasks[value].output)[0]))


@pytest.mark.parametrize("name", ["x; import os", "print", "__builtins__", "plan\nimport os", "PLAN"])
def test_unknown_names_are_refused_before_a_kernel_starts(tmp_path, name):
    with pytest.raises(ReportError, match="must be one of languages, period, plan"):
        execute_pages([task(tmp_path, "00_a", **{name: "x"})])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", [("a",), {"a"}, Path("a"), ["a"], {"a": 1}, None, b"a"])
def test_values_that_are_no_scalars_are_refused_before_a_kernel_starts(tmp_path, value):
    with pytest.raises(ReportError, match="must be a text or a number"):
        execute_pages([task(tmp_path, "00_a", period=value)])
    assert not (tmp_path / "out").exists()


def test_a_missing_notebook_is_named_without_its_path(tmp_path):
    with pytest.raises(ReportError, match=r"^The notebook 00_gone\.ipynb must exist"):
        execute_pages([PageTask(tmp_path / "00_gone.ipynb", tmp_path / "out.ipynb")])


def test_no_pages_is_no_work():
    assert execute_pages([]) == []


def test_an_output_that_is_a_link_is_replaced_and_not_followed(tmp_path):
    given = task(tmp_path, "00_a", "1")
    precious = tmp_path / "precious"
    precious.write_text("mine")
    given.output.parent.mkdir()
    given.output.symlink_to(precious)
    execute_pages([given])
    assert precious.read_text() == "mine"
    assert not given.output.is_symlink()


def test_what_killed_runs_left_is_swept(tmp_path):
    given = task(tmp_path, "00_a", "1")
    given.output.parent.mkdir()
    (given.output.parent / ".00_a.ipynb.999999999.0123abcd.tmp").write_text("half")
    execute_pages([given])
    assert [path.name for path in given.output.parent.iterdir()] == ["00_a.ipynb"]


def test_an_interrupted_batch_ends_its_kernels_and_writes_no_half_page(tmp_path):
    tasks = [
        task(tmp_path, "00_quick", "1"),
        *(task(tmp_path, f"0{n}_slow", "import time; time.sleep(60)") for n in (1, 2)),
    ]

    def interrupt(result):
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        execute_pages(tasks, jobs=2, on_done=interrupt)
    assert time.monotonic() - began < 30
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["00_quick.ipynb"]


def test_a_cell_that_takes_too_long_fails_its_page_only(tmp_path):
    tasks = [task(tmp_path, "00_slow", "import time; time.sleep(60)"), task(tmp_path, "01_quick", "1")]
    results = execute_pages(tasks, cell_seconds=2)
    assert [bool(result.error_id) for result in results] == [True, False]


def test_a_closed_kernel_leaves_no_process_and_no_files(tmp_path):
    with WarmKernel() as kernel:
        kernel.prepare(tmp_path)
        pid, folder = kernel.manager.provisioner.pid, kernel._folder
        assert folder.is_dir()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_working_folder_that_is_gone_fails_the_page_only(tmp_path):
    gone = PageTask(notebook(tmp_path, "00_a", "1"), tmp_path / "out" / "00_a.ipynb", {}, tmp_path / "gone")
    results = execute_pages([gone, task(tmp_path, "01_b", "1")])
    assert [bool(result.error_id) for result in results] == [True, False]
