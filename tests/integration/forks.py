"""``manage.py`` many times without paying for its start each time.

A server imports the project once and forks for each command line, so every run is a process of its own, with its own
connection to the database, its own standard streams and its own exit status.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
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
        return self.manage_at_once([command], prelude=prelude)[0]

    def manage_at_once(
        self, commands: Sequence[Sequence[str]], *, prelude: str = ""
    ) -> list[subprocess.CompletedProcess[str]]:
        """Run ``manage.py`` once for each command, all of them let loose at the same moment, to the end of the last.

        :param prelude: Python code that each process runs first, before that moment
        """
        answers = self._ask(commands=commands, prelude=prelude)
        return [
            subprocess.CompletedProcess(command, answer["returncode"], answer["stdout"], answer["stderr"])
            for command, answer in zip(commands, answers, strict=True)
        ]

    def prepare(self, code: str) -> None:
        """Run Python code in the server itself: what it imports, compiles and changes, later processes find done.

        :param code: it must leave no connection open, and print nothing
        """
        self._ask(code=code)

    def _ask(self, **job: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the server has died; its error is above"
        return json.loads(line)


@contextlib.contextmanager
def fork_server(database: ProcessDatabase) -> Iterator[ForkServer]:
    """Start a server whose processes work on the database, and end it after the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.forks"],
        cwd=database.root,
        # Its children end without a word, so what coverage would slow down here it would not report either.
        env={name: value for name, value in database.env.items() if not name.startswith("COVERAGE_PROCESS")},
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
    gc.freeze()  # so that a child's collections leave the memory that it shares with its parent alone
    for line in sys.stdin:
        job = json.loads(line)
        if "code" in job:
            exec(job["code"], {})
            answers = []
        else:
            answers = _run_all(job["commands"], prelude=job["prelude"])
        print(json.dumps(answers), flush=True)  # noqa: T201  # this is the protocol


def _run_all(commands: list[list[str]], *, prelude: str) -> list[dict[str, Any]]:
    start, gate = os.pipe()
    with contextlib.ExitStack() as files:
        children = []
        for command in commands:
            out, err = (files.enter_context(tempfile.TemporaryFile()) for _ in range(2))
            pid = os.fork()
            if pid == 0:
                os.close(gate)
                _run(command, prelude=prelude, start=start, out=out, err=err)
            children.append((pid, out, err))
        os.close(start)
        os.close(gate)  # the last one of those who could write: whoever reads from it now goes on
        return [
            {
                "returncode": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]),
                "stdout": _read(out),
                "stderr": _read(err),
            }
            for pid, out, err in children
        ]


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def _run(command: list[str], *, prelude: str, start: int, out: IO[bytes], err: IO[bytes]) -> NoReturn:
    signal.alarm(SECONDS)  # a process that hangs is killed
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    sys.argv = ["manage.py", *command]
    returncode = 0
    try:
        exec(prelude, {})
        os.read(start, 1)
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
