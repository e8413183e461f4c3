"""Models whose rows cannot come back with an undo: they are named, and everything else is put back (rules 22 and 23)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import CharField, IntegerField
from django.db.models import Model as DjangoModel
from django.test import Client
from django.test.utils import isolate_apps
from django.urls import reverse
from django.utils import timezone

from apps.assistants.models import Assistant
from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, Node
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.management.presenters import restore as restore_words
from model_retirement.management.presenters import summary
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel, TeamNotice
from model_retirement.references import ForeignKeyReference, Resource, ResourcePath, registry
from model_retirement.removal import summaries
from model_retirement.removal.plan import RemovalPlan
from model_retirement.removal.restore import RestoreRefused, preview, require_restorable, restore
from model_retirement.testing.trials import plan_for
from tests.factories.assistants import AssistantFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.short_lived_tables import run_sql
from tests.unit.model_retirement.removal.removals import FreeLease, interrupted_at, plan_of, registry_of, run_of, undone

pytestmark = pytest.mark.django_db

TABLE = LlmProviderModel._meta.db_table


@pytest.fixture
def vendors(db: None) -> None:
    """The host's table of models points at a table that the engine does not know."""
    delete_all_models()
    run_sql(
        "CREATE TABLE vendor (id integer PRIMARY KEY, name varchar(9))",
        "INSERT INTO vendor VALUES (1, 'one'), (2, 'two')",
        f"ALTER TABLE {TABLE} ADD COLUMN vendor_id integer REFERENCES vendor DEFERRABLE INITIALLY DEFERRED",
    )


@pytest.fixture
def models(vendors: None) -> dict[str, LlmProviderModel]:
    made = {name: LlmProviderModelFactory.create(name=name) for name in ("one", "two", "new")}
    run_sql(
        f"UPDATE {TABLE} SET vendor_id = 1 WHERE name = 'one'", f"UPDATE {TABLE} SET vendor_id = 2 WHERE name = 'two'"
    )
    return made


def removal() -> RemovalRun:
    return run_of(plan_of(("one", "new"), ("two", "new"), active=[Model("new", 8_000)]))


def test_a_model_whose_own_target_is_gone_is_named_and_the_other_one_comes_back(models: dict[str, Any]):
    team = MembershipFactory.create(role="admin").team
    other_team = MembershipFactory.create(role="admin").team
    first = AssistantFactory.create(team=team, llm_provider_model=models["one"])
    second = AssistantFactory.create(team=other_team, llm_provider_model=models["two"])
    node = NodeFactory.create(params={FALLBACK_MODEL_IDS_KEY: [models["two"].pk, models["one"].pk]})
    run = removal()
    assert Node.objects.get(pk=node.pk).params == {FALLBACK_MODEL_IDS_KEY: [models["new"].pk]}
    run_sql("DELETE FROM vendor WHERE id = 2")

    done = undone(run)

    assert {str(model): model.obstacle for model in done.models} == {
        "openai/one": "",
        "openai/two": "missing vendor_id 2 of vendor",
    }
    assert set(LlmProviderModel.objects.values_list("name", flat=True)) == {"one", "new"}
    assert dict(Assistant.objects.values_list("pk", "llm_provider_model__name")) == {first.pk: "one", second.pk: "new"}
    assert (done.back, restore_words.as_json(done, dry_run=False)["totals"]["models"]) == (1, 1)
    two = next(model for model in done.models if model.name == "two")
    assert two.obstacles["assistants.Assistant.llm_provider_model"] == {"model": [second.pk]}
    assert list(RemovedModel.objects.filter(restored_at=None).values_list("name", flat=True)) == ["two"]
    notices = TeamNotice.objects.filter(event=TeamNotice.Event.RESTORED).values_list("team", "name")
    assert (team.pk, "one") in notices
    assert other_team.pk not in {pk for pk, _ in notices}


def test_a_column_that_the_database_itself_sets_to_null_is_null(models: dict[str, Any]):
    run_sql(
        f"ALTER TABLE {TABLE} ADD COLUMN other_id integer REFERENCES vendor ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
        f"UPDATE {TABLE} SET other_id = 2, vendor_id = 1 WHERE name <> 'new'",
    )
    run = removal()
    run_sql("DELETE FROM vendor WHERE id = 2")
    assert undone(run).not_back == []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT vendor_id, other_id FROM {TABLE} WHERE name <> 'new'")
        assert cursor.fetchall() == [(1, None)] * 2


