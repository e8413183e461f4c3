"""``manage.py`` many times without paying for its start each time.

A server imports the project once and forks for each command line, so every run is a process of its own, with its own
connection to the database, its own standard streams and its own exit status.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import IO, Any, NoReturn

from tests.processes import SECONDS, ProcessDatabase


@dataclass(frozen=True)
class ForkServer:
    """The client's side of a running server."""

    process: subprocess.Popen[str]

    def manage(self, *command: str, prelude: str = "") -> subprocess.CompletedProcess[str]:
        """Run ``manage.py COMMAND`` to its end.

        :param prelude: Python code that the process runs first
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"command": command, "prelude": prelude}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the server has died; its error is above"
        answer = json.loads(line)
        return subprocess.CompletedProcess(command, answer["returncode"], answer["stdout"], answer["stderr"])


@contextlib.contextmanager
def fork_server(database: ProcessDatabase) -> Iterator[ForkServer]:
    """Start a server whose processes work on the database, and end it after the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.forks"],
        cwd=database.root,
        env=database.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield ForkServer(process)
        finally:
            process.communicate(timeout=SECONDS)


def _serve() -> None:
    import django
    from django.core import management

    django.setup()
    for name, app in management.get_commands().items():
        if str(app).startswith("apps."):
            import_module(f"{app}.management.commands.{name}")
    for line in sys.stdin:
        job = json.loads(line)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            pid = os.fork()
            if pid == 0:
                _run(job, out=out, err=err)
            _, status = os.waitpid(pid, 0)
            answer = {
                "returncode": os.waitstatus_to_exitcode(status),
                "stdout": _read(out),
                "stderr": _read(err),
            }
        print(json.dumps(answer), flush=True)  # noqa: T201  # this is the protocol


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def _run(job: dict[str, Any], *, out: IO[bytes], err: IO[bytes]) -> NoReturn:
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    sys.argv = ["manage.py", *job["command"]]
    returncode = 0
    try:
        exec(job["prelude"], {})
        runpy.run_path("manage.py", run_name="__main__")
    except SystemExit as end:
        returncode = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)  # noqa: T201  # as the interpreter does
    except BaseException:  # noqa: BLE001  # the interpreter prints whatever ends a program
        traceback.print_exc()
        returncode = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(returncode)


if __name__ == "__main__":
    _serve()
