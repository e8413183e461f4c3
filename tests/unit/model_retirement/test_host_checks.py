"""Whatever a host has set or made wrongly is told by ``check``, each with its id and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import WARNING, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from django.db.models import F, GeneratedField, Value
from django.db.models.expressions import Case, When
from django.db.models.fields.json import KT, KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.test import modify_settings
from django.test.utils import isolate_apps
from pytest_django import Settings

from apps.pipelines.models import MODEL_ID_KEY, Node
from apps.service_providers.models import LlmProviderModel
from model_retirement import checks, field_checks, host_checks, readiness, setting_checks
from model_retirement.fields import ModelMirror
from model_retirement.references.registry import Registry
from model_retirement.references.schema import StoredId
from tests.factories.service_providers import LlmProviderModelFactory
from tests.factories.teams import TeamFactory
from tests.statements import without_table

ADAPTERS = "tests.unit.model_retirement.adapters"

CREATE_TEAM = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("teams", "0001_initial")]
    run_before = {run_before}
    operations = [
        migrations.CreateModel("Other", fields=[("id", models.BigAutoField(primary_key=True))]),
        migrations.AlterModelOptions("other", {{}}),
        migrations.CreateModel("Team", fields=[("id", models.BigAutoField(primary_key=True))]),
    ]
"""
NOTHING = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = []
"""


def ids_and_words(check: Any, **options: Any) -> list[tuple[str, str]]:
    """Return id and words of what a check finds."""
    return [(message.id, message.msg) for message in check(**options)]


def made(name: str, base: type[models.Model] = models.Model, **fields: Any) -> Any:
    """Return a model of an app that is not installed."""
    return type(name, (base,), {"Meta": type("Meta", (), {"app_label": "hosts"}), "__module__": __name__, **fields})


def test_this_platform_has_set_everything_rightly():
    own = {f"model_retirement.E{number}" for number in range(201, 213) if number != 206}
    known = [*vars(field_checks).values(), *vars(host_checks).values(), *vars(setting_checks).values()]
    assert own == {value for value in known if str(value).startswith("model_retirement.E")}
    assert [message for message in run_checks() if message.id in {*own, host_checks.SEVERAL_ROWS}] == []


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("LEASE_SECONDS", "30", "not a number of seconds"),
        ("LEASE_SECONDS", True, "not a number of seconds"),
        ("LEASE_SECONDS", 0, "not a number of seconds"),
        ("LEASE_SECONDS", 86_401, "not a number of seconds"),
        ("LEASE_SECONDS", float("nan"), "not a number of seconds"),
        ("NOTIFY_DAYS_BEFORE", 30, "not a list of days"),
        ("NOTIFY_DAYS_BEFORE", [30, -1], "not a list of days"),
        ("NOTIFY_DAYS_BEFORE", [True], "not a list of days"),
        ("NOTIFY_DAYS_BEFORE", ["30"], "not a list of days"),
        ("NOTIFY_DAYS_BEFORE", [10**20], "not a list of days"),
        ("SITE_URL", 5, "not the address of a site"),
        ("SITE_URL", "platform.example", "not the address of a site"),
        ("SITE_URL", "javascript:alert(1)", "not the address of a site"),
        ("SITE_URL", "ftp://platform.example", "not the address of a site"),
        ("SITE_URL", "https://", "not the address of a site"),
        ("SITE_URL", "https://platform.example/a b", "not the address of a site"),
        ("SITE_URL", "https://platform.example\nx", "not the address of a site"),
        ("SITE_URL", "https://platform.example?x=1", "not the address of a site"),
        ("SITE_URL", "https://platform.example:port", "not the address of a site"),
        ("MAX_PRICE_INCREASE", "10", "not a number of percent"),
        ("MAX_PRICE_INCREASE", True, "not a number of percent"),
        ("MAX_PRICE_INCREASE", -1, "not a number of percent"),
        ("MAX_PRICE_INCREASE", float("nan"), "not a number of percent"),
        ("MAX_PRICE_INCREASE", float("inf"), "not a number of percent"),
        ("MAX_PRICE_INCREASE", Decimal("nan"), "not a number of percent"),
        ("LOG_FORMAT", "yaml", "neither text nor json"),
        ("CONTACT", "the desk", "neither an address nor the URL of a page"),
        ("CONTACT", "a@example.org\nBcc: b@example.org", "neither an address nor the URL of a page"),
        ("CONTACT", "https://", "neither an address nor the URL of a page"),
        ("CONTACT", None, "neither an address nor the URL of a page"),
        ("ADMIN", "no", "neither True nor False"),
        ("GUARD_DELETES", 0, "neither True nor False"),
        ("PROMOTE", "", "neither True nor False"),
        (
            "PLATFORM",
            "config.nowhere.Platform",
            "and no adapter can be made of it: ModuleNotFoundError: No module named 'config.nowhere'",
        ),
        (
            "PLATFORM",
            "config.retirement",
            "and no adapter can be made of it: TypeError: 'module' object is not callable",
        ),
        (
            "PLATFORM",
            f"{ADAPTERS}.Raising",
            "and no adapter can be made of it: ValueError: the key is missing",
        ),
        ("PLATFORM", f"{ADAPTERS}.Foreign", "not an adapter"),
        ("CATALOGUE", "config.nowhere", "and there is no module config.nowhere"),
        ("CATALOGUE", "config/settings.py", "and there is no module config/settings"),
        ("CATALOGUE", ".default_models", "and there is no module .default_models"),
        ("CATALOGUE", ("config.settings",), "which is not text"),
        (
            "CATALOGUE",
            "config.retirement",
            "a module without DEFAULT_LLM_PROVIDER_MODELS and DELETED_MODELS",
        ),
        ("TEAM_NAME", "title", "not a field of teams.Team"),
        ("TEAM_SLUG", "handle", "not a field of teams.Team"),
        ("TEAM_NAME", "memberships", "not a field of teams.Team"),
        ("MIGRATIONS_APP", "nowhere", "not the label of an installed app"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_with_its_value(settings: Settings, name: str, value: Any, wrong: str):
    settings.MODEL_RETIREMENT_MIGRATIONS_APP = "service_providers"
    setattr(settings, f"MODEL_RETIREMENT_{name}", value)
    (message,) = setting_checks.check_settings()
    assert (message.id, message.msg) == ("model_retirement.E201", f"MODEL_RETIREMENT_{name} is {value!r}, {wrong}.")
    assert message.hint


@pytest.mark.parametrize(
    "contact", ["", "models@example.org", "Models <models@example.org>", "https://help.example.org/models?x=1"]
)
def test_whom_to_ask_is_an_address_or_a_page(settings: Settings, contact: str):
    settings.MODEL_RETIREMENT_CONTACT = contact
    assert setting_checks.check_settings() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CATALOGUE", None),
        ("CATALOGUE", "config.nowhere"),
        ("CATALOGUE", "config.retirement"),
        ("PLATFORM", "config.nowhere.Platform"),
        ("PLATFORM", "config.retirement"),
        ("PLATFORM", f"{ADAPTERS}.Foreign"),
        ("MIGRATIONS_APP", "nowhere"),
        ("TEAM_NAME", "title"),
        ("LEASE_SECONDS", "30"),
        ("NOTIFY_DAYS_BEFORE", 30),
        ("MAX_PRICE_INCREASE", "10"),
        ("LOG_FORMAT", "yaml"),
        ("ADMIN", "no"),
        ("GUARD_DELETES", 0),
        ("PROMOTE", ""),
    ],
)
def test_check_comes_to_its_end_whichever_setting_is_wrong(settings: Settings, name: str, value: Any):
    """One check that raises would hide what the others have to say, and its hint."""
    setattr(settings, f"MODEL_RETIREMENT_{name}", value)
    errors = [message for message in run_checks(databases=["default"]) if message.id == setting_checks.SETTING]
    assert [error.msg.startswith(f"MODEL_RETIREMENT_{name} is ") for error in errors] == [True]


def test_a_catalogue_that_no_app_holds_needs_an_app_for_its_migrations(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    name = f"catalogue_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text("DEFAULT_LLM_PROVIDER_MODELS = {}\nDELETED_MODELS = []\n")
    monkeypatch.syspath_prepend(tmp_path)
    settings.MODEL_RETIREMENT_CATALOGUE = name
    assert ids_and_words(setting_checks.check_settings) == [
        (
            "model_retirement.E201",
            "MODEL_RETIREMENT_MIGRATIONS_APP is None, and no installed app holds the catalogue.",
        )
    ]
    assert ids_and_words(checks.check_catalogue) == []


def test_the_key_will_do_in_place_of_a_slug_and_a_name(settings: Settings):
    settings.MODEL_RETIREMENT_TEAM_SLUG = settings.MODEL_RETIREMENT_TEAM_NAME = "pk"
    assert ids_and_words(setting_checks.check_settings) == []


def test_a_key_that_the_engine_does_not_handle_is_told(settings: Settings):
    settings.MODEL_RETIREMENT_TEAM_MODEL = "sessions.Session"
    (message,) = host_checks.check_keys(registry=Registry())
    assert (message.id, message.msg) == ("model_retirement.E204", "The key of sessions.Session is a CharField.")
    assert message.hint == "Keys of LLM models, teams and what points at models must be integers or UUIDs."


class Declared(list[Any]):
    """References in whose declaration nothing is wrong."""

    is_sound = True


def pointing(model: Any, *, resource: Any = None, field: str = "id") -> Any:
    """Return a reference of rows of a model."""
    path = SimpleNamespace(resource=SimpleNamespace(model_class=resource or model))
    return SimpleNamespace(model_class=model, resource_path=path, field=field)


@isolate_apps("tests.unit.model_retirement")
def test_keys_are_integers_or_uuids_and_whatever_else_is_named():
    """Rule 29: of rows and resources alike."""
    plain = made("Plain")
    odd = made("Odd", code=models.BinaryField(primary_key=True))
    pair = made("Pair", a=models.IntegerField(), b=models.IntegerField(), pk=models.CompositePrimaryKey("a", "b"))
    uuids = made("Uuids", id=models.UUIDField(primary_key=True))
    fine = [pointing(plain), pointing(uuids), pointing(plain, resource=uuids)]
    wrong = [pointing(odd, field="code"), pointing(plain, resource=pair)]
    assert ids_and_words(host_checks.check_keys, registry=Declared([*fine, *wrong])) == [
        ("model_retirement.E204", "The key of hosts.Odd is a BinaryField."),
        ("model_retirement.E204", "The key of hosts.Pair has several columns (a, b)."),
    ]


@isolate_apps("tests.unit.model_retirement")
def test_the_key_of_a_child_is_its_parents():
    parent = made("Parent")
    odd = made("Odd", id=models.CharField(primary_key=True, max_length=9))
    child, odd_child = made("Child", parent), made("OddChild", odd)
    assert ids_and_words(host_checks.check_keys, registry=Declared([pointing(child), pointing(odd_child)])) == [
        ("model_retirement.E204", "The key of hosts.OddChild is a CharField.")
    ]


@isolate_apps("tests.unit.model_retirement")
def test_keys_of_links_are_keys_as_well():
    end = made("End")
    row = made("Row", ends=models.ManyToManyField(end, through="hosts.Link"))
    code = models.CharField(primary_key=True, max_length=9)
    made("Link", code=code, row=models.ForeignKey(row, models.CASCADE), end=models.ForeignKey(end, models.CASCADE))
    assert ids_and_words(host_checks.check_keys, registry=Declared([pointing(row, field="ends")])) == [
        ("model_retirement.E204", "The key of hosts.Link is a CharField.")
    ]


@pytest.fixture
def later_teams(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write migrations of the app of teams in which a second one makes the model."""

    def write(*, run_before: str = "[]") -> None:
        package = tmp_path / f"later_{tmp_path.name}".replace("-", "_")
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "0001_initial.py").write_text(NOTHING)
        (package / "0002_teams.py").write_text(CREATE_TEAM.format(run_before=run_before))
        settings.MIGRATION_MODULES = {"teams": package.name}
        monkeypatch.syspath_prepend(tmp_path)

    return write


