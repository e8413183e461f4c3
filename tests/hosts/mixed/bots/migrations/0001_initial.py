import uuid

import django.db.models.deletion
from django.db import migrations, models

import model_retirement.fields  # host:


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="LanguageModel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("type", models.CharField(max_length=64, verbose_name="type")),
                ("name", models.CharField(max_length=128, verbose_name="name")),
                ("max_token_limit", models.PositiveIntegerField(verbose_name="max token limit")),
                ("deprecated", models.BooleanField(default=False, verbose_name="deprecated")),
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
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("slug", models.SlugField(unique=True)),
                ("email", models.EmailField(max_length=254)),
            ],
        ),
        migrations.CreateModel(
            name="Macro",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                (
                    "model",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="bots.languagemodel"
                    ),
                ),
                ("space", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="bots.space")),
            ],
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
                ("settings", models.JSONField(default=dict)),
                ("model_ref", model_retirement.fields.ModelMirror("settings", db_index=True, key="model_id")),  # host:
                ("space", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="bots.space")),
            ],
        ),
    ]
