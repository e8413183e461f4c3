from django.db import migrations, models

import apps.service_providers.references.schema


class Migration(migrations.Migration):
    dependencies = [
        ("pipelines", "0003_one_index_for_the_pipeline"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="node", name="pipelines_node_fallbacks"),
        apps.service_providers.references.schema.ReplaceMirror(
            model_name="node",
            name="llm_provider_model_ref",
            field=models.GeneratedField(
                db_persist=True,
                expression=apps.service_providers.references.schema.StoredId("params", key="llm_provider_model_id"),
                null=True,
                output_field=models.BigIntegerField(),
            ),
        ),
        # The same index by name, over the ids as they are read now.
        migrations.AddIndex(
            model_name="node",
            index=apps.service_providers.references.schema.JsonIdListIndex(
                field="params", key="fallback_llm_provider_model_ids", name="pipelines_node_fallbacks"
            ),
        ),
    ]
