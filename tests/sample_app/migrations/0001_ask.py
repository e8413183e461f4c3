from django.db import migrations

from apps.data_migrations.utils.migrations import RunDataMigration


class Migration(migrations.Migration):
    dependencies = [
        ("model_retirement_data_migrations", "0001_initial"),
        ("teams", "0001_initial"),
    ]

    operations = [
        RunDataMigration("sample_atomic"),
        RunDataMigration("sample_batched"),
    ]
