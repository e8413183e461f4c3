"""What the environment must say, what it must not say, and the one line that is told where it does not make sense."""

from __future__ import annotations

import contextlib
import ipaddress
import sys
from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import dj_email_url
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from environs import EnvError

DEVELOPMENT_KEY = "development-only-" + "x" * 50

NEEDED_IN_PRODUCTION = {
    "DJANGO_SECRET_KEY": "a random text of 50 characters or more",
    "DJANGO_ALLOWED_HOSTS": "the host names that the site answers to, such as platform.example.com",
    "DATABASE_URL": "the database, such as postgres://user:password@host:5432/name",
    "EMAIL_URL": "the mail server, such as submission://user:password@host",
    "SITE_URL": "where the links in e-mails lead, such as https://platform.example.com",
}

# Django's own measure of a secret, its check security.W009.
KEY_LENGTH = 50
KEY_CHARACTERS = 5
NO_SECRETS = ("django-insecure-", "development-only-")

MAIL_OPTIONS = {"ssl", "tls", "timeout"}


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """End the process with one line, exit status 1, if what runs within finds the environment wrong.

    :raises SystemExit: in place of an :class:`EnvError`
    """
    try:
        yield
    except EnvError as error:
        sys.exit(f"{str(error).rstrip('.')}. See docs/operations.md for what it takes.")


def invalid(variable: str, complaint: str) -> EnvError:
    """Return the error about a value that makes no sense. The value is not in it: it may hold a password."""
    return EnvError(f'Environment variable "{variable}" invalid: {complaint}')


def check_complete(environment: Mapping[str, str]) -> None:
    """Check that everything is set that has no default in production.

    :raises EnvError: it names every variable that is missing, and what to set it to
    """
    missing = [name for name in NEEDED_IN_PRODUCTION if name not in environment]
    if missing:
        first, *others = missing
        nor = f" (nor {', '.join(others)})" if others else ""
        raise EnvError(
            f'Environment variable "{first}" not set{nor}. Production (DJANGO_DEBUG=false) needs it: set it to'
            f" {NEEDED_IN_PRODUCTION[first]}."
        )


def check_secret_key(key: str) -> None:
    """Check that a secret key is a secret.

    :raises EnvError: if it is empty, short, of few characters, or one that comes with a project
    """
    if not key:
        raise invalid("DJANGO_SECRET_KEY", "Must not be empty.")
    if len(key) < KEY_LENGTH or len(set(key)) < KEY_CHARACTERS or key.startswith(NO_SECRETS):
        raise invalid(
            "DJANGO_SECRET_KEY",
            f"Must be a random text of {KEY_LENGTH} characters or more, not one that comes with a project. Make one with"
            ' `python -c "import secrets; print(secrets.token_urlsafe(64))"`.',
        )


def check_password_is_encoded(variable: str, url: str) -> None:
    """Check that no part of a password has been read as something else, which would then be told in errors.

    :raises EnvError: if the user's part of the URL ends too early
    """
    parts = _split(variable, url)
    options = "".join(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "file" and ("@" in f"{parts.path}{options}" or parts.fragment):
        raise invalid(variable, "Must have /, ?, #, [ and ] in the password percent-encoded, such as %2F for /.")


def site_url(value: str, *, production: bool) -> str:
    """Return the address of the site, without a slash at its end.

    :raises EnvError: if it is no address, or one that leads nobody to the site
    """
    parts = _split("SITE_URL", value)
    if parts.scheme not in {"http", "https"}:
        raise invalid("SITE_URL", "Must start with http:// or https://.")
    if not parts.hostname or "@" in value or parts.query or parts.fragment or not _is_plain(value):
        raise invalid("SITE_URL", "Must be http:// or https:// and a host name, with a port or a path at most.")
    if production and (parts.scheme != "https" or _is_this_machine(parts.hostname)):
        raise invalid(
            "SITE_URL", "Must start with https:// and name the host that people reach, such as platform.example.com."
        )
    return value.rstrip("/")


def sender(value: str, *, production: bool) -> str:
    """Return the sender of e-mails.

    :raises EnvError: if nobody could answer it
    """
    address = parseaddr(value)[1]
    try:
        validate_email(address)
    except ValidationError:
        address = ""
    if not address or not value.isprintable():
        raise invalid("DEFAULT_FROM_EMAIL", "Must be an e-mail address, such as platform@example.com.")
    if production and _is_this_machine(address.rpartition("@")[2]):
        raise invalid("DEFAULT_FROM_EMAIL", "Must be an address of the site's own domain, not of localhost.")
    return value


def mail_settings(url: str, *, production: bool) -> dict[str, Any]:
    """Return Django's settings of mail, ``EMAIL_BACKEND`` and so on, for ``EMAIL_URL``.

    ``smtps`` is TLS from the first byte; the path of ``file`` is the folder as it is written, below the current one
    without a slash at its beginning.

    :raises EnvError: if mail would not go where the URL says or, in production, would not leave the machine
    """
    parts = _split("EMAIL_URL", url)
    check_password_is_encoded("EMAIL_URL", url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    is_tls_from_the_start = parts.scheme == "smtps"
    if set(options) - MAIL_OPTIONS or (is_tls_from_the_start and set(options) - {"timeout"}):
        raise invalid("EMAIL_URL", "Must have no options but timeout, ssl and tls; with smtps:// none but timeout.")
    try:
        # What the parser makes of smtps is STARTTLS.
        made: dict[str, Any] = dj_email_url.parse(
            parts._replace(scheme="smtp").geturl() if is_tls_from_the_start else url
        )
    except ValueError:
        made = {}
    if "EMAIL_BACKEND" not in made:
        raise invalid("EMAIL_URL", "Not a valid email URL.")
    # Without a limit one stuck mail server would hold a removal's process for ever.
    made["EMAIL_TIMEOUT"] = 30 if made["EMAIL_TIMEOUT"] is None else made["EMAIL_TIMEOUT"]
    if made["EMAIL_TIMEOUT"] <= 0:
        raise invalid("EMAIL_URL", "Must have a timeout greater than 0.")
    if production and ".smtp." not in made["EMAIL_BACKEND"]:
        raise invalid("EMAIL_URL", "Must be a mail server in production, such as submission://user:password@host.")
    if is_tls_from_the_start:
        made |= {"EMAIL_USE_SSL": True, "EMAIL_PORT": parts.port or 465}
    if parts.scheme == "file":
        made["EMAIL_FILE_PATH"] = _folder(parts.netloc, parts.path)
    return made


def _folder(host: str, path: str) -> str:
    if host or not path.strip("/"):
        raise invalid(
            "EMAIL_URL",
            "Must be file:// and the path of a folder, such as file:///srv/mail, or file:var/mail below this one.",
        )
    folder = unquote(path)
    return f"/{folder.lstrip('/')}" if folder.startswith("/") else str(Path.cwd() / folder)


def _split(variable: str, url: str) -> Any:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it checks it
    except ValueError:
        raise invalid(variable, "Not a valid URL.") from None
    return parts


def _is_plain(value: str) -> bool:
    return value.isprintable() and " " not in value


def _is_this_machine(host: str) -> bool:
    host = host.rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".localdomain"))
    return address.is_loopback or address.is_unspecified
