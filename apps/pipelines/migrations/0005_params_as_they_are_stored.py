from django.db import migrations, models

import apps.service_providers.references.stored_json


class Migration(migrations.Migration):
    dependencies = [
        ("pipelines", "0004_one_reading_of_model_ids"),
    ]

    operations = [
        # How Python reads and writes the column; SQLite would copy the table for nothing.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="node",
                    name="params",
                    field=models.JSONField(
                        blank=True,
                        decoder=apps.service_providers.references.stored_json.StoredJSONDecoder,
                        default=dict,
                        encoder=apps.service_providers.references.stored_json.StoredJSONEncoder,
                    ),
                ),
            ],
        ),
    ]