def test_a_team_model_that_is_made_after_the_engines_tables_is_told(later_teams: Any):
    later_teams()
    (message,) = host_checks.check_graph()
    assert (message.id, message.msg) == (
        "model_retirement.E203",
        "teams.Team is made by teams.0002_teams, which does not run before the engine's first migration.",
    )
    assert message.hint == 'Add run_before = [("model_retirement", "0001_initial")] to that migration.'


def test_a_team_model_that_runs_before_the_engine_is_fine(later_teams: Any):
    later_teams(run_before='[("model_retirement", "0001_initial")]')
    assert host_checks.check_graph() == []


def test_migrations_that_cannot_be_read_are_left_to_django(later_teams: Any):
    later_teams(run_before='[("model_retirement", "0000_nothing"), ("teams", "0001_initial")]')
    assert host_checks.check_graph() == []


@pytest.mark.parametrize("migrated", [set(), {"teams", "users"}], ids=["nothing", "teams"])
def test_apps_that_make_their_tables_without_migrations_are_left_alone(settings: Settings, migrated: set[str]):
    labels = {config.label for config in apps.get_app_configs()}
    settings.MIGRATION_MODULES = dict.fromkeys(labels - migrated)
    assert host_checks.check_graph() == []


def test_an_app_of_teams_without_migrations_is_told_before_migrate_stops(settings: Settings):
    """No error: it would keep `makemigrations` from making them."""
    labels = {config.label for config in apps.get_app_configs()}
    settings.MIGRATION_MODULES = dict.fromkeys(label for label in labels if not label.startswith("model_retirement"))
    (message,) = host_checks.check_graph()
    assert (message.id, message.level) == ("model_retirement.W104", WARNING)
    assert (
        message.msg == "teams.Team is of an app without migrations, and the engine's first one has foreign keys to it."
    )
    assert str(message.hint).endswith("`python manage.py makemigrations teams`.")


