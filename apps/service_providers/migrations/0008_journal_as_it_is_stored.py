from django.db import migrations, models

import apps.service_providers.references.stored_json

VALUE = models.JSONField(
    decoder=apps.service_providers.references.stored_json.StoredJSONDecoder,
    encoder=apps.service_providers.references.stored_json.StoredJSONEncoder,
    null=True,
)


class Migration(migrations.Migration):
    dependencies = [
        ("service_providers", "0007_one_index_for_the_team"),
    ]

    operations = [
        # How Python reads and writes the columns; SQLite would copy the table for nothing.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(model_name="referencechange", name="old_value", field=VALUE.clone()),
                migrations.AlterField(model_name="referencechange", name="new_value", field=VALUE.clone()),
            ],
        ),
    ]