@pytest.mark.postgresql
def test_a_key_of_several_columns_is_looked_at_as_a_whole(models: dict[str, Any]):
    run_sql(
        "CREATE TABLE place (country varchar(2), town integer, PRIMARY KEY (country, town))",
        "INSERT INTO place VALUES ('de', 1), ('de', 2), ('fr', 1)",
        f"ALTER TABLE {TABLE} ADD COLUMN country varchar(2), ADD COLUMN town integer,"
        " ADD FOREIGN KEY (country, town) REFERENCES place DEFERRABLE INITIALLY DEFERRED",
        f"UPDATE {TABLE} SET country = 'de', town = CASE name WHEN 'one' THEN 1 ELSE 2 END WHERE name <> 'new'",
    )
    run = removal()
    run_sql("DELETE FROM place WHERE country = 'de' AND town = 2")
    assert [(model.name, model.obstacle) for model in undone(run).not_back] == [
        ("two", "missing country, town de, 2 of place")
    ]


def test_the_rest_comes_back_with_the_same_command_once_nothing_is_in_the_way(models: dict[str, Any]):
    node = NodeFactory.create(
        params={MODEL_ID_KEY: models["two"].pk, FALLBACK_MODEL_IDS_KEY: [models["two"].pk, models["one"].pk]}
    )
    assistant = AssistantFactory.create(llm_provider_model=models["two"])
    before = Node.objects.get(pk=node.pk).params
    run = removal()
    run_sql("DELETE FROM vendor WHERE id = 2")
    undone(run)
    with pytest.raises(RestoreRefused, match=r"Nothing was restored.*openai/two .points at what is gone: vendor_id 2"):
        require_restorable(run_id=run.pk, using="default")
    summed = summaries.summary_of(run_id=run.pk, registry=registry, using="default")
    assert summary.next_step(summed, using="default") == (
        f"It was undone, but for openai/two: `restore_removed_models {run.pk}` says why and tries again."
    )
    run_sql("INSERT INTO vendor VALUES (2, 'two')")

    done = undone(run)

    assert [(model.name, model.obstacle) for model in done.models] == [("two", "")]
    assert done.left_alone == 0
    assert Node.objects.get(pk=node.pk).params == before
    assert Assistant.objects.get(pk=assistant.pk).llm_provider_model_id == models["two"].pk
    with pytest.raises(RestoreRefused, match="was restored on"):
        require_restorable(run_id=run.pk, using="default")
    summed = summaries.summary_of(run_id=run.pk, registry=registry, using="default")
    assert summary.next_step(summed, using="default") == "It was undone; nothing is left to do."


def test_a_second_undo_that_is_interrupted_is_finished_by_the_third(models: dict[str, Any]):
    """Rule 10: the model is back, and its references and its team's notice must follow."""
    assistant = AssistantFactory.create(llm_provider_model=models["two"])
    run = removal()
    run_sql("DELETE FROM vendor WHERE id = 2")
    undone(run)
    run_sql("INSERT INTO vendor VALUES (2, 'two')")
    with pytest.raises(KeyboardInterrupt):
        restore(run_id=run.pk, registry=registry, lease=interrupted_at(2), using="default")
    assert LlmProviderModel.objects.filter(name="two").exists()
    assert Assistant.objects.get(pk=assistant.pk).llm_provider_model_id == models["new"].pk
    summed = summaries.summary_of(run_id=run.pk, registry=registry, using="default")
    assert summary.next_step(summed, using="default") == f"`restore_removed_models {run.pk}` resumes the restore."

    done = undone(run)

    assert [(model.name, model.obstacle) for model in done.models] == [("two", "")]
    assert Assistant.objects.get(pk=assistant.pk).llm_provider_model_id == models["two"].pk
    assert TeamNotice.objects.filter(event=TeamNotice.Event.RESTORED, team=assistant.team, name="two").exists()
    with pytest.raises(RestoreRefused, match="was restored on"):
        require_restorable(run_id=run.pk, using="default")


def test_staff_see_that_a_model_is_not_back_as_long_as_it_can_be_tried_again(
    models: dict[str, Any], admin_client: Client
):
    page = reverse("admin:model_retirement_removalrun_changelist")
    run = removal()
    run_sql("DELETE FROM vendor WHERE id = 2")
    undone(run)
    assert "Partly restored" in admin_client.get(page).text
    RemovalRun.objects.update(journal_pruned_at=timezone.now())
    text = admin_client.get(page).text
    assert "Partly restored" not in text
    assert "Restored" in text