@pytest.mark.django_db
def test_a_database_is_not_ready_while_there_is_no_order_of_migrations(settings: Settings):
    settings.MIGRATION_MODULES = {"teams": None}
    assert not readiness.is_ready(using="default")


@pytest.mark.django_db
def test_a_twin_of_no_table_is_told_and_migrate_does_not_stop_at_it(monkeypatch: pytest.MonkeyPatch):
    assert not readiness.lacks_table(using="default")
    monkeypatch.setattr(LlmProviderModel._meta, "managed", False)
    assert not readiness.lacks_table(using="default")
    monkeypatch.setattr(LlmProviderModel._meta, "db_table", "misspelt")
    assert not readiness.is_ready(using="default")
    assert ids_and_words(host_checks.check_database, databases=["default"]) == [
        (
            "model_retirement.W105",
            "Database default has no table misspelt, which service_providers.LlmProviderModel is the model of.",
        )
    ]


def test_the_table_of_models_is_no_table_of_teams(settings: Settings):
    settings.MODEL_RETIREMENT_TEAM_MODEL = "service_providers.LlmProviderModel"
    settings.MODEL_RETIREMENT_TEAM_SLUG = "pk"
    assert ids_and_words(setting_checks.check_settings) == [
        (
            "model_retirement.E201",
            "MODEL_RETIREMENT_TEAM_MODEL is 'service_providers.LlmProviderModel', the table of LLM models.",
        )
    ]


