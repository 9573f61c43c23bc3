"""Kernels that stay warm: a process that runs one notebook after the other, so that imports are paid once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from custinsight.errors import ReportError

_START_SECONDS = 120
_RESET_SECONDS = 60

# Between two notebooks: no name, figure, working folder or warning of the first may be seen by the second.
_RESET = """
def _reset(shell):
    import gc, os, sys
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    shell.reset(new_session=True)
    os.chdir({cwd!r})
    gc.collect()
_reset(get_ipython())
"""


class WarmKernel:
    """A Python process that notebooks run in, one after the other.

    Must be used by the thread that made it. Close it, or use it as a context manager.

    Parameters
    ----------
    threads : int
        Threads that the engine and the numeric libraries may use in it.
    environment : mapping, optional
        Further environment variables.

    Attributes
    ----------
    manager, client : jupyter_client objects or None
        None until :meth:`prepare` has been called.
    pages : int
        Notebooks it has been prepared for.
    """

    def __init__(self, threads: int = 1, environment: Mapping[str, str] | None = None) -> None:
        self.threads = threads
        self.pages = 0
        self.manager: Any = None
        self.client: Any = None
        self._given = dict(environment or {})
        self._folder: Path | None = None
        self._killed = False

    def __enter__(self) -> WarmKernel:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def prepare(self, cwd: Path) -> None:
        """Make ready for a notebook: start the process, or empty the namespace that the last notebook left.

        Parameters
        ----------
        cwd : Path
            Working folder of the notebook. Files in it are not imported as modules.

        Raises
        ------
        ReportError
            The process cannot be started.
        """
        from jupyter_core.utils import ensure_event_loop

        loop = ensure_event_loop()
        if self.client is None:
            try:
                loop.run_until_complete(self._start(cwd))
            except Exception as error:
                self.close()
                raise ReportError(
                    "The process that makes pages must start, got {error}. Try custinsight doctor.",
                    error=type(error).__name__,
                ) from error
        if self._killed:
            self.kill()
        loop.run_until_complete(self._reset(cwd))
        self.pages += 1

    def close(self) -> None:
        """End the process and remove its files. It holds nothing that has to be saved, so it is not asked first."""
        from jupyter_core.utils import ensure_event_loop

        if self.client is not None:
            self.client.stop_channels()
        if self.manager is not None:
            with contextlib.suppress(Exception):
                ensure_event_loop().run_until_complete(self.manager.shutdown_kernel(now=True))
        self.manager = self.client = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def kill(self) -> None:
        """End the process at once, or as soon as it has started; the one method that another thread may call."""
        self._killed = True
        process = getattr(getattr(self.manager, "provisioner", None), "process", None)
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    async def _start(self, cwd: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ci-"))
        self.manager = _manager(self._folder)
        await self.manager.start_kernel(
            cwd=str(cwd),
            env=self._environment(self._folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.client = self.manager.client()
        self.client.start_channels()
        await self.client.wait_for_ready(timeout=_START_SECONDS)
        self.client.allow_stdin = False

    async def _reset(self, cwd: Path) -> None:
        reply = await self._while_alive(
            self.client.execute_interactive(
                _RESET.format(cwd=str(cwd)),
                silent=True,
                store_history=False,
                allow_stdin=False,
                timeout=_RESET_SECONDS,
                output_hook=lambda message: None,
            )
        )
        if reply["content"]["status"] != "ok":
            raise ReportError("The working folder of a page must exist, got one that does not.")

    async def _while_alive(self, answer: Any) -> Any:
        """Wait for an answer, but not for that of a dead process."""
        waiting = asyncio.ensure_future(answer)
        while not (await asyncio.wait({waiting}, timeout=0.2))[0]:
            if self._killed or not await self.manager.is_alive():
                waiting.cancel()
                await asyncio.wait({waiting})
                raise ReportError("The process that makes pages must stay alive, got one that ended.")
        return waiting.result()

    def _environment(self, folder: Path) -> dict[str, str]:
        threads = str(self.threads)
        # nothing of the user's own IPython (startup files, history) takes part
        own = {"IPYTHONDIR": str(folder), "JUPYTER_RUNTIME_DIR": str(folder), "MPLBACKEND": "svg"}
        limits = ("CUSTINSIGHT_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        return {**os.environ, **own, **dict.fromkeys(limits, threads), **self._given}


def _manager(folder: Path) -> Any:
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec

    # -P: a file called html.py in the working folder must not take the place of the library's
    command = [sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    options = ["--InteractiveShellApp.ignore_cwd=True", "--HistoryManager.enabled=False"]
    manager = AsyncKernelManager(
        # sockets of the file system: two kernels cannot race for a port, and no other user can connect
        transport="tcp" if sys.platform == "win32" else "ipc",
        connection_file=str(folder / "k.json"),
    )
    manager._kernel_spec = KernelSpec(argv=command + options, display_name="Python", language="python")
    return manager
