"""One odd row never stops a removal (rule 23)."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, connection
from django.test import Client

from apps.pipelines.models import FALLBACK_MODEL_IDS_KEY, MODEL_ID_KEY, MODEL_PARAMETERS_KEY, Node
from apps.service_providers.llm_service import default_models
from apps.service_providers.models import LlmProviderModel
from model_retirement.catalogue.declarations import Model
from model_retirement.catalogue.parameters import GPT5Parameters
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import ReferenceChange, RemovalRun, TeamNotice
from model_retirement.notices import unreachable
from model_retirement.promotion import promote
from model_retirement.references import odd_rows, registry
from model_retirement.references.moving import ReferencesRemain
from model_retirement.references.odd_rows import NamedRow, OddRow
from model_retirement.removal import report
from model_retirement.removal.failures import FailedModel
from model_retirement.removal.restore import preview, restore
from model_retirement.stored_json import Literal, loads
from tests.factories.assistants import AssistantFactory
from tests.factories.pipelines import NodeFactory, PipelineFactory
from tests.factories.service_providers import LlmProviderModelFactory, delete_all_models
from tests.factories.teams import MembershipFactory
from tests.unit.model_retirement.frozen_rows import freeze, unfreeze
from tests.unit.model_retirement.notices.named import named_by
from tests.unit.model_retirement.removal.removals import FreeLease, plan_of, registry_of, run_of

pytestmark = pytest.mark.django_db

SCALAR = "pipelines.Node.params.llm_provider_model_id"
NEW = Model("new", 16_000, parameters=GPT5Parameters)
ODD = {
    "text of 5,000 digits": f'"{"9" * 5000}"',
    "number of 5,000 digits": "9" * 5000,
    "nest of 990": f"{'[' * 990}{']' * 990}",
    "nest of 975 objects": '{"a":' * 975 + "1" + "}" * 975,
    "1e400": "1e400",
    "half a character": '"\\ud800"',
    "12.50": "12.50",
}


@pytest.fixture(autouse=True)
def models(db) -> dict[str, LlmProviderModel]:
    delete_all_models()
    return {name: LlmProviderModelFactory.create(name=name) for name in ("old", "new")}


@pytest.fixture(params=ODD)
def odd(request) -> str:
    text = ODD[request.param]
    # PostgreSQL takes whole ones only.
    return text.replace("d800", "20ac") if connection.vendor == "postgresql" else text


def store(text: str) -> Node:
    """Store params as SQL can, past Python."""
    node = NodeFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pipelines_node SET params = %s WHERE id = %s", [text, node.pk])
    return node


def stored(node: Node, key: str) -> str:
    with connection.cursor() as cursor:
        operator = f"-> '{key}'" if connection.vendor == "postgresql" else f"-> '$.{key}'"
        cursor.execute(f"SELECT CAST(params {operator} AS text) FROM pipelines_node WHERE id = %s", [node.pk])
        return str(cursor.fetchone()[0])


def everything() -> list[Any]:
    return list(Node.objects.order_by("pk").values_list("pk", "params", "llm_provider_model_ref"))


def test_an_odd_element_of_a_list_stays_and_the_ids_beside_it_move(odd, models):
    """Rule 23."""
    old, new = models["old"].pk, models["new"].pk
    node = store(f'{{"{FALLBACK_MODEL_IDS_KEY}": [{odd}, {old}, "x", "{old}"]}}')
    before = everything()
    (first, *_) = loads(stored(node, FALLBACK_MODEL_IDS_KEY))
    plan = plan_of(("old", "new"), active=[NEW])
    assert report.preview(plan=plan, registry=registry, using="default").references == 1

    run = run_of(plan)

    assert loads(stored(node, FALLBACK_MODEL_IDS_KEY)) == [first, new, "x", new]
    assert preview(run_id=run.pk, registry=registry, using="default").restored == 1
    assert restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default").restored == 1
    assert everything() == before


@pytest.fixture
def refused(models) -> Node:
    """A node that the database does not let anybody change, beside others that it does."""
    team = MembershipFactory.create(role="admin", team__slug="acme").team
    pipeline = PipelineFactory.create(team=team, name="Triage")
    nodes = [
        NodeFactory.create(pipeline=pipeline, label=f"Step {n}", llm_provider_model=models["old"]) for n in range(9)
    ]
    freeze(f"OLD.id = {nodes[4].pk}")
    return nodes[4]


def call(*arguments: str) -> str:
    out = StringIO()
    with pytest.raises(CommandError, match=r"^openai/old: not removed, because of rows that cannot be changed"):
        call_command("remove_deprecated_models", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def listed(monkeypatch) -> None:
    monkeypatch.setattr(default_models, "DEFAULT_LLM_PROVIDER_MODELS", {"openai": [NEW]})
    monkeypatch.setattr(default_models, "DELETED_MODELS", [("openai", "old", "new"), ("openai", "other", "new")])


def test_a_row_that_cannot_be_written_keeps_its_model_alone(refused, models, listed):
    """Rule 23: all else is done, the line names team, object and reason, and the next run tries again."""
    other = LlmProviderModelFactory.create(name="other")
    assistant = AssistantFactory.create(team=refused.pipeline.team, llm_provider_model=other)

    printed = call()

    assistant.refresh_from_db()
    assert assistant.llm_provider_model == models["new"]
    assert sorted(LlmProviderModel.objects.values_list("name", flat=True)) == ["new", "old"]
    assert list(Node.objects.filter(llm_provider_model_ref=models["old"].pk)) == [refused]
    assert Node.objects.filter(llm_provider_model_ref=models["new"].pk).count() == 8
    assert (
        f"openai/old was not removed: team acme, pipeline {refused.pipeline_id} Triage [Step 4],"
        f" pipelines.Node.params.llm_provider_model_id of row {refused.pk}: frozen by the auditors" in printed
    )
    records = CustomMigration.objects.filter(name__regex="^remove_deprecated_models($|:openai/(old|other)$)")
    assert dict(records.values_list("name", "status")) == {
        "remove_deprecated_models": "failed",
        "remove_deprecated_models:openai/old": "failed",
        "remove_deprecated_models:openai/other": "applied",
    }
    unit = CustomMigration.objects.get(name__endswith=":openai/old")
    assert unit.applied_at is None
    assert "frozen by the auditors" in unit.runs.get().error
    assert TeamNotice.objects.values_list("name", flat=True).get() == "other"
    assert RemovalRun.objects.get().finished_at is not None


def test_what_moved_of_a_model_that_stays_is_told_with_its_removal(refused, models, listed):
    """Rule 23: the resources that are listed are those of the teams and models that were told of."""
    other = LlmProviderModelFactory.create(name="other")
    assistant = AssistantFactory.create(team=refused.pipeline.team, llm_provider_model=other)
    AssistantFactory.create(llm_provider_model=models["old"])  # of a team that has nothing else
    printed = call("-v2")
    assert f"assistant {assistant.pk} {assistant.name}: openai/other" in printed
    assert "  pipeline " not in printed
    unfreeze()
    (team,) = json.loads(removed_now("-v2", "--format=json"))["teams"][:1]
    assert [resource["kind"] for resource in team["resources"]] == ["pipeline"]


def removed_now(*arguments: str) -> str:
    out = StringIO()
    call_command("remove_deprecated_models", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_next_run_finishes_what_a_row_had_kept(refused, models, listed):
    """Rule 23: with the journal of all that was moved, and its team hears of all of it."""
    call()
    unfreeze()
    call_command("remove_deprecated_models", stdout=StringIO(), stderr=StringIO())
    assert list(LlmProviderModel.objects.values_list("name", flat=True)) == ["new"]
    assert sum(ReferenceChange.objects.values_list("object_count", flat=True)) == 9
    (pipeline,) = named_by(TeamNotice.objects.get())["pipeline"]
    assert [part.label for part in pipeline.parts] == [f"Step {n}" for n in range(9)]
    run = RemovalRun.objects.latest("pk")
    assert restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default").restored == 9


def test_a_model_that_a_row_keeps_stops_no_other_entry(refused, models, listed):
    """Rule 23."""
    call("--only=openai/old")
    LlmProviderModelFactory.create(name="other")
    call_command("remove_deprecated_models", "--only=openai/other", stdout=StringIO(), stderr=StringIO())
    assert sorted(LlmProviderModel.objects.values_list("name", flat=True)) == ["new", "old"]


def test_json_names_the_rows_that_keep_a_model(refused, models, listed):
    """Rule 23."""
    document = json.loads(call("--format=json"))
    (failed,) = document["failed"]
    assert (failed["provider"], failed["name"], failed["reason"]) == ("openai", "old", None)
    assert failed["rows"] == [
        {
            "reference": "pipelines.Node.params.llm_provider_model_id",
            "row_id": refused.pk,
            "reason": "frozen by the auditors",
            "team": "acme",
            "kind": "pipeline",
            "id": refused.pipeline_id,
            "name": "Triage",
            "details": "Step 4",
        }
    ]


def test_many_rows_that_cannot_be_written_are_counted(models, listed, monkeypatch):
    nodes = [NodeFactory.create(llm_provider_model=models["old"]) for _ in range(25)]
    freeze(f"OLD.id >= {nodes[0].pk}")
    printed = call()
    assert printed.count("frozen by the auditors") == 20
    assert "  and 5 more rows; `--format json` names them." in printed
    assert "No model was removed." in printed


def test_a_late_write_that_cannot_be_moved_keeps_its_model_alone(models):
    """Rule 23: also one that comes in after the batches, among models that end together."""
    other = LlmProviderModelFactory.create(name="other")
    AssistantFactory.create(llm_provider_model=other)
    late: list[Node] = []
    failed: list[FailedModel] = []

    def write_late(_label: str, _done: int, _total: int) -> None:
        if not late:
            late.append(NodeFactory.create(llm_provider_model=models["old"]))
            freeze(f"OLD.id = {late[0].pk}")

    own = registry_of(registry[SCALAR], registry["assistants.Assistant.llm_provider_model"])
    run_of(plan_of(("old", "new"), "other", active=[NEW]), registry=own, failure=failed.append, progress=write_late)

    assert failed == [FailedModel("openai", "old", rows=(OddRow(SCALAR, late[0].pk, "frozen by the auditors"),))]
    assert not LlmProviderModel.objects.filter(pk=other.pk).exists()


def test_a_row_of_a_model_that_the_database_keeps_is_no_reason_to_keep_the_others(models):
    """Rule 23: what is in the way may be no reference at all."""
    LlmProviderModelFactory.create(name="other")
    failed: list[FailedModel] = []
    freeze(f"OLD.id = {models['old'].pk}", table="service_providers_llmprovidermodel", against="DELETE")
    run_of(plan_of("old", "other"), failure=failed.append)
    assert failed == [FailedModel("openai", "old", rows=(), reason="frozen by the auditors")]
    assert set(LlmProviderModel.objects.values_list("name", flat=True)) == {"new", "old"}


def putting_back(node: Node) -> list[str]:
    """Return the statements that make a trigger which lets a change pass and undoes it."""
    if connection.vendor == "sqlite":
        return [
            f"CREATE TRIGGER keep AFTER UPDATE ON pipelines_node WHEN OLD.id = {node.pk} AND NEW.params <> OLD.params"
            " BEGIN UPDATE pipelines_node SET params = OLD.params WHERE id = OLD.id; END"
        ]
    return [
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        f"CREATE TRIGGER keep BEFORE UPDATE ON pipelines_node FOR EACH ROW WHEN (OLD.id = {node.pk})"
        " EXECUTE FUNCTION keep()",
    ]


@pytest.mark.parametrize("key", [MODEL_ID_KEY, FALLBACK_MODEL_IDS_KEY])
def test_a_row_that_a_trigger_puts_back_was_not_moved(key, models):
    """Rules 7 and 23: it is told as a row that cannot be changed, and the journal has the others."""
    old = models["old"].pk
    nodes = [NodeFactory.create(params={key: old if key == MODEL_ID_KEY else [old]}) for _ in range(5)]
    with connection.cursor() as cursor:
        for statement in putting_back(nodes[3]):
            cursor.execute(statement)
    failed: list[FailedModel] = []

    run_of(plan_of(("old", "new"), active=[NEW]), failure=failed.append)

    label = f"pipelines.Node.params.{key}"
    row = OddRow(label, nodes[3].pk, "it still points there after it was changed")
    assert failed == [FailedModel("openai", "old", rows=(row,))]
    written = ReferenceChange.objects.values_list("reference", "object_ids")
    moved = [row_id for reference, ids in written if reference == label for row_id in ids]
    assert sorted(moved) == [node.pk for node in nodes if node != nodes[3]]


NO_UTF8 = {
    "settings": f'"{MODEL_ID_KEY}": OLD, "{MODEL_PARAMETERS_KEY}": {{"x": "BYTE"}}',
    "list": f'"{FALLBACK_MODEL_IDS_KEY}": [OLD, "BYTE"]',
    "list beside the id": f'"{MODEL_ID_KEY}": OLD, "{FALLBACK_MODEL_IDS_KEY}": [OLD, "BYTE"]',
}


def store_bytes(text: str, **names: Any) -> Node:
    """Store params with a byte that no text has."""
    node = NodeFactory.create(**names)
    with connection.cursor() as cursor:
        stored = f"{{{text}}}".encode().replace(b"BYTE", b"\xff")
        cursor.execute("UPDATE pipelines_node SET params = CAST(%s AS text) WHERE id = %s", [stored, node.pk])
    return node


def previewed(*arguments: str) -> str:
    out = StringIO()
    call_command("remove_deprecated_models", "--dry-run", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def told_rows(printed: str) -> list[str]:
    return [line.split(": ", 1)[1] for line in printed.splitlines() if line.startswith("openai/old w")]


@pytest.mark.sqlite  # PostgreSQL stores no bytes for text
@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("text", NO_UTF8.values(), ids=NO_UTF8)
def test_a_preview_tells_the_rows_that_cannot_be_read_as_the_run_does(text, models):
    """Rules 17 and 23: team, object and reason; everything else is previewed and done."""
    team = MembershipFactory.create(role="admin", team__slug="acme").team
    pipeline = PipelineFactory.create(team=team, name="Triage")
    node = store_bytes(text.replace("OLD", str(models["old"].pk)), pipeline=pipeline, label="Step")
    NodeFactory.create(llm_provider_model=models["old"])
    other = LlmProviderModelFactory.create(name="other")
    AssistantFactory.create(llm_provider_model=other)

    would, document = previewed("-v2"), json.loads(previewed("--format=json"))
    done = call()

    assert told_rows(would)[0].startswith(f"team acme, pipeline {pipeline.pk} Triage [Step], pipelines.Node.params.")
    assert told_rows(would)[0].endswith(f"of row {node.pk}: what is stored is not valid UTF-8")
    assert told_rows(would) == told_rows(done)
    assert "1 model would be removed, 1 team concerned." in would
    assert "1 model was removed, 1 team concerned." in done
    assert "openai/old would not be removed: " in would
    assert "All else would be done." in would
    assert [model["name"] for model in document["models"]] == ["other"]
    assert {row["row_id"] for row in document["failed"][0]["rows"]} == {node.pk}


@pytest.mark.sqlite  # PostgreSQL stores no bytes for text
@pytest.mark.usefixtures("listed")
def test_names_that_are_not_utf8_stop_neither_preview_nor_run(models):
    """Rule 23: a row is told with what can be read of its names."""
    pipeline = PipelineFactory.create()
    node = NodeFactory.create(llm_provider_model=models["old"], pipeline=pipeline)
    other = LlmProviderModelFactory.create(name="other")
    AssistantFactory.create(llm_provider_model=other)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pipelines_node SET label = CAST(%s AS text) WHERE id = %s", [b"St\xffp", node.pk])
        cursor.execute("UPDATE pipelines_pipeline SET name = CAST(%s AS text) WHERE id = %s", [b"Tri\xff", pipeline.pk])
        cursor.execute("UPDATE assistants_assistant SET name = CAST(%s AS text)", [b"Assist\xff"])
    would, done = previewed("-v2"), call("-v2")
    (row,) = told_rows(would)
    assert f"pipeline {pipeline.pk} Tri\ufffd [St\ufffdp], " in row
    assert told_rows(done) == [row]
    assert "Assist\ufffd" in would
    assert "Assist\ufffd" in done


@pytest.mark.sqlite  # PostgreSQL stores no bytes for text
@pytest.mark.django_db(transaction=True)
def test_a_team_whose_name_is_not_utf8_stops_no_removal_no_mail_and_no_listing(models, listed, mailoutbox):
    """Rule 23: neither that of its own model, nor any other."""
    for slug in ("odd", "lonely", "acme"):
        membership = MembershipFactory.create(role="member" if slug == "lonely" else "admin", team__slug=slug)
        AssistantFactory.create(llm_provider_model=models["old"], team=membership.team)
    LlmProviderModelFactory.create(name="own", team=membership.team)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE teams_team SET name = CAST(%s AS text)", [b"Tri\xff"])
    for arguments in (["--dry-run", "-v2"], ["-v2"]):
        assert "Tri\ufffd (odd)" in removed_now(*arguments)
    assert sorted(mail.subject.count("Tri\ufffd") for mail in mailoutbox) == [1, 1]
    for command in (
        "notify_deprecated_models -v2",
        "send_team_notices",
        "llm_models usage",
        "llm_models usage --format=csv",
    ):
        call_command(*command.split(), stdout=StringIO(), stderr=StringIO())
    assert [team.name for team in unreachable.teams(using="default")] == ["Tri\ufffd"]


@pytest.mark.sqlite  # PostgreSQL stores no bytes for text
@pytest.mark.usefixtures("listed")
def test_a_preview_of_rows_that_cannot_be_read_alone_says_that_no_model_goes(models):
    """Rule 17."""
    store_bytes(NO_UTF8["list"].replace("OLD", str(models["old"].pk)))
    assert "No model would be removed." in previewed()


@pytest.mark.sqlite  # PostgreSQL stores no bytes for text
def test_settings_that_nobody_has_to_read_may_be_anything(models):
    """Rule 23: what clears a reference looks at no settings, also beside models whose replacement takes others."""
    other = LlmProviderModelFactory.create(name="other")
    node = store_bytes(NO_UTF8["settings"].replace("OLD", str(other.pk)))
    plan = plan_of(("old", "new"), "other", active=[NEW])
    assert report.preview(plan=plan, registry=registry, using="default").failed == ()
    run_of(plan)
    assert set(LlmProviderModel.objects.values_list("name", flat=True)) == {"new"}
    assert Node.objects.filter(pk=node.pk, llm_provider_model_ref=None).exists()


@pytest.mark.sqlite  # PostgreSQL stores no bytes for text
def test_the_page_of_a_removal_says_which_row_cannot_be_read(models, admin_client: Client):
    """Rule 23."""
    LlmProviderModel.objects.filter(pk=models["old"].pk).update(deprecated=True)
    node = store_bytes(NO_UTF8["list"].replace("OLD", str(models["old"].pk)))
    page = admin_client.get(f"/admin/service_providers/llmprovidermodel/{models['old'].pk}/removal/")
    assert f"of row {node.pk}: what is stored is not valid UTF-8" in page.content.decode()


@pytest.mark.parametrize(
    ("sqlstate", "is_of_a_row"),
    [("22003", True), ("23514", True), ("P0001", True), ("54000", True), ("57014", False), ("53100", False)],
)
def test_what_is_wrong_with_the_database_is_no_odd_row(sqlstate, is_of_a_row):
    error = OperationalError("said the database")
    error.__cause__ = type("Cause", (Exception,), {"sqlstate": sqlstate})()
    assert odd_rows.is_of_a_row(error) == is_of_a_row


@pytest.mark.parametrize(
    ("error", "is_of_a_row"),
    [
        (IntegrityError("frozen"), True),
        (OperationalError("Could not decode to UTF-8 column 'x'"), True),
        (OperationalError("disk full"), False),
        (ValueError("a number"), True),
        (RecursionError(), True),
    ],
)
def test_sqlite_and_python_tell_a_row_from_a_fault_too(error, is_of_a_row):
    assert odd_rows.is_of_a_row(error) == is_of_a_row
    assert odd_rows.reason_of(error)


def test_a_row_that_has_gone_has_no_names():
    row = OddRow(SCALAR, 987_654, "frozen")
    assert odd_rows.named([row], registry=registry, using="default") == [NamedRow(SCALAR, 987_654, "frozen")]


def test_a_promotion_goes_past_a_row_that_cannot_be_written(models):
    """Rule 23: the custom model that it points at stays, others become global ones."""
    team = MembershipFactory.create(role="admin").team
    customs = [LlmProviderModelFactory.create(name=name, team=team) for name in ("old", "new")]
    nodes = [NodeFactory.create(llm_provider_model=custom) for custom in customs]
    freeze(f"OLD.id = {nodes[0].pk}")
    with pytest.raises(ReferencesRemain, match=rf"not promoted: openai/old \(id {customs[0].pk}\).*frozen by the aud"):
        promote(registry=registry, lease=FreeLease(), using="default")
    assert LlmProviderModel.objects.filter(team=team).get() == customs[0]
    nodes[1].refresh_from_db()
    assert nodes[1].llm_provider_model_ref == models["new"].pk


@pytest.mark.parametrize("odd_at", [0, 3, 6])
def test_a_batch_is_halved_down_to_the_odd_row(odd_at, models):
    """The fast path stays one transaction; what is found costs a few."""
    nodes = [NodeFactory.create(llm_provider_model=models["old"]) for _ in range(7)]
    freeze(f"OLD.id = {nodes[odd_at].pk}")
    lease = FreeLease()
    run_of(plan_of(("old", "new"), active=[NEW]), lease=lease)
    assert Node.objects.filter(llm_provider_model_ref=models["new"].pk).count() == 6
    assert lease.renewed <= 2 + 7 + 2


def test_an_odd_element_keeps_its_text(models):
    """Rule 23: it stays as it is stored."""
    odd = "9" * 5000
    node = store(f'{{"{FALLBACK_MODEL_IDS_KEY}": [{odd}, {models["old"].pk}]}}')
    run_of(plan_of("old"))
    assert stored(node, FALLBACK_MODEL_IDS_KEY) == f"[{odd}]"


def test_odd_settings_stop_neither_move_nor_restore(odd, models):
    """Rule 23: settings of a model that has a replacement, which takes other settings."""
    old, new = models["old"].pk, models["new"].pk
    node = store(f'{{"{MODEL_ID_KEY}": {old}, "{MODEL_PARAMETERS_KEY}": {{"temperature": {odd}, "effort": "low"}}}}')
    before = everything()
    plan = plan_of(("old", "new"), active=[NEW])
    (planned,) = report.preview(plan=plan, registry=registry, using="default").models
    assert [str(change) for change in planned.parameters] == ["temperature is dropped"]

    run = run_of(plan)

    assert Node.objects.get().params == {MODEL_ID_KEY: new, MODEL_PARAMETERS_KEY: {"effort": "low"}}
    assert restore(run_id=run.pk, registry=registry, lease=FreeLease(), using="default").left_alone == 0
    assert everything() == before
    assert node.pk == before[0][0]


def test_settings_that_are_odd_as_a_whole_stay(odd, models):
    """Rule 23."""
    node = store(f'{{"{MODEL_ID_KEY}": {models["old"].pk}, "{MODEL_PARAMETERS_KEY}": [{odd}]}}')
    before = stored(node, MODEL_PARAMETERS_KEY)
    run_of(plan_of(("old", "new"), active=[NEW]))
    assert stored(node, MODEL_PARAMETERS_KEY) == before
    assert Node.objects.get().llm_provider_model_ref == models["new"].pk


def test_the_pages_show_a_journal_with_odd_values(odd, models, admin_client: Client):
    """Rule 23."""
    store(f'{{"{FALLBACK_MODEL_IDS_KEY}": [{odd}, {models["old"].pk}]}}')
    run = run_of(plan_of(("old", "new"), active=[NEW]))
    for page in (f"/admin/model_retirement/removalrun/{run.pk}/journal/", "/admin/pipelines/node/"):
        assert admin_client.get(page).status_code == 200, page
    node = Node.objects.get()
    assert admin_client.get(f"/admin/pipelines/node/{node.pk}/change/").status_code == 200
    old_value: Any = ReferenceChange.objects.get().old_value
    assert old_value[1] == models["old"].pk


def test_a_person_edits_a_node_beside_an_odd_value(odd, models):
    """Rule 23: what Python cannot hold is written back as it was."""
    node = store(f'{{"{MODEL_ID_KEY}": {models["old"].pk}, "{MODEL_PARAMETERS_KEY}": {{"x": {odd}}}}}')
    before = loads(stored(node, MODEL_PARAMETERS_KEY))
    node.refresh_from_db()
    node.params["prompt"] = "Changed"
    node.full_clean()
    node.save()
    assert loads(stored(node, MODEL_PARAMETERS_KEY)) == before
    assert json.loads(stored(node, "prompt")) == "Changed"


def test_a_list_with_an_odd_element_cannot_be_saved_by_a_form(models):
    node = NodeFactory.build(params={FALLBACK_MODEL_IDS_KEY: [Literal("1e400")]})
    with pytest.raises(ValueError, match="which is not a model id"):
        node.save()