def test_nothing_is_changed_where_no_model_can_come_back(models: dict[str, Any]):
    assistant = AssistantFactory.create(llm_provider_model=models["one"])
    run = removal()
    run_sql("DELETE FROM vendor")
    for refused in (
        lambda: preview(run_id=run.pk, registry=registry, using="default"),
        lambda: restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default"),
    ):
        with pytest.raises(RestoreRefused, match=r"openai/one .* openai/two"):
            refused()
    assert Assistant.objects.get(pk=assistant.pk).llm_provider_model_id == models["new"].pk
    assert not ReferenceChange.objects.exclude(left_alone_ids=None).exists()
    run.refresh_from_db()
    assert run.restored_at is None


def test_a_key_that_another_model_has_been_given_since_is_not_taken_for_the_model(models: dict[str, Any]):
    """References would lead to a stranger's model."""
    assistant = AssistantFactory.create(llm_provider_model=models["one"])
    run = removal()
    team = TeamFactory.create()
    LlmProviderModelFactory.create(pk=models["one"].pk, name="own", team=team)
    done = undone(run)
    restored = next(model for model in done.models if model.name == "one")
    assert restored.obstacle == f"taken id by {models['one'].pk}"
    assert Assistant.objects.get(pk=assistant.pk).llm_provider_model_id == models["new"].pk
    assert LlmProviderModel.objects.get(pk=models["one"].pk).name == "own"


def test_a_row_that_somebody_has_put_back_by_hand_is_the_model(models: dict[str, Any]):
    assistant = AssistantFactory.create(llm_provider_model=models["one"])
    run = removal()
    LlmProviderModelFactory.create(pk=models["one"].pk, name="one", type="openai")
    assert not undone(run).not_back
    assert Assistant.objects.get(pk=assistant.pk).llm_provider_model_id == models["one"].pk


def test_keys_over_what_the_database_computes_are_left_to_the_database(models: dict[str, Any]):
    stored = "STORED" if connection.vendor == "postgresql" else "VIRTUAL"
    computed = f"integer GENERATED ALWAYS AS (vendor_id + 0) {stored} REFERENCES vendor DEFERRABLE INITIALLY DEFERRED"
    run_sql(
        f"ALTER TABLE {TABLE} ADD COLUMN computed {computed}",
        f"CREATE UNIQUE INDEX vendors ON {TABLE} (name, computed)",
    )
    run = removal()
    assert undone(run).not_back == []


def test_a_unique_key_of_the_hosts_that_is_taken_is_named_with_who_has_it(models: dict[str, Any]):
    run_sql(
        f"ALTER TABLE {TABLE} ADD COLUMN slug varchar(20)",
        f"CREATE UNIQUE INDEX model_slug ON {TABLE} (slug)",
        f"UPDATE {TABLE} SET slug = name",
    )
    run = removal()
    other = LlmProviderModelFactory.create(name="other")
    run_sql(f"UPDATE {TABLE} SET slug = 'one' WHERE id = {other.pk}")
    done = undone(run)
    assert [(str(model), model.obstacle) for model in done.not_back] == [("openai/one", f"taken slug by {other.pk}")]


def test_models_that_the_database_refuses_are_named_with_what_it_says(models: dict[str, Any]):
    run = removal()
    run_sql(f"CREATE UNIQUE INDEX model_odd ON {TABLE} ((CASE WHEN name = 'one' THEN 'new' ELSE name END))")
    done = restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default")
    ((name, obstacle),) = [(model.name, model.obstacle) for model in done.not_back]
    assert (name, "model_odd" in obstacle) == ("one", True)


@pytest.fixture
def pointing_models(models: dict[str, LlmProviderModel]) -> dict[str, LlmProviderModel]:
    """The models point at each other."""
    first, second = models["one"].pk, models["two"].pk
    run_sql(
        f"ALTER TABLE {TABLE} ADD COLUMN next_id bigint REFERENCES {TABLE} (id) DEFERRABLE INITIALLY DEFERRED",
        f"UPDATE {TABLE} SET next_id = CASE id WHEN {first} THEN {second} ELSE {first} END"
        f" WHERE id IN ({first}, {second})",
    )
    return models