@pytest.mark.parametrize("site", ["http://desk", "http://localhost:8000/", "https://platform.example/app", None, ""])
def test_a_site_may_be_a_host_of_one_word_with_a_port(settings: Settings, site: str | None):
    settings.MODEL_RETIREMENT_SITE_URL = site
    assert setting_checks.check_settings() == []


def test_unknown_servers_and_old_ones_are_told():
    servers = {
        "default": SimpleNamespace(vendor="postgresql", pg_version=140_012),
        "other": SimpleNamespace(vendor="mysql", display_name="MySQL"),
    }
    assert ids_and_words(host_checks.check_database, databases=["default", "other"], opened=servers) == [
        ("model_retirement.E205", "Database default is PostgreSQL 14."),
        ("model_retirement.E205", "Database other is MySQL."),
    ]


@pytest.mark.django_db
def test_the_oldest_server_that_will_do():
    servers = {"default": SimpleNamespace(vendor="postgresql", pg_version=150_000)}
    assert ids_and_words(host_checks.check_database, databases=["default"], opened=servers) == []


class NowhereRouter:
    """Keeps the table of models out of every database."""

    def allow_migrate(self, db, app_label, **hints):
        return False


def test_databases_without_the_table_of_models_are_not_looked_at(settings: Settings):
    settings.DATABASE_ROUTERS = [f"{__name__}.NowhereRouter"]
    assert ids_and_words(host_checks.check_database, databases=["default"], opened={}) == []


def test_no_database_is_opened_unless_check_is_asked_to():
    assert ids_and_words(host_checks.check_database, opened={}) == []


@pytest.mark.django_db(transaction=True)
def test_a_database_before_its_first_migrate_has_no_rows_to_tell_of():
    with without_table(LlmProviderModel):
        assert ids_and_words(host_checks.check_database, databases=["default"]) == []


