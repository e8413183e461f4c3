from django.db import migrations

from model_retirement.data_migrations.operations import ImportRecords, RunDataMigration  # host:
from model_retirement.operations import llm_model_migration  # host: the catalogue goes into the table
from model_retirement.references.schema import ModelReferenceIndex  # host:


class Migration(migrations.Migration):
    dependencies = [
        ("flows", "0001_initial"),
        ("model_retirement", "0001_initial"),  # host:
        ("model_retirement_data_migrations", "0001_initial"),  # host:
    ]

    operations = [
        migrations.AddIndex(
            "step", ModelReferenceIndex(field="settings", path="llm_model_id", name="flows_step_model")
        ),
        llm_model_migration(),  # host:
        ImportRecords("flows.DataMigration"),  # host:
        RunDataMigration("fill_labels"),
        RunDataMigration("2025_02_empty_flows"),
        RunDataMigration("drop_blank_settings"),
        RunDataMigration("trim_names"),
    ]
