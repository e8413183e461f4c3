import django.db.models.deletion
from django.db import migrations, models

from model_retirement import conf


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(conf.team_model_label()),
    ]

    operations = [
        migrations.CreateModel(
            name="LlmProviderModel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("type", models.CharField(max_length=64, verbose_name="type")),
                ("name", models.CharField(max_length=128, verbose_name="name")),
                ("max_token_limit", models.PositiveIntegerField(verbose_name="max token limit")),
                ("deprecated", models.BooleanField(default=False, verbose_name="deprecated")),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="custom_llm_provider_models",
                        to=conf.team_model_label(),
                        verbose_name="team",
                    ),
                ),
            ],
            options={
                "verbose_name": "LLM model",
                "verbose_name_plural": "LLM models",
                "ordering": ["type", "name"],
                "abstract": False,
                "swappable": "MODEL_RETIREMENT_MODEL",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("team", None)), fields=("type", "name"), name="model_retirement_one_global"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("team", None), _negated=True),
                        fields=("team", "type", "name"),
                        name="model_retirement_one_custom",
                    ),
                ],
            },
        ),
    ]
