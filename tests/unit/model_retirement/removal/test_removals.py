"""Removals in the admin: list, page, journal and restore."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.assistants.models import Assistant
from apps.evaluations.models import Evaluator
from apps.pipelines.models import Node
from apps.service_providers.models import LlmProviderModel
from apps.teams.models import Membership
from model_retirement import history
from model_retirement.admin.journal_pages import ROWS_SHOWN
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.lifecycle import utc_today
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import ReferenceChange, RemovalRun, RemovedModel, TeamNotice
from model_retirement.notices import outbox
from model_retirement.removal import overview
from model_retirement.removal_records import MIGRATION_NAME
from tests.factories.assistants import AssistantFactory
from tests.factories.evaluations import EvaluatorFactory, TranscriptAnalysisFactory
from tests.factories.pipelines import NodeFactory
from tests.factories.service_providers import LlmProviderModelFactory, RemovalRunFactory
from tests.factories.teams import MembershipFactory, TeamFactory
from tests.factories.users import UserFactory
from tests.unit.model_retirement.removal.removals import plan_of, run_of

pytestmark = pytest.mark.django_db

LIST = "admin:model_retirement_removalrun_changelist"
PAGE = "admin:model_retirement_removalrun_change"
MODEL = "admin:service_providers_llmprovidermodel_change"


@pytest.fixture
def run() -> RemovalRun:
    """Twelve assistants and a node went to another model, a jury lost one; three teams, one of which nobody can reach."""
    old, cleared = LlmProviderModelFactory.create(name="old"), LlmProviderModelFactory.create(name="cleared")
    LlmProviderModelFactory.create(name="new")
    for slug in ("acme", "beta"):
        team = MembershipFactory.create(team=TeamFactory.create(slug=slug, name=slug), role=Membership.Role.ADMIN).team
        AssistantFactory.create_batch(6, team=team, llm_provider_model=old)
    params = {"llm_provider_model_id": old.pk, "llm_model_parameters": {"odd": "x" * 300}}
    NodeFactory.create(params=params)
    EvaluatorFactory.create(llm_provider_model=None, jury_models=[cleared, old])
    done = run_of(plan_of(("old", "new"), "cleared", active=[Model("new", 8192)]))
    outbox.create_messages(using="default")
    return done


def open_page(client: Client, page: str, run: RemovalRun, *args: int, **query: Any) -> Any:
    return client.get(reverse(f"admin:model_retirement_removalrun_{page}", args=[run.pk, *args]), query)


def test_a_model_that_was_removed_leads_to_its_latest_removal(admin_client: Client, run: RemovalRun):
    removed = run.models.get(name="old")
    RemovedModel.objects.filter(pk=removed.pk).update(restored_at=timezone.now())
    again = RemovalRunFactory.create()
    unfinished = RemovalRunFactory.create(finished_at=None)
    for later, at in ((again, timezone.now()), (unfinished, None)):
        RemovedModel.objects.create(
            run=later,
            model_id=removed.model_id,
            provider="openai",
            name="old",
            max_token_limit=1,
            removed_at=at,
        )
    response = admin_client.get(reverse(MODEL, args=[removed.model_id]), follow=True)
    assert response.redirect_chain == [(reverse(PAGE, args=[again.pk]), 302)]
    assert "The model openai/old was removed; this is its removal." in response.text


@pytest.mark.parametrize("object_id", ["0", "abc", "_5F"])
def test_a_model_that_never_was_leads_to_the_front_page(admin_client: Client, run: RemovalRun, object_id: str):
    path = reverse(MODEL, args=[1]).replace("/1/", f"/{object_id}/")
    assert admin_client.get(path)["Location"] == reverse("admin:index")


@pytest.mark.parametrize(
    ("permissions", "status"),
    [
        (["view_llmprovidermodel", "view_removalrun"], 302),
        (["view_llmprovidermodel"], 302),
        (["view_removalrun"], 403),
    ],
)
def test_a_removal_is_shown_in_a_model_s_place_to_those_who_may_see_both(
    client: Client, run: RemovalRun, permissions: list[str], status: int
):
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    response = client.get(reverse(MODEL, args=[run.models.get(name="old").model_id]))
    assert response.status_code == status
    if status == 302:
        expected = reverse(PAGE, args=[run.pk]) if len(permissions) == 2 else reverse("admin:index")
        assert response["Location"] == expected


def test_a_model_that_is_back_is_linked_from_its_removal_and_its_notices(admin_client: Client, run: RemovalRun):
    removed = run.models.get(name="old")
    notice = TeamNotice.objects.filter(name="old")[0]
    pages = [reverse(PAGE, args=[run.pk]), reverse("admin:model_retirement_teamnotice_change", args=[notice.pk])]
    link = f'<a href="{reverse(MODEL, args=[removed.model_id])}">openai/old</a>'
    for page in pages:
        text = admin_client.get(page).text
        assert "openai/old" in text
        assert link not in text
    LlmProviderModelFactory.create(pk=removed.model_id, name="old")
    for page in pages:
        assert link in admin_client.get(page).text
    opened = admin_client.get(reverse(MODEL, args=[removed.model_id]))
    assert opened.status_code == 200


def words(response: Any) -> str:
    return " ".join(response.text.split())


def test_the_list_tells_state_and_size(admin_client: Client, run: RemovalRun):
    started = timezone.now() - dt.timedelta(minutes=2)
    RemovalRun.objects.filter(pk=run.pk).update(started_at=started, finished_at=started + dt.timedelta(seconds=3))
    text = admin_client.get(reverse(LIST)).text
    assert '<span class="badge good">Finished</span>' in text
    for column, shown in {
        "took": "3.0 s",
        "models": "openai/cleared, openai/old",
        "references": "15",
        "teams": "4",
    }.items():
        assert f'<td class="field-{column}">{shown}</td>' in text


def test_the_list_names_some_models_and_counts_the_others(admin_client: Client):
    run = RemovalRunFactory.create()
    for number in range(5):
        RemovedModel.objects.create(
            run=run,
            model_id=number,
            provider="openai",
            name=f"old-{number}",
            max_token_limit=1,
        )
    text = admin_client.get(reverse(LIST)).text
    assert '<td class="field-models">openai/old-0, openai/old-1, openai/old-2 and 2 more</td>' in text


def test_of_a_pruned_removal_is_shown_what_is_known_and_no_restore_is_offered(admin_client: Client, run: RemovalRun):
    """What its journal told is not shown as nothing."""
    restore = reverse("admin:model_retirement_removalrun_restore", args=[run.pk])
    assert f'href="{restore}"' in open_page(admin_client, "change", run).text
    long_ago = timezone.now() - dt.timedelta(days=100)
    RemovalRun.objects.filter(pk=run.pk).update(started_at=long_ago, finished_at=long_ago)
    assert history.prune(days=90, using="default").runs == (run.pk,)
    assert '<td class="field-references">pruned</td>' in admin_client.get(reverse(LIST)).text
    page = open_page(admin_client, "change", run)
    assert "The journal was pruned on" in words(page)
    assert f'href="{restore}"' not in page.text
    assert 'data-label="References"' not in page.text
    assert "Teams (4)" in page.text
    assert "6 assistants" in page.text
    assert "The journal was pruned on" in words(open_page(admin_client, "journal", run))
    assert f"The journal of removal {run.pk} was pruned on" in words(admin_client.get(restore))
    assert f"The journal of removal {run.pk} was pruned on" in words(admin_client.post(restore, follow=True))
    assert not LlmProviderModel.objects.filter(name="old").exists()


def test_the_page_tells_when_the_provider_switches_a_model_off(admin_client: Client, run: RemovalRun):
    run.models.filter(name="old").update(retires_on=utc_today() + dt.timedelta(days=5))
    assert "retires in 5 days, on" in words(open_page(admin_client, "change", run))


@pytest.mark.parametrize(
    ("state", "number"), [("finished", 1), ("restored", 1), ("unfinished", 1), ("nonsense", 3), ("", 3)]
)
def test_states_can_be_chosen(admin_client: Client, state: str, number: int):
    RemovalRunFactory.create()
    RemovalRunFactory.create(restored_at=timezone.now())
    RemovalRunFactory.create(finished_at=None)
    assert admin_client.get(reverse(LIST), {"state": state}).context["cl"].result_count == number


def test_a_removal_that_runs_is_told_from_one_that_was_interrupted(admin_client: Client):
    run = RemovalRunFactory.create(finished_at=None)
    RemovedModel.objects.create(run=run, model_id=1, provider="openai", name="old", max_token_limit=1)
    page = words(open_page(admin_client, "change", run))
    assert '<span class="badge bad">Interrupted</span>' in page
    assert "Not removed yet" in page
    assert "No e-mail was written." in page
    assert "No team used any of these models." in page
    CustomMigration.objects.update_or_create(
        name=MIGRATION_NAME, defaults={"lease_expires_at": timezone.now() + dt.timedelta(hours=1)}
    )
    assert '<span class="badge busy">Running</span>' in words(open_page(admin_client, "change", run))


def test_the_page_tells_models_settings_mails_and_teams(admin_client: Client, run: RemovalRun):
    text = words(open_page(admin_client, "change", run))
    assert ">new</a>" in text
    assert "nothing, cleared" in text
    assert "odd is dropped" in text
    assert "2 queued</a>" in text
    assert "2 teams have notices that are in no e-mail yet" in text
    assert "Teams (4)" in text
    assert "6 assistants" in text
    assert '<a href="/admin/model_retirement/teammessage/' in text
    listed = f"{reverse('admin:model_retirement_teammessage_changelist')}?run__id__exact={run.pk}"
    assert f"{listed}&amp;status__exact=queued" in text
    assert admin_client.get(listed).context["cl"].result_count == 2


def test_a_replacement_that_is_gone_has_no_link(admin_client: Client, run: RemovalRun):
    Assistant.all_objects.all().delete()
    Node.objects.all().delete()
    Evaluator.objects.all().delete()
    LlmProviderModel.objects.filter(name="new")._raw_delete("default")
    text = words(open_page(admin_client, "change", run))
    assert ">new</td>" in text.replace("> new <", ">new<")


def test_what_used_several_removed_models_counts_once(admin_client: Client):
    models = [LlmProviderModelFactory.create(name=name) for name in ("first", "second")]
    team = TeamFactory.create(name="acme")
    for first, second in (models, models[::-1]):
        TranscriptAnalysisFactory.create(team=team, llm_provider_model=first, translation_llm_provider_model=second)
        AssistantFactory.create_batch(20, team=team, llm_provider_model=first)
    AssistantFactory.create_batch(10, team=team, llm_provider_model=models[0])
    done = run_of(plan_of("first", "second"))
    # Of thirty assistants on one model the notice names 25, so nobody can say any more which of them count twice.
    assert "at least 45 assistants, 2 transcript analyses" in words(open_page(admin_client, "change", done))


def test_teams_of_a_large_removal_come_page_by_page(admin_client: Client, run: RemovalRun):
    notice = run.notices.all()[0]
    for team in TeamFactory.create_batch(30):
        notice.pk, notice.team = None, team
        notice.save()
    assert "Page 1 of 2" in words(open_page(admin_client, "change", run))
    assert "Page 2 of 2" in words(open_page(admin_client, "change", run, p=2))


def test_the_journal_can_be_narrowed(admin_client: Client, run: RemovalRun):
    def shown(**query: Any) -> list[ReferenceChange]:
        return [entry["change"] for entry in open_page(admin_client, "journal", run, **query).context["entries"]]

    everything = shown()
    assert len(everything) == 5
    old = run.models.get(name="old")
    assert {change.removed_model for change in shown(model=old.pk)} == {old}
    assert [change.object_count for change in shown(reference="assistants.Assistant.llm_provider_model")] == [12]
    node = Node.objects.get()
    references = {change.reference for change in shown(object=node.pk, model=old.pk)}
    assert "pipelines.Node.params.llm_provider_model_id" in references
    for nothing in ({"object": "x"}, {"object": "-9" * 30}, {"object": "9" * 30}, {"model": "x"}, {"reference": "x"}):
        assert shown(**nothing) == []
    assert "No entry of the journal matches" in words(open_page(admin_client, "journal", run, model="x"))
    assert shown(object=" ") == everything


def test_an_entry_shows_some_rows_and_its_page_all_of_them(admin_client: Client, run: RemovalRun):
    entry = run_change("assistants.Assistant.llm_provider_model")
    text = words(open_page(admin_client, "journal", run))
    assert f"and {12 - ROWS_SHOWN} more</a>" in text
    page = open_page(admin_client, "entry", run, entry.pk)
    assert page.text.count("/admin/assistants/assistant/") >= 12
    assert "x" * 300 not in text
    assert (
        "x" * 300
        in open_page(admin_client, "entry", run, run_change("pipelines.Node.params.llm_model_parameters").pk).text
    )
    assert open_page(admin_client, "entry", RemovalRunFactory.create(), entry.pk).status_code == 404


def run_change(label: str) -> ReferenceChange:
    return ReferenceChange.objects.get(reference=label)


def test_links_between_rows_are_shown_as_the_model_that_they_led_to(admin_client: Client, run: RemovalRun):
    entries = ReferenceChange.objects.filter(reference="evaluations.Evaluator.jury_models")
    (entry,) = (entry for entry in entries if entry.new_value is None)
    page = open_page(admin_client, "entry", run, entry.pk)
    assert (page.context["old"], page.context["new"]) == (str(entry.removed_model.model_id), "null")


def test_settings_that_look_like_a_link_are_shown_whole(admin_client: Client, run: RemovalRun):
    """What a value is, its reference says, and not the names in it."""
    entry = run_change("pipelines.Node.params.llm_model_parameters")
    ReferenceChange.objects.filter(pk=entry.pk).update(old_value={"model": "own", "links": [1]})
    page = open_page(admin_client, "entry", run, entry.pk)
    assert json.loads(page.context["old"]) == {"model": "own", "links": [1]}  # jsonb keeps no order


def test_a_reference_that_nobody_declares_any_more_has_no_links(admin_client: Client, run: RemovalRun):
    entry = run_change("assistants.Assistant.llm_provider_model")
    ReferenceChange.objects.filter(pk=entry.pk).update(reference="gone.Thing.model")
    page = open_page(admin_client, "entry", run, entry.pk)
    assert f"/admin/assistants/assistant/{entry.object_ids[0]}/" not in page.text
    assert f"<li>{entry.object_ids[0]}</li>" in page.text


def test_a_restore_is_shown_first_and_done_then(admin_client: Client, run: RemovalRun):
    changed = Assistant.objects.order_by("pk")[0]
    changed.llm_provider_model = None
    changed.save()
    text = words(open_page(admin_client, "restore", run))
    assert "<strong>15 references</strong> would point at them again" in text
    assert "<strong>1</strong> would be left alone" in text
    assert f"{changed.pk}" in text
    path = reverse("admin:model_retirement_removalrun_restore", args=[run.pk])
    done = admin_client.post(path, follow=True)
    assert "Restored 2 models as deprecated: 15 references put back, 1 left alone." in words(done)
    assert '<span class="badge quiet">Restored</span>' in done.text
    assert '<td class="number" data-label="Left alone">1</td>' in done.text.replace(
        'data-label="Left alone" class="number"', 'class="number" data-label="Left alone"'
    )
    assert Assistant.objects.filter(llm_provider_model__name="old").count() == 11
    assert TeamNotice.objects.filter(run=run, event="restored").exists()
    again = admin_client.post(path, follow=True)
    assert "was restored on" in words(again)
    assert "was restored on" in words(open_page(admin_client, "restore", run))


def test_a_removal_that_was_interrupted_can_be_restored_and_one_that_runs_cannot(admin_client: Client, run: RemovalRun):
    path = reverse("admin:model_retirement_removalrun_restore", args=[run.pk])
    RemovalRun.objects.filter(pk=run.pk).update(finished_at=None)
    CustomMigration.objects.filter(name=MIGRATION_NAME).delete()
    lease = CustomMigration.objects.create(
        name=MIGRATION_NAME, status="running", lease_expires_at=timezone.now() + dt.timedelta(hours=1)
    )
    assert f'href="{path}"' not in open_page(admin_client, "change", run).text
    lease.delete()
    assert f'href="{path}"' in open_page(admin_client, "change", run).text
    assert "was interrupted and will not be resumed then" in words(open_page(admin_client, "restore", run))
    assert "Restored 2 models as deprecated" in words(admin_client.post(path, follow=True))
    assert Assistant.objects.filter(llm_provider_model__name="old").count() == 12


def test_a_restore_does_not_wait_for_a_removal(admin_client: Client, run: RemovalRun):
    CustomMigration.objects.update_or_create(
        name=MIGRATION_NAME,
        defaults={
            "status": "running",
            "lease_expires_at": timezone.now() + dt.timedelta(hours=1),
            "lease_holder": "pod 7",
        },
    )
    path = reverse("admin:model_retirement_removalrun_restore", args=[run.pk])
    assert "is held by pod 7" in words(admin_client.post(path, follow=True))
    run.refresh_from_db()
    assert run.restored_at is None


def test_what_is_asked_of_a_removal_takes_a_constant_number_of_queries(run: RemovalRun, django_assert_num_queries):
    teams = list(overview.teams_of(run=run, using="default"))
    with django_assert_num_queries(2):
        lines = overview.team_lines(run=run, teams=teams, using="default")
    assert [len(line.messages) for line in lines].count(1) == 2
    with django_assert_num_queries(2):
        assert overview.deliveries(run=run, using="default").waiting_teams == 2
