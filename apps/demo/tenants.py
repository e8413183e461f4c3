"""Believable tenants on the real catalogue, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate, pairwise

from django.conf import settings
from django.db import connection, transaction

from apps.assistants.models import Assistant
from apps.chatbots.models import Chatbot
from apps.demo import graphs, people
from apps.demo.extras import Extras
from apps.demo.stock import Stock, choose_palette, make_custom_models, make_stock
from apps.pipelines.models import Node, Pipeline
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from apps.users.models import User

UNAFFECTED = 4
"""The team, counted from 0, that uses nothing which is on its way out."""


class DemoRefusedError(Exception):
    """The demo cannot be loaded like this, or not here; nothing was written."""


@dataclass(frozen=True)
class DemoReport:
    """How many rows of each kind were made; versions and archives are counted with their kind and once more alone."""

    teams: int
    users: int
    chatbots: int
    pipelines: int
    nodes: int
    published_versions: int
    archived: int
    assistants: int
    evaluators: int
    transcript_analyses: int
    collections: int
    custom_models: int
    models_to_remove: int
    nodes_on_models_to_remove: int
    staff_email: str = people.STAFF_EMAIL
    staff_password: str = people.STAFF_PASSWORD


def load(*, teams: int, nodes: int, seed: int) -> DemoReport:
    """Create ``teams`` teams that have, versions included, ``nodes`` nodes in all, in one transaction.

    :raises DemoRefusedError: if the numbers make no sense, in production, without tables, or if it was loaded before.
    """
    _check_numbers(teams=teams, nodes=nodes)
    _check_database()
    rng = random.Random(seed)  # noqa: S311  # the point is that it can be foreseen
    with transaction.atomic():
        people.make_staff_user()
        stock = make_stock()
        made = people.make_teams(teams)
        users = people.make_members(made, rng=rng) + 1
        custom = make_custom_models(stock, teams=made, rng=rng)
        plans: list[graphs.Plan] = []
        extras = Extras()
        for position, (team, share) in enumerate(zip(made, shares(nodes, among=teams, rng=rng), strict=True)):
            palette = choose_palette(stock, rng=rng, custom=custom[team.pk], leaving=position != UNAFFECTED)
            plans += graphs.plan_team(team, nodes=share, stock=stock, palette=palette, rng=rng)
            extras.plan_team(team, nodes=share, palette=palette, rng=rng)
        graphs.write(plans)
        extras.write()
        return _count(users=users, stock=stock, extras=extras)


def _check_numbers(*, teams: int, nodes: int) -> None:
    if teams < 1:
        raise DemoRefusedError(f"--teams is {teams}: give 1 or more.")
    if nodes < teams:
        raise DemoRefusedError(f"--nodes is {nodes}, fewer than the {teams} teams: every team needs one node at least.")


def _check_database() -> None:
    if not settings.DEBUG:
        raise DemoRefusedError(
            "This is a production environment (DJANGO_DEBUG is false), and the demo makes a superuser whose password "
            "everybody knows. Load it on a developer's machine."
        )
    tables = connection.introspection.table_names()
    if LlmProviderModel._meta.db_table not in tables or not LlmProviderModel.objects.filter(team=None).exists():  # noqa: SLF001  # Django documents _meta
        raise DemoRefusedError("The database has no models yet. Run `python manage.py migrate` first.")
    if User.objects.filter(email=people.STAFF_EMAIL).exists():
        raise DemoRefusedError(
            "The demo is loaded in this database already. To load it again, start from an empty database and `migrate`."
        )


def shares(nodes: int, *, among: int, rng: random.Random) -> list[int]:
    """Return how many of ``nodes`` each of so many teams gets: unevenly, and one at least."""
    weights = [rng.uniform(0.3, 1.7) for _ in range(among)]
    spare, whole = nodes - among, sum(weights)
    bounds = [0, *(round(spare * reached / whole) for reached in accumulate(weights))]
    return [1 + end - start for start, end in pairwise(bounds)]


def _count(*, users: int, stock: Stock, extras: Extras) -> DemoReport:
    versioned = (Chatbot, Pipeline, Assistant)
    return DemoReport(
        teams=Team.objects.count(),
        users=users,
        chatbots=Chatbot.all_objects.count(),
        pipelines=Pipeline.all_objects.count(),
        nodes=Node.objects.count(),
        published_versions=sum(kind.all_objects.exclude(working_version=None).count() for kind in versioned),
        archived=sum(kind.all_objects.filter(is_archived=True).count() for kind in versioned),
        assistants=Assistant.all_objects.count(),
        evaluators=len(extras.evaluators),
        transcript_analyses=len(extras.analyses),
        collections=len(extras.collections),
        custom_models=LlmProviderModel.objects.exclude(team=None).count(),
        models_to_remove=len(stock.to_remove),
        nodes_on_models_to_remove=Node.objects.filter(
            llm_provider_model_ref__in=[model.pk for model in stock.to_remove]
        ).count(),
    )
