"""Links in a table of the host's own say more than which model: that goes with them and comes back (rules 4 and 22)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.users.models import User
from model_retirement import reference_checks
from model_retirement.models import RemovalRun, TeamNotice
from model_retirement.notices.payload import Payload
from model_retirement.references import ManyToManyReference, Resource, ResourcePath
from model_retirement.references.changes import Others
from model_retirement.removal.execute import execute
from model_retirement.removal.row_history import as_change
from model_retirement.testing import assert_reference_kind
from model_retirement.testing.trials import plan_for
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.factories.users import UserFactory
from tests.sample_app.pointing import Panel, Seat, Tariff
from tests.unit.model_retirement.notices.named import named_in
from tests.unit.model_retirement.removal.removals import FreeLease, registry_of, undone

pytestmark = pytest.mark.usefixtures("pointing_tables")

MEMBERS = ManyToManyReference(
    "sample_app.Panel", "members", "team", ResourcePath(Resource("panel", "sample_app.Panel")), member="member"
)


def panel(*models: Any, **columns: Any) -> Any:
    made = Panel._base_manager.create(team=TeamFactory.create())
    for model in models:
        Seat._base_manager.create(panel=made, llm_model=model, **{"weight": "0.125", **columns})
    return made


def seats() -> list[dict[str, Any]]:
    return list(Seat._base_manager.order_by("pk").values())


def removed(replacements: dict[Any, Any]) -> RemovalRun:
    run = execute(plan=plan_for(replacements), registry=registry_of(MEMBERS), lease=FreeLease(), using="default")
    assert run is not None
    return run


@pytest.fixture
def models(db: None) -> list[Any]:
    made: list[Any] = LlmProviderModelFactory.create_batch(3)
    return made


def test_it_keeps_to_what_is_asked_of_all_kinds():
    assert_reference_kind(MEMBERS, rows=[panel, lambda model: panel(model, weight="17.5")])


def test_the_check_knows_the_key_of_the_links_and_that_they_are_deleted_and_not_cleared():
    labels = {
        message.msg.partition(" ")[0] for message in reference_checks.check_relations(registry=registry_of(MEMBERS))
    }
    assert not labels & {"sample_app.Panel.members", "sample_app.Seat.llm_model"}


def test_links_that_go_come_back_with_all_that_they_said(models: list[Any]):
    old, gone, new = models
    panel(old, gone, new, weight="2.5", tariff=Tariff._base_manager.create(name="flat"))
    before = seats()
    run = removed({old: new, gone: None})
    assert [seat["llm_model_id"] for seat in seats()] == [new.pk]
    assert undone(run, registry=registry_of(MEMBERS)).left_alone == 0
    assert seats() == before


def test_a_link_that_points_at_what_is_gone_is_named_and_others_come_back(models: list[Any]):
    gone, *_ = models
    flat = Tariff._base_manager.create(name="flat")
    lost, fine = panel(gone, tariff=flat), panel(gone, approved_by=UserFactory.create())
    run = removed({gone: None})
    flat_id = flat.pk
    flat.delete()
    User.objects.all().delete()
    done = undone(run, registry=registry_of(MEMBERS))
    (model,) = done.models
    assert model.obstacles == {MEMBERS.label: {f"missing tariff_id {flat_id} of sample_app_tariff": [lost.pk]}}
    assert [(seat["panel_id"], seat["approved_by_id"]) for seat in seats()] == [(fine.pk, None)]
    notices = {notice.team_id: Payload.read(notice.payload) for notice in TeamNotice.objects.filter(event="restored")}
    assert [named.id for named in named_in(notices[lost.team_id].moved_on)["panel"]] == [lost.pk]
    assert not named_in(notices[fine.team_id].moved_on)


def test_a_link_whose_key_another_link_has_been_given_is_named(models: list[Any]):
    gone, _, new = models
    lost, fine = panel(gone), panel(gone)
    run = removed({gone: None})
    kept: Any = run.models.get().changes.get().old_value
    key = min(kept["links"])
    panel(new, id=key)
    done = undone(run, registry=registry_of(MEMBERS))
    (model,) = done.models
    assert model.obstacles == {MEMBERS.label: {f"taken id by {key}": [lost.pk]}}
    assert {seat["panel_id"] for seat in seats() if seat["llm_model_id"] == gone.pk} == {fine.pk}


def test_a_link_that_cannot_come_back_any_more_is_refused_by_the_database_and_not_lost(models: list[Any]):
    """Its target goes after all was looked at: what is left out in silence would be told as put back."""
    gone, *_ = models
    flat = Tariff._base_manager.create(name="flat")
    panel(gone, tariff=flat)
    entry: Any = removed({gone: None}).models.get().changes.get()
    LlmProviderModelFactory.create(pk=gone.pk)
    change = as_change(entry)
    held = MEMBERS.current_values(label=MEMBERS.label, row_ids=entry.object_ids, using="default")
    values = MEMBERS.undone(change=change, held=held, others=lambda _row_id: Others())
    flat.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        MEMBERS.restore_values(change=change, held=held, values=values, using="default")
        connection.check_constraints()
