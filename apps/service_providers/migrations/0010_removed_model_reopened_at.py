from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("service_providers", "0009_what_comes_back_is_news"),
    ]

    operations = [
        migrations.AddField(
            model_name="removedmodel",
            name="reopened_at",
            field=models.DateTimeField(
                blank=True,
                help_text="when the list did not name the model any more after its restore; open again from then on",
                null=True,
            ),
        ),
    ]
