from django.db import migrations

from model_retirement.data_migrations.operations import RunDataMigration
from model_retirement.operations import llm_model_migration


class Migration(migrations.Migration):
    dependencies = [
        ("service_providers", "0002_sync_llm_models"),
    ]

    operations = [
        # Update model list (marks deprecated models)
        llm_model_migration(),
        # Tell the teams that use deprecated models
        RunDataMigration("notify_deprecated_models"),
    ]
