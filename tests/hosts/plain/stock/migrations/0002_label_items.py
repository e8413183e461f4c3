from django.db import migrations

from model_retirement.data_migrations.operations import RunDataMigration


class Migration(migrations.Migration):
    dependencies = [
        ("model_retirement_data_migrations", "0001_initial"),
        ("stock", "0001_initial"),
    ]

    operations = [
        RunDataMigration("2024_cleanup", options={"label": "nut"}),
    ]
