"""A MariaDB of one's own, in a temporary folder and on a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pymysql
from postgres_server import PASSWORD, USER, free_port


@dataclass(frozen=True)
class Server:
    """A running server; ``url`` has no user and no password."""

    port: int

    @property
    def url(self) -> str:
        return f"mysql://127.0.0.1:{self.port}/sales"

    def connect(self, database: str | None = "sales") -> pymysql.Connection:
        """Connect as the owner of everything, who may write."""
        return pymysql.connect(host="127.0.0.1", port=self.port, user="root", database=database, autocommit=True)


def find_programs() -> tuple[str, str] | None:
    """The server's program and the one that sets its folder up; Debian keeps the former off the path."""
    server = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    setup = shutil.which("mariadb-install-db")
    return (server, setup) if server and setup else None


@contextmanager
def running_server(programs: tuple[str, str]) -> Iterator[Server]:
    """Start a server; it and its folder are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="my-"))
    server, account = Server(free_port()), pwd.getpwuid(os.geteuid()).pw_name
    own = ["--no-defaults", f"--datadir={folder / 'data'}", f"--user={account}"]
    setup = [programs[1], *own, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(setup, check=True, stdout=subprocess.DEVNULL)
    rest = [f"--port={server.port}", "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}", "--skip-name-resolve"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([programs[0], *own, *rest], stderr=log, stdout=log)
    try:
        _await(server, process)
        with server.connect(None) as con, con.cursor() as cursor:
            cursor.execute("CREATE DATABASE sales CHARACTER SET utf8mb4")
            cursor.execute("CREATE USER %s IDENTIFIED BY %s", (USER, PASSWORD))
            cursor.execute("GRANT ALL ON sales.* TO %s", (USER,))
        yield server
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _await(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with suppress(pymysql.err.OperationalError):
            server.connect(None).close()
            return
        time.sleep(0.1)
    raise TimeoutError("MariaDB did not start")
