"""What stood in the way of an undo, beside which rows it left alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("service_providers", "0010_removed_model_reopened_at")]

    operations = [
        migrations.AddField(
            model_name="referencechange",
            name="left_alone",
            field=models.JSONField(
                null=True,
                help_text="the same by what stood in the way: gone, changed, or the number of a later removal",
            ),
        ),
    ]