def plan_of_both(models: dict[str, LlmProviderModel]) -> RemovalPlan:
    return plan_for({models["one"]: models["new"], models["two"]: models["new"]})


def test_models_that_point_at_each_other_come_back_together_or_not_at_all(pointing_models: dict[str, Any]):
    run = run_of(plan_of_both(pointing_models))
    run_sql("DELETE FROM vendor WHERE id = 2")
    with pytest.raises(RestoreRefused):
        preview(run_id=run.pk, registry=registry, using="default")
    run_sql("INSERT INTO vendor VALUES (2, 'two')")
    assert undone(run).not_back == []


class NextModel(ForeignKeyReference):
    """A column of the table of models that only the host's own model of that table knows."""

    @property
    def model_class(self) -> type[DjangoModel]:
        with isolate_apps("tests.sample_app"):

            class HostModel(DjangoModel):
                name = CharField(max_length=100)
                next = IntegerField(null=True, db_column="next_id")

                class Meta:
                    app_label = "sample_app"
                    db_table = TABLE
                    managed = False

                def __str__(self) -> str:
                    return str(self.pk)

        return HostModel


def test_what_was_moved_in_a_model_that_went_itself_is_put_back_and_previewed(pointing_models: dict[str, Any]):
    label = "service_providers.LlmProviderModel"
    TeamFactory.create()  # whose the models are
    own = registry_of(NextModel(label, "next", "", ResourcePath(Resource("model", label, team=""))))
    run = run_of(plan_of_both(pointing_models), registry=own)
    done = undone(run, registry=own)
    assert done.left_alone == 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, next_id FROM {TABLE} WHERE next_id IS NOT NULL ORDER BY id")
        first, second = pointing_models["one"].pk, pointing_models["two"].pk
        assert cursor.fetchall() == sorted([(first, second), (second, first)])


def test_a_model_that_went_by_another_hand_during_an_interrupted_removal_is_named(models: dict[str, Any]):
    """Its removal had not kept its row yet."""
    AssistantFactory.create(llm_provider_model=models["one"])
    run = removal()
    RemovedModel.objects.filter(name="one").update(removed_at=None, whole_row="")
    assert [model.obstacle for model in undone(run).not_back] == ["gone"]


def test_the_command_does_the_rest_and_says_in_the_end_what_is_missing(models: dict[str, Any], capsys: Any):
    AssistantFactory.create(llm_provider_model=models["two"])
    run = removal()
    run_sql("DELETE FROM vendor WHERE id = 2")
    call_command("restore_removed_models", str(run.pk), "--dry-run")
    said = capsys.readouterr().out
    assert "1 model would be restored" in said
    assert "openai/two would not come back: points at what is gone: vendor_id 2 of vendor" in said
    with pytest.raises(CommandError) as error:
        call_command("restore_removed_models", str(run.pk))
    assert str(error.value) == (
        "Not back: openai/two (points at what is gone: vendor_id 2 of vendor). Clear that away and run the same command"
        " again, which brings back the rest. All else is restored."
    )
    said = capsys.readouterr().out
    assert f"Removal {run.pk}: 1 model was restored as deprecated" in said
    assert "openai/two has not come back: points at what is gone: vendor_id 2 of vendor" in said
    assert "left alone, its model is not back" in said


def test_the_page_says_what_would_not_come_back_and_can_try_again(models: dict[str, Any], admin_client: Client):
    run = removal()
    run_sql("DELETE FROM vendor WHERE id = 2")
    page = reverse("admin:model_retirement_removalrun_restore", args=[run.pk])
    shown = " ".join(admin_client.get(page).text.split())
    assert "1 model would come back as deprecated. <strong>0 references</strong> would point at it again" in shown
    assert "No later run removes this model again" in shown
    assert "<strong>openai/two</strong> would not come back: points at what is gone: vendor_id 2 of vendor" in shown
    done = admin_client.post(page, follow=True).text
    assert "Not back: openai/two (points at what is gone: vendor_id 2 of vendor)." in done
    run_sql("INSERT INTO vendor VALUES (2, 'two')")
    again = admin_client.get(reverse("admin:model_retirement_removalrun_change", args=[run.pk])).text
    assert page in again
    admin_client.post(page, follow=True)
    assert LlmProviderModel.objects.filter(name="two").exists()
    assert page not in admin_client.get(reverse("admin:model_retirement_removalrun_change", args=[run.pk])).text
