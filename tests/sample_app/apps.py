"""App configuration."""

import os

from django.apps import AppConfig
from django.db import models


class SampleAppConfig(AppConfig):
    name = "tests.sample_app"
    label = "sample_app"

    def ready(self) -> None:
        if "SAMPLE_LATER_COLUMN" in os.environ:
            from apps.teams.models import Team
            from model_retirement.data_migrations.models import CustomMigration

            # What a later release does: live models have a column that older migrations do not know.
            for model in (Team, CustomMigration):
                model.add_to_class("motto", models.CharField(max_length=50, default="forward"))
