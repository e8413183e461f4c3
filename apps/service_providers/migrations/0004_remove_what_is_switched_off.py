from django.db import migrations

from model_retirement.data_migrations.operations import RunDataMigration
from model_retirement.operations import llm_model_migration


class Migration(migrations.Migration):
    dependencies = [
        ("service_providers", "0003_deprecate_what_feeds_announce"),
    ]

    operations = [
        # Update model list (marks deprecated models)
        llm_model_migration(),
        # Clean up references and notify teams
        RunDataMigration("remove_deprecated_models"),
    ]
