"""A real PgBouncer in transaction mode before the server of the PostgreSQL leg."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.processes import SECONDS

SERVER_CONNECTIONS = 2
"""What `migrate` needs, one of them for its lock; far fewer than there are clients, so that none has one to itself."""

CONFIGURATION = """
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
query_wait_timeout = 600
"""


@dataclass(frozen=True)
class Pooler:
    """A running one, on a port of its own."""

    port: int

    def url_of(self, url: str) -> str:
        """Return how processes reach a database of the server through it."""
        return urlsplit(url)._replace(netloc=f"anybody@127.0.0.1:{self.port}", query="").geturl()


@contextlib.contextmanager
def pooler() -> Iterator[Pooler]:
    """Start one and end it after the block; without its program, skip the test."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("needs PgBouncer, which is not there: apt-get install pgbouncer")
    server = {name: str(value) for name, value in conninfo_to_dict(os.environ["TEST_DATABASE_URL"]).items()}
    user = _user(server)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as folder:
        ini, log = Path(folder, "pgbouncer.ini"), Path(folder, "log")
        known = {name: server[name] for name in ("host", "port", "user", "password") if server.get(name)}
        ini.write_text(CONFIGURATION.format(server=make_conninfo(**known), port=port, connections=SERVER_CONNECTIONS))
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        with (
            log.open("w") as words,
            subprocess.Popen(
                [program, str(ini)],
                stdout=words,
                stderr=words,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            ) as process,
        ):
            try:
                _wait_for(f"postgresql://anybody@127.0.0.1:{port}/{server['dbname']}", process, log)
                yield Pooler(port)
            finally:
                process.terminate()


def _user(server: Mapping[str, str]) -> pwd.struct_passwd | None:
    """Return whose rights it gets: as root it refuses to run. A server's socket may be for its owner only."""
    if os.getuid() != 0:
        return None
    host = server.get("host", "")
    owner = Path(host).stat().st_uid if host.startswith("/") else 0
    return pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not _answers(url):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
