from django.db import migrations

from model_retirement.operations import llm_model_migration  # host: the catalogue goes into the table


class Migration(migrations.Migration):
    dependencies = [
        ("bots", "0001_initial"),
        ("model_retirement", "0001_initial"),  # host:
    ]

    operations = [llm_model_migration()]  # host:
