import uuid

import django.db.models.deletion
from django.db import migrations, models

import model_retirement.fields  # host:
import model_retirement.references.schema  # host:


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="LanguageModel",
            fields=[
                ("type", models.CharField(max_length=64, verbose_name="type")),
                ("name", models.CharField(max_length=128, verbose_name="name")),
                ("max_token_limit", models.PositiveIntegerField(verbose_name="max token limit")),
                ("deprecated", models.BooleanField(default=False, verbose_name="deprecated")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
            ],
            options={
                "verbose_name": "LLM model",
                "verbose_name_plural": "LLM models",
                "ordering": ["type", "name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Space",
            fields=[
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=80)),
                ("slug", models.SlugField(unique=True)),
                ("email", models.EmailField(max_length=254)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("dollars", models.DecimalField(decimal_places=6, max_digits=12)),
                ("model", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="bots.languagemodel")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="languagemodel",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="custom_llm_provider_models",
                to="bots.space",
                verbose_name="team",
            ),
        ),
        migrations.CreateModel(
            name="Bot",
            fields=[
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=80)),
                ("model_name", models.CharField(blank=True, max_length=128)),
                ("limits", models.JSONField(default=dict)),
                (
                    "model",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="bots.languagemodel"
                    ),
                ),
                ("others", models.ManyToManyField(blank=True, related_name="+", to="bots.languagemodel")),
                ("space", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="bots.space")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("label", models.CharField(max_length=80)),
                ("settings", models.JSONField(default=dict)),
                ("routes", models.JSONField(default=list)),
                (
                    "model_ref",
                    model_retirement.fields.ModelMirror(  # host:
                        "settings", db_index=True, key="model_id", output_field=models.UUIDField()
                    ),
                ),
                ("bot", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="bots.bot")),
            ],
            options={
                "indexes": [
                    model_retirement.references.schema.JsonIdListIndex(  # host:
                        field="settings", key="fallbacks", name="bots_step_fallbacks"
                    )
                ],
                "constraints": [
                    model_retirement.references.schema.MirrorForeignKey(  # host:
                        mirror="model_ref", name="bots_step_model", to="bots.LanguageModel"
                    )
                ],
            },
        ),
    ]
