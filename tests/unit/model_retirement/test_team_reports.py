"""Whom a report says it reaches: by e-mail, or by the host's own channel."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from model_retirement.management.presenters.removal import team_lines, unreachable_lines
from model_retirement.notices.team_reports import TeamReport, team_reports
from model_retirement.references import Resource
from model_retirement.references.usage import AffectedResource
from tests.factories.teams import MembershipFactory, TeamFactory

ADAPTERS = "tests.unit.model_retirement.adapters"


RESOURCE = AffectedResource(
    team_id=1,
    kind="chatbot",
    id=7,
    name="Triage",
    details=(),
    model_ids=(5,),
    resource=Resource("chatbot", "chatbots.Chatbot"),
)


def report(recipients: int) -> TeamReport:
    return TeamReport(id=1, slug="acme", name="Acme", models=("openai/a",), recipients=recipients)


@pytest.mark.parametrize(
    ("adapter", "recipients", "preview", "done"),
    [
        ("Mailing", 0, "nobody will be e-mailed", "nobody is e-mailed"),
        ("Mailing", 1, "1 admin will be e-mailed", "1 admin is e-mailed"),
        ("Mailing", 2, "2 admins will be e-mailed", "2 admins are e-mailed"),
        ("Delivering", 0, "will be told by the platform", "is told by the platform"),
        ("Delivering", 2, "2 admins will be e-mailed", "2 admins are e-mailed"),
    ],
)
def test_who_hears(settings: Settings, adapter: str, recipients: int, preview: str, done: str):
    settings.MODEL_RETIREMENT_PLATFORM = f"{ADAPTERS}.{adapter}"
    team = report(recipients)

    def said(*, dry_run: bool) -> list[str]:
        return list(team_lines([team], names={5: "openai/a"}, resources=iter([RESOURCE]), dry_run=dry_run))

    assert said(dry_run=True) == ["", f"Acme (acme): {preview}.", "  chatbot 7 Triage: openai/a"]
    assert said(dry_run=False)[1] == f"Acme (acme): {done}."


@pytest.mark.parametrize(
    ("adapter", "recipients", "reachable"),
    [("Mailing", 0, False), ("Mailing", 1, True), ("Delivering", 0, True), ("Delivering", 1, True)],
)
def test_a_team_is_listed_as_unreachable_where_neither_mail_nor_the_host_has_a_way(
    settings: Settings, adapter: str, recipients: int, reachable: bool
):
    settings.MODEL_RETIREMENT_PLATFORM = f"{ADAPTERS}.{adapter}"
    team = report(recipients)
    assert team.is_reachable is reachable
    listed = ["", "Teams without a reachable admin; tell them another way:", "  acme: openai/a"]
    assert list(unreachable_lines([team])) == ([] if reachable else listed)


@pytest.mark.django_db
def test_reports_name_the_teams_concerned_as_the_host_calls_them(settings: Settings):
    settings.MODEL_RETIREMENT_TEAM_SLUG = "pk"
    admin = MembershipFactory.create(role="admin", team__name="Acme")
    quiet = TeamFactory.create(name="Quiet")
    TeamFactory.create(name="Not concerned")
    assert team_reports({}, using="default") == ()
    reports = team_reports({admin.team_id: ["openai/a"], quiet.pk: ["openai/b"]}, using="default")
    assert [(report.id, str(report.slug), report.name, report.models, report.recipients) for report in reports] == [
        (admin.team_id, str(admin.team_id), "Acme", ("openai/a",), 1),
        (quiet.pk, str(quiet.pk), "Quiet", ("openai/b",), 0),
    ]
