"""What the engine sets up in a host when Django starts: no more than the host has left to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.db.models.deletion import ProtectedError
from pytest_django import Settings

from apps.service_providers.models import LlmProviderModel
from model_retirement.admin.llm_models import LlmModelAdmin
from model_retirement.data_migrations import remarks
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory
from tests.processes import ROOT

WITHOUT_SETTINGS = [
    "model_retirement",
    "model_retirement.catalogue",
    "model_retirement.conf",
    "model_retirement.platform",
]

OF_THE_ENGINE = """
from model_retirement.abstract import AbstractLlmModel
from model_retirement.catalogue import Deleted, Model, k
from model_retirement.data_migrations.commands import IdempotentCommand
from model_retirement.data_migrations.operations import RunDataMigration
from model_retirement.fields import ModelMirror
from model_retirement.models import (
    ReferenceChange, RemovalRun, RemovedModel, TeamMessage, TeamNotice, TeamTokenLimit
)
from model_retirement.operations import llm_model_migration
from model_retirement.platform import Platform
from model_retirement.references import (
    ForeignKeyReference, JsonIdListReference, JsonIdReference, ManyToManyReference, Reference, Resource, registry
)
from model_retirement.signals import references_moved
from model_retirement.testing import assert_reference_kind
"""
OF_THE_PLATFORM = """
from apps.data_migrations.management.commands.base import IdempotentCommand
from apps.data_migrations.models import CustomMigration, CustomMigrationRun
from apps.data_migrations.utils.migrations import RunDataMigration
from apps.service_providers.llm_service.default_models import DEFAULT_LLM_PROVIDER_MODELS, DELETED_MODELS, Model, k
from apps.service_providers.migration_utils import llm_model_migration
from apps.service_providers.models import LlmProviderModel
"""


def ready() -> None:
    """Start the engine as Django does."""
    apps.get_app_config("model_retirement").ready()


@pytest.fixture
def unregistered() -> Iterator[None]:
    """The table of models has no admin."""
    admin.site.unregister(LlmProviderModel)
    yield
    if admin.site.is_registered(LlmProviderModel):
        admin.site.unregister(LlmProviderModel)
    admin.site.register(LlmProviderModel, LlmModelAdmin)


def registered() -> type | None:
    """Return the class of the admin that the table of models has."""
    is_registered = admin.site.is_registered(LlmProviderModel)
    return type(admin.site.get_model_admin(LlmProviderModel)) if is_registered else None


def test_a_table_that_nobody_has_registered_gets_the_engines_admin(unregistered: None):
    ready()
    assert registered() is LlmModelAdmin


def test_an_admin_of_the_hosts_own_stays(unregistered: None):
    class Own(admin.ModelAdmin):
        """The host's."""

    admin.site.register(LlmProviderModel, Own)
    ready()
    assert registered() is Own


def test_a_host_may_keep_its_table_out_of_the_admin(unregistered: None, settings: Settings):
    settings.MODEL_RETIREMENT_ADMIN = False
    ready()
    assert registered() is None


def test_a_host_whose_admin_finds_nothing_by_itself_gets_the_engines(unregistered: None, settings: Settings):
    """Of such an admin the host imports the modules itself, later: the engine imports none before it."""
    settings.INSTALLED_APPS = [
        "django.contrib.admin.apps.SimpleAdminConfig" if app == "django.contrib.admin" else app
        for app in settings.INSTALLED_APPS
    ]
    assert registered() is LlmModelAdmin


def test_a_host_without_an_admin_has_nothing_registered(unregistered: None, settings: Settings):
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django.contrib.admin"]
    assert registered() is None


def test_no_page_asks_the_host_for_an_admin_of_its_teams_with_a_search():
    """Django refuses an autocomplete of a model without one (admin.E039, admin.E040)."""
    ours = [pages for pages in admin.site._registry.values() if type(pages).__module__.startswith("model_retirement.")]
    assert {tuple(pages.autocomplete_fields) for pages in ours} == {()}
    assert [list(pages.raw_id_fields) for pages in ours if pages.raw_id_fields] == [["team"], ["team"]]


@pytest.mark.django_db
@pytest.mark.parametrize("guards", [True, False])
def test_a_host_may_keep_its_deletes_to_itself(unguarded: None, settings: Settings, guards: bool):
    settings.MODEL_RETIREMENT_GUARD_DELETES = guards
    ready()
    model = LlmProviderModelFactory.create()
    AssistantFactory.create(llm_provider_model=model)
    if guards:
        with pytest.raises(ProtectedError, match="was not deleted"), transaction.atomic():
            model.delete()
    else:
        model.delete()
    assert LlmProviderModel.objects.filter(name=model.name).exists() is guards


@pytest.mark.django_db
def test_an_engine_that_gets_ready_twice_says_nothing_twice():
    remembered = ["on default"]
    # It stays registered after this test, and has nothing to say then.
    remark = remarks.Remark(
        names=lambda using: [*remembered], lines=lambda names, using: [name for name in remembered if name in names]
    )
    before = remarks.names(using="default")
    remarks.register(remark)
    remarks.register(remark)
    ready()
    assert remarks.names(using="default") == {*before, "on default"}
    assert remarks.lines(names=["on default"], using="default") == ["on default"]
    remembered.clear()


def python(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own."""
    clean = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=clean | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("module", WITHOUT_SETTINGS)
def test_what_settings_and_catalogues_import_needs_no_settings(module: str):
    done = python(f"import {module}; from django.conf import settings; assert not settings.configured")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("imports", [OF_THE_ENGINE, OF_THE_PLATFORM], ids=["engine", "platform"])
def test_the_names_that_hold_can_be_imported(imports: str):
    done = python(f"import django; django.setup()\n{imports}", DJANGO_SETTINGS_MODULE="config.settings")
    assert (done.returncode, done.stderr) == (0, "")
