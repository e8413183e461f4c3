"""Who hears for a team: its admins, if they have an address that mail can go to."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from model_retirement import answers
from model_retirement.keys import Key


def addresses(*, team_ids: list[Key], using: str) -> dict[Key, list[str]]:
    """Return the e-mail addresses of each team's reachable admins; a team that nobody can reach is missing."""
    emails: dict[Key, list[str]] = {}
    for team_id, email in _reachable(team_ids, using=using):
        emails.setdefault(team_id, []).append(email)
    return emails


def counts(*, using: str) -> dict[Key, int]:
    """Return the number of reachable admins per team; a team that nobody can reach is missing."""
    numbers: dict[Key, int] = {}
    for team_id, _ in _reachable(None, using=using):
        numbers[team_id] = numbers.get(team_id, 0) + 1
    return numbers


def _reachable(team_ids: list[Key] | None, *, using: str) -> Iterator[tuple[int, str]]:
    """Yield team id and address. One address that is none would spoil the mail for the other admins, so it is left out."""
    for team_id, email in answers.recipients(team_ids=team_ids, using=using):
        if _is_address(email):
            yield team_id, email


def _is_address(email: object) -> bool:
    if not isinstance(email, str):
        return False
    try:
        validate_email(email)
    except ValidationError:
        return False
    # Between quotes Django's validator lets control characters pass, at which a mail's header breaks.
    return email.isprintable()
