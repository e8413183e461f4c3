"""What a person reads when something breaks, and who reads it at all; with DEBUG, which is the default."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.processes import PRODUCTION, ROOT

# A server of one request. Like Django's own for development it puts the whole environment into each request.
ANSWER = """
import os, sys
from wsgiref.util import setup_testing_defaults
from config.wsgi import application

path, host, cookie = sys.argv[1:]
environ = {**os.environ, "PATH_INFO": path, "HTTP_HOST": host, "HTTP_COOKIE": cookie}
setup_testing_defaults(environ)
body = b"".join(application(environ, lambda status, headers: print(status)))
print(body.decode())
"""
PASSWORDS = ("se/cret-of-the-database", "se/cret-of-the-server")
ENVIRONMENT = {
    "DATABASE_URL": "postgres://me:se%2Fcret-of-the-database@127.0.0.1:1/platform",
    "EMAIL_URL": "smtp://me:se%2Fcret-of-the-server@127.0.0.1:1",
    "DJANGO_DEBUG": "true",
}


def answer(path: str, *, host: str = "localhost", cookie: str = "", **environment: str) -> tuple[str, str]:
    """Return status and body of a request to a process with an environment."""
    bare = {name: value for name, value in os.environ.items() if name not in PRODUCTION}
    done = subprocess.run(
        [sys.executable, "-c", ANSWER, path, host, cookie],
        cwd=ROOT,
        env=bare | ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    status, _, body = done.stdout.partition("\n")
    return status, body


def test_the_error_page_of_development_has_no_password():
    """Rule 25: neither in the settings and the environment nor in the variables of the code that failed."""
    status, body = answer("/admin/", cookie="sessionid=abcdefghijklmnopqrstuvwxyz012345")
    assert status == "500 Internal Server Error"
    assert "conn_params" in body
    assert "Request information" in body
    assert "MAIL" in body
    for password in PASSWORDS:
        for written in (password, password.replace("/", "%2F"), password.replace("se/", "")):
            assert written not in body


@pytest.mark.parametrize("debug", ["true", "false"])
@pytest.mark.parametrize("path", ["/", "/admin/", "/api/teams/acme/llm-models/", "/nowhere"])
def test_a_foreign_host_gets_one_line_and_no_page(debug, path):
    """Rule 25: with DEBUG, Django's own answer is a page of settings."""
    environment = {"DJANGO_DEBUG": debug} if debug == "true" else PRODUCTION
    status, body = answer(path, host="evil.example", **environment)
    assert (status, body) == ("400 Bad Request", "Bad Request: the site has another name.\n\n")
