"""``manage.py`` without most of the time that its start takes: a process forks for each run, with the libraries imported.

What is imported beforehand are libraries only. A run imports the project as any start does: from its own folder, with its
own environment. It is a process of its own, with its own streams, its own exit status and its own last words to coverage.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

LONGEST_JOB = 1_000_000
SECONDS = 600
"""What may take that long hangs. No test waits for it to pass, so it says nothing of how quick anything is."""

LIBRARIES = (
    "dj_database_url",
    "dj_email_url",
    "django.contrib.admin.apps",
    "django.contrib.admin.helpers",
    "django.contrib.admin.views.main",
    "django.contrib.auth.hashers",
    "django.contrib.staticfiles.finders",
    "django.core.mail.backends.filebased",
    "django.core.mail.backends.smtp",
    "django.core.management.commands.migrate",
    "django.core.management.commands.shell",
    "django.core.servers.basehttp",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.executor",
    "django.template.backends.django",
    "django.template.loader_tags",
    "django.test.utils",
    "django.urls",
    "django.views.generic",
    "django_linear_migrations.management.commands.makemigrations",
    "django_rich.management",
    "environs",
    "marshmallow.validate",
    "pydantic._internal._generate_schema",
    "pydantic.fields",
    "pydantic.json_schema",
    "pydantic.main",
    "pydantic.type_adapter",
    "pythonjsonlogger.json",
    "rich.progress",
    "rich.table",
)


class WarmProcess:
    """One run, with what is needed of ``subprocess.Popen``."""

    def __init__(self, command: Sequence[str], *, answers: socket.socket, out: IO[bytes], err: IO[bytes]) -> None:
        self.args = list(command)
        self.returncode: int | None = None
        self._answers = answers
        self._written = "", ""
        self._out, self._err = out, err
        self.pid = self._next_answer(timeout=SECONDS)

    def poll(self) -> int | None:
        """Return the exit status, or None while the process runs."""
        if self.returncode is None and select.select([self._answers], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float = SECONDS) -> int:
        """Wait for the end and return the exit status.

        :raises TimeoutError: if it does not end in time
        """
        if self.returncode is None:
            self.returncode = self._next_answer(timeout=timeout)
            self._answers.close()
            self._written = _read(self._out), _read(self._err)
        return self.returncode

    def communicate(self, timeout: float = SECONDS) -> tuple[str, str]:
        """Wait for the end and return what was written to standard output and to standard error."""
        self.wait(timeout)
        return self._written

    def standard_error(self) -> str:
        """Return what has been written to standard error so far, by a process that runs."""
        return os.pread(self._err.fileno(), os.fstat(self._err.fileno()).st_size, 0).decode()

    def send_signal(self, signum: int) -> None:
        """Send a signal to a process that runs."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _next_answer(self, *, timeout: float) -> int:
        self._answers.settimeout(timeout)
        answer = self._answers.recv(100)
        assert answer, "the process that forks has died; its error is above"
        return int(answer)


class WarmProcesses:
    """The client's side of the process that forks."""

    def __init__(self) -> None:
        self._jobs, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # It ends when the other end of its standard input is closed, so with this process at the latest.
        self._process = subprocess.Popen([sys.executable, __file__], stdin=theirs.fileno())
        theirs.close()

    def start(self, command: Sequence[str], *, folder: Path, env: Mapping[str, str]) -> WarmProcess:
        """Start ``manage.py COMMAND`` in a project's folder.

        :param env: the whole environment
        """
        job = json.dumps({"command": command, "folder": str(folder), "env": dict(env)}).encode()
        assert len(job) < LONGEST_JOB
        answers, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        out, err = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115  # closed when the process has ended
        with theirs:
            socket.send_fds(self._jobs, [job], [out.fileno(), err.fileno(), theirs.fileno()])
        return WarmProcess(command, answers=answers, out=out, err=err)

    def close(self) -> None:
        """End the process that forks."""
        self._jobs.close()
        self._process.wait(SECONDS)


@functools.cache
def processes() -> WarmProcesses:
    """Return the one of this test run."""
    made = WarmProcesses()
    atexit.register(made.close)
    return made


def _read(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read().decode()


def _serve() -> dict[str, Any] | None:
    """Fork for each job; return the job in the process that is to do it, and nothing when there will be no more."""
    jobs = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait
    while True:
        job, descriptors, _, _ = socket.recv_fds(jobs, LONGEST_JOB, 3)
        if not job:
            return None
        if os.fork() == 0:
            jobs.close()
            return _fork_and_wait(json.loads(job), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _fork_and_wait(job: dict[str, Any], out: int, err: int, answers: int) -> dict[str, Any]:
    """Fork once more: one process does the job, the other one tells how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        os.write(answers, str(pid).encode())
        _, status = os.waitpid(pid, 0)
        with contextlib.suppress(BrokenPipeError):
            os.write(answers, str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    os.close(answers)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return job


def _run(job: dict[str, Any]) -> None:
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["env"])
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:1] = [job["folder"], *paths]
    sys.argv = ["manage.py", *job["command"]]
    runpy.run_path("manage.py", run_name="__main__")


if __name__ == "__main__":
    for library in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(library)
    # A run's garbage collector shall not go through all that, which would copy its memory page by page.
    gc.collect()
    gc.freeze()
    if (mine := _serve()) is not None:
        _run(mine)
