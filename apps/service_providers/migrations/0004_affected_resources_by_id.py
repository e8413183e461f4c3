from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("service_providers", "0003_removed_model_retires_on")]

    operations = [
        migrations.AddField(
            model_name="affectedresources",
            name="resource",
            field=models.CharField(default="", help_text="label of the resource's Django model", max_length=200),
            preserve_default=False,
        ),
    ]
