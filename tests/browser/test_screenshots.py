"""Pictures of the admin's pages for the documents: ``make screenshots``. No test of anything but that the pages open."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from PIL import Image

from apps.demo.people import STAFF_EMAIL, STAFF_PASSWORD
from apps.service_providers.models import LlmProviderModel
from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import ReferenceChange, RemovalRun, TeamMessage
from tests.browser.acts import DESK, PHONE, log_in
from tests.browser.history import make_history
from tests.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.screenshots, pytest.mark.django_db(transaction=True)]

FOLDER = ROOT / "docs/screenshots"
HEIGHT = 700
MOST_HEIGHT = 1300
COLOURS = 256
IN_THE_DARK = ("front-page", "models", "deprecated-models", "removal", "message")
"""Pages that are taken by night, too."""

IN_FULL = ("model", "model-removal", "removal", "removal-restore", "message", "notice", "attempt")
"""Pages that say much below the first screen: they are taken down to their end, or as far as a picture may reach."""


def test_every_page_has_its_picture(page: Page, live_server, settings):
    settings.MODEL_RETIREMENT_CATALOGUE = "apps.demo.catalogue"
    settings.MODEL_RETIREMENT_PLATFORM = "config.demo.Platform"
    make_history(teams=18, nodes=700)
    page.goto(live_server.url)
    log_in(page, email=STAFF_EMAIL, password=STAFF_PASSWORD)
    for name, path in paths().items():
        for scheme in ("light", "dark") if name in IN_THE_DARK else ("light",):
            page.emulate_media(color_scheme=scheme)
            for width in (DESK, PHONE):
                page.set_viewport_size({"width": width, "height": HEIGHT})
                response = page.goto(live_server.url + path)
                assert response is not None
                assert response.ok, path
                if name in IN_FULL:
                    height = page.evaluate("document.documentElement.scrollHeight")
                    page.set_viewport_size({"width": width, "height": min(height, MOST_HEIGHT)})
                keep(page.screenshot(), FOLDER / f"{name}-{width}-{scheme}.png")


def keep(picture: bytes, path: Path) -> None:
    """Write a picture with so few colours that many of them do not weigh on the repository."""
    with Image.open(io.BytesIO(picture)) as full:
        full.convert("RGB").quantize(COLOURS, kmeans=1, dither=Image.Dither.NONE).save(path, optimize=True)


def paths() -> dict[str, str]:
    """Return the path of each page by the name of its picture."""
    model = LlmProviderModel.objects.get(team=None, type="openai", name="gpt-4-turbo")
    run = RemovalRun.objects.latest("pk")
    entry = ReferenceChange.objects.filter(removed_model__run=run).latest("object_count")
    gave_up = TeamMessage.objects.filter(status="gave_up")[0]
    sent = TeamMessage.objects.filter(status="sent").latest("pk")
    failed = CustomMigration.objects.get(status="failed")
    pages = {
        "models": ("service_providers_llmprovidermodel_changelist",),
        "deprecated-models": ("service_providers_llmprovidermodel_deprecated",),
        "model": ("service_providers_llmprovidermodel_change", model.pk),
        "model-use": ("service_providers_llmprovidermodel_use", model.pk),
        "model-removal": ("service_providers_llmprovidermodel_removal", model.pk),
        "removals": ("model_retirement_removalrun_changelist",),
        "removal": ("model_retirement_removalrun_change", run.pk),
        "removal-journal": ("model_retirement_removalrun_journal", run.pk),
        "removal-journal-entry": ("model_retirement_removalrun_entry", run.pk, entry.pk),
        "removal-restore": ("model_retirement_removalrun_restore", run.pk),
        "messages": ("model_retirement_teammessage_changelist",),
        "message": ("model_retirement_teammessage_change", sent.pk),
        "message-send-again": ("model_retirement_teammessage_send-again", gave_up.pk),
        "notices": ("model_retirement_teamnotice_changelist",),
        "notice": ("model_retirement_teamnotice_change", sent.notices.all()[0].pk),
        "unreachable-teams": ("model_retirement_teamnotice_unreachable",),
        "data-migrations": ("model_retirement_data_migrations_custommigration_changelist",),
        "data-migration": ("model_retirement_data_migrations_custommigration_change", failed.pk),
        "data-migration-mark": ("model_retirement_data_migrations_custommigration_mark", failed.pk),
        "data-migration-unmark": ("model_retirement_data_migrations_custommigration_unmark", failed.pk),
        "attempts": ("model_retirement_data_migrations_custommigrationrun_changelist",),
        "attempt": ("model_retirement_data_migrations_custommigrationrun_change", failed.runs.get().pk),
    }
    urls = {name: reverse(f"admin:{page}", args=args) for name, (page, *args) in pages.items()}
    return {"front-page": reverse("admin:index"), **urls}
