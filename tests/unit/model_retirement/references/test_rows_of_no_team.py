"""Rows that belong to no team, in a table in which others do, are moved like any others, and nobody is told (rule 4)."""

from __future__ import annotations

from typing import Any

import pytest

from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Team
from model_retirement import usage
from model_retirement.models import TeamNotice
from model_retirement.references import JsonIdReference, Resource, ResourcePath
from model_retirement.references.odd_rows import names_of
from model_retirement.references.places import WhereUsed
from model_retirement.references.team_usage import by_team
from model_retirement.references.usage import pointing_now, stream_resources
from model_retirement.removal import report
from model_retirement.removal.execute import execute
from model_retirement.removal.restore import restore
from model_retirement.testing import assert_reference_kind
from model_retirement.testing.trials import plan_for
from tests.factories.service_providers import LlmProviderModelFactory
from tests.sample_app.pointing import Template
from tests.unit.model_retirement.removal.removals import FreeLease, registry_of

pytestmark = pytest.mark.usefixtures("pointing_tables")

PATH = ResourcePath(Resource("template", "sample_app.Template"))
TEMPLATES = JsonIdReference("sample_app.Template", "data", "team", PATH, key="model_id")
REGISTRY = registry_of(TEMPLATES)


def template(model: Any, *, of_team: bool, name: str = "Something") -> Any:
    team = Team.objects.get_or_create(slug="acme", name="Acme")[0] if of_team else None
    return Template._base_manager.create(data={"model_id": model.pk}, team=team, name=name)


def models() -> set[Any]:
    return set(Template._base_manager.values_list("data__model_id", flat=True))


@pytest.fixture
def used(pointing_tables: None) -> LlmProviderModel:
    """A model that a team's template and one of everybody's use."""
    model = LlmProviderModelFactory.create(name="used")
    template(model, of_team=False, name="Everybody's")
    template(model, of_team=True, name="Acme's")
    return model


def test_they_are_found_moved_and_brought_back():
    assert_reference_kind(
        TEMPLATES,
        rows=[lambda llm: template(llm, of_team=False), lambda llm: template(llm, of_team=True)],
    )


def test_a_removal_moves_them_and_tells_the_team_of_its_own_alone(used: LlmProviderModel):
    new = LlmProviderModelFactory.create(name="new")
    planned = plan_for({used: new})
    run: Any = execute(plan=planned, registry=REGISTRY, lease=FreeLease(), using="default")
    assert models() == {new.pk}
    (notice,) = TeamNotice.objects.all()
    assert (notice.team.slug, str(notice.payload).count("Everybody's")) == ("acme", 0)
    restore(run_id=run.pk, registry=REGISTRY, lease=FreeLease(), using="default")
    assert models() == {used.pk}


def test_the_preview_says_how_many_there_are(used: LlmProviderModel):
    preview = report.preview(plan=plan_for({used: None}), registry=REGISTRY, using="default")
    texts = [remark.text for remark in preview.remarks]
    said = "to no team. What is done with the others is done there too, and nobody is told."
    assert f"1 row belongs {said}" in texts
    template(used, of_team=False)
    preview = report.preview(plan=plan_for({used: None}), registry=REGISTRY, using="default")
    assert f"2 rows belong {said}" in [remark.text for remark in preview.remarks]
    assert [team.slug for team in preview.teams] == ["acme"]
    assert [resource.name for resource in preview.resources(registry=REGISTRY, using="default")] == ["Acme's"]


def test_lists_of_use_have_them(used: LlmProviderModel):
    """Rule 18: every reference that the engine knows is shown."""
    lines = usage.report(registry=REGISTRY, using="default", in_use=True)
    assert [(line.team, line.references) for line in lines] == [
        ("", {TEMPLATES.label: 1}),
        ("acme", {TEMPLATES.label: 1}),
    ]
    of_all = by_team(registry=REGISTRY, model_ids=[used.pk], using="default")
    assert [line.team_id is None for line in of_all] == [False, True]
    places = WhereUsed(registry=REGISTRY, model_id=used.pk, using="default")
    shown = sorted((place.team_slug, place.name) for place in places[0:9])
    assert (places.count(), shown) == (2, [("", "Everybody's"), ("acme", "Acme's")])


def test_messages_before_a_retirement_leave_them_out(used: LlmProviderModel):
    pairs = pointing_now(model_ids=[used.pk], using="default")
    resources = stream_resources(registry=REGISTRY, pairs=pairs, using="default", in_use_only=True)
    assert [resource.name for resource in resources] == ["Acme's"]


def test_a_row_of_no_team_is_named_without_one(used: LlmProviderModel):
    row = Template._base_manager.get(team=None)
    assert names_of(TEMPLATES, [row.pk], using="default")[row.pk].team == ""
