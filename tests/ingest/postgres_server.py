"""A PostgreSQL of one's own, in a temporary folder and on a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

USER, PASSWORD = "auditor", "canary-Pa55 w/ord'"


@dataclass(frozen=True)
class Server:
    """A running server; ``url`` has no user and no password."""

    port: int

    @property
    def url(self) -> str:
        return f"postgresql://127.0.0.1:{self.port}/sales"

    def connect(self, database: str = "sales") -> psycopg.Connection:
        """Connect as the owner of everything, who may write."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname=database, autocommit=True
        )


def find_programs() -> Path | None:
    """Folder of the newest installed server's programs; Debian keeps them off the path."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    found += [Path(on_path).resolve().parent] if on_path else []
    return max(found, key=lambda folder: [int(part) for part in folder.parts if part.isdigit()], default=None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_server(programs: Path) -> Iterator[Server]:
    """Start a server; it and its folder are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = Server(free_port())
    # the server refuses to run as root
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    secret = folder / "password"
    secret.write_text(PASSWORD)
    for path in (folder, secret):
        if account:
            os.chown(path, account.pw_uid, account.pw_gid)

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, "-D", folder / "data", *arguments],
            user=account and account.pw_uid,
            group=account and account.pw_gid,
            extra_groups=[] if account else None,
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    settings = f"-p {server.port} -k '{folder}' -c listen_addresses=127.0.0.1 -c fsync=off"
    started = False
    try:
        call("initdb", "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8")
        call("pg_ctl", "-w", "-o", settings, "-l", str(folder / "log"), "start")
        started = True
        with server.connect("postgres") as con:
            con.execute("CREATE DATABASE sales")
        yield server
    finally:
        if started:
            call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