@pytest.fixture
def without_unique_key(transactional_db: None) -> Iterator[None]:
    """Give the table of models no unique key of global ones."""
    key = next(
        constraint
        for constraint in LlmProviderModel._meta.constraints
        if constraint.name == "service_providers_one_global_model"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(LlmProviderModel, key)
    yield
    LlmProviderModel.objects.filter(name__startswith="twice").delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(LlmProviderModel, key)


def test_several_global_models_of_one_name_are_told(without_unique_key: None):
    LlmProviderModelFactory.create_batch(2, name="twice-a")
    LlmProviderModelFactory.create(name="twice-custom", team=TeamFactory.create())
    LlmProviderModelFactory.create(name="twice-custom")
    said = "Database default has several global models of one name: "
    assert ids_and_words(host_checks.check_database, databases=["default"]) == [
        ("model_retirement.W102", f"{said}openai/twice-a.")
    ]
    for number in range(11):
        LlmProviderModelFactory.create_batch(2, name=f"twice-b{number:02}")
    ((_, words),) = ids_and_words(host_checks.check_database, databases=["default"])
    assert words.startswith(f"{said}openai/twice-a, openai/twice-b00, ")
    assert words.endswith("openai/twice-b08 and 2 more.")


def mirrored(mirror: str, *, model: Any = Node, field: str = "params", key: str = MODEL_ID_KEY) -> Any:
    """Return references of which one has a mirror."""
    label = f"{model._meta.label}.{field}.{key}"
    reference = SimpleNamespace(label=label, mirror=mirror, field=field, key=key, model_class=model)
    return Declared([reference, SimpleNamespace(label="plain", model_class=model)])


def test_a_generated_mirror_of_the_same_key_is_fine():
    """Rule 29."""
    assert ids_and_words(host_checks.check_mirrors, registry=mirrored("llm_provider_model_ref")) == []


@pytest.mark.parametrize(
    ("mirror", "field", "key"),
    [
        ("nothing", "params", MODEL_ID_KEY),
        ("label", "params", MODEL_ID_KEY),
        ("llm_provider_model_ref", "label", MODEL_ID_KEY),
        ("llm_provider_model_ref", "params", "other_id"),
    ],
)
def test_a_mirror_that_the_database_does_not_keep_is_told(mirror: str, field: str, key: str):
    """Rule 29."""
    (message,) = host_checks.check_mirrors(registry=mirrored(mirror, field=field, key=key))
    assert (message.id, message.msg) == (
        "model_retirement.E207",
        f"The mirror {mirror} of pipelines.Node.{field}.{key} is not a generated column of that key, so it may hold"
        " another id, or none.",
    )
    assert message.hint == (
        f'Declare {mirror} = ModelMirror("{field}", key="{key}"), of model_retirement.fields, and add a migration.'
    )


def test_mirrors_of_other_apps_are_left_out():
    registry = mirrored("nothing")
    assert host_checks.check_mirrors(registry=registry, app_configs=[apps.get_app_config("teams")]) == []
    assert len(host_checks.check_mirrors(registry=registry, app_configs=[apps.get_app_config("pipelines")])) == 1


@isolate_apps("tests.unit.model_retirement")
@pytest.mark.parametrize(
    "expression",
    [
        Cast(KT("data__id"), models.BigIntegerField()),
        Case(When(data__id__gt=0, then=F("data__id")), default=Value(None)),
        Coalesce(KeyTextTransform("other", "data"), KeyTextTransform("id", "data")),
        StoredId("data", key="id"),
    ],
)
def test_a_mirror_may_be_any_expression_of_its_key(expression: Any):
    generated = GeneratedField(expression=expression, output_field=models.BigIntegerField(), db_persist=True)
    row = made("Row", data=models.JSONField(), mirror=generated)
    assert (
        ids_and_words(host_checks.check_mirrors, registry=mirrored("mirror", model=row, field="data", key="id")) == []
    )
    for field, key in (("data", "data"), ("other", "id"), ("data", "ID")):
        assert (
            len(ids_and_words(host_checks.check_mirrors, registry=mirrored("mirror", model=row, field=field, key=key)))
            == 1
        )


@isolate_apps("tests.unit.model_retirement")
@pytest.mark.parametrize("expression", [KT("data__nest__id"), F("data__id__deep"), F("data"), Value("id")])
def test_what_stands_elsewhere_in_the_same_json_is_no_mirror_of_the_key(expression: Any):
    generated = GeneratedField(expression=expression, output_field=models.TextField(), db_persist=True)
    row = made("Row", data=models.JSONField(), mirror=generated)
    assert (
        len(ids_and_words(host_checks.check_mirrors, registry=mirrored("mirror", model=row, field="data", key="id")))
        == 1
    )


@pytest.mark.parametrize(
    ("adapter", "site", "debug", "ids"),
    [
        ("Silent", "https://host.example", False, ["E208"]),
        ("Silent", "", False, ["E208", "E209"]),
        ("Silent", "", True, ["E208"]),
        ("WithPages", "", False, ["E208"]),
        ("Mailing", "", False, ["E209"]),
        ("Mailing", "https://host.example", False, []),
        ("Delivering", "", False, []),
        ("Nobody", "", False, []),
    ],
)
def test_somebody_must_hear_and_links_must_lead_somewhere(
    settings: Settings, adapter: str, site: str, debug: bool, ids: list[str]
):
    settings.MODEL_RETIREMENT_PLATFORM = f"{ADAPTERS}.{adapter}"
    settings.MODEL_RETIREMENT_SITE_URL = site
    settings.DEBUG = debug
    assert [message.id for message in setting_checks.check_platform()] == [
        f"model_retirement.{check_id}" for check_id in ids
    ]


def test_a_host_without_any_adapter_tells_nobody(settings: Settings):
    del settings.MODEL_RETIREMENT_PLATFORM
    assert [message.id for message in setting_checks.check_platform()] == ["model_retirement.E208"]


@isolate_apps("tests.unit.model_retirement")
def test_a_mirror_that_cannot_hold_the_keys_of_the_models_is_told():
    mirror = ModelMirror("data", key="id", output_field=models.UUIDField())
    row = made("Row", data=models.JSONField(), mirror=mirror)
    (message,) = host_checks.check_mirrors(registry=mirrored("mirror", model=row, field="data", key="id"))
    assert message.id == "model_retirement.E207"
    assert message.msg.endswith("holds UUIDs, and the keys of service_providers.LlmProviderModel are integers.")


@isolate_apps("tests.unit.model_retirement")
def test_a_mirror_of_uuids_is_declared_with_its_type(monkeypatch: pytest.MonkeyPatch):
    uuids = made("Uuids", id=models.UUIDField(primary_key=True))
    monkeypatch.setattr(host_checks, "llm_model", lambda: uuids)
    row = made("Row", data=models.JSONField(), mirror=ModelMirror("data", key="id"))
    (message,) = host_checks.check_mirrors(registry=mirrored("mirror", model=row, field="data", key="id"))
    assert message.msg.endswith("holds integers, and the keys of hosts.Uuids are UUIDs.")
    assert 'ModelMirror("data", key="id", output_field=models.UUIDField())' in str(message.hint)
    right = made(
        "Right", data=models.JSONField(), mirror=ModelMirror("data", key="id", output_field=models.UUIDField())
    )
    assert host_checks.check_mirrors(registry=mirrored("mirror", model=right, field="data", key="id")) == []


def test_a_twin_that_does_not_know_what_the_table_must_have_is_an_error(settings: Settings):
    """Rule 29: `migrate` would stop at the first model that the catalogue offers newly."""
    with modify_settings(INSTALLED_APPS={"append": "tests.forgetful_app"}):
        settings.MODEL_RETIREMENT_MODEL = "forgetful_app.Twin"
        (error,) = [message for message in field_checks.check_fields() if message.id == field_checks.MISSING_FIELD]
    assert error.msg == (
        "forgetful_app.Twin does not know the column created_at of service_providers_llmprovidermodel, which must have a"
        " value: no row could be made."
    )
    assert "called as service_providers.LlmProviderModel.created_at is" in str(error.hint)


@pytest.mark.django_db
def test_nothing_else_is_asked_of_a_database_that_is_not_supported(monkeypatch: pytest.MonkeyPatch):
    """One check that raises would hide that it is not."""
    monkeypatch.setattr(connection, "vendor", "mysql")
    monkeypatch.setattr(connection, "display_name", "MySQL", raising=False)
    own = [message for message in run_checks(databases=["default"]) if str(message.id).startswith("model_retirement")]
    assert [(message.id, message.msg) for message in own] == [("model_retirement.E205", "Database default is MySQL.")]


def test_the_app_of_data_migrations_is_asked_for(monkeypatch: pytest.MonkeyPatch):
    config = apps.get_app_config("model_retirement")
    monkeypatch.setattr(apps, "is_installed", lambda _name: False)
    with pytest.raises(ImproperlyConfigured, match=r'^Add "model_retirement\.data_migrations" to INSTALLED_APPS'):
        config.ready()
