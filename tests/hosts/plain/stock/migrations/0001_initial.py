from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(blank=True, max_length=50)),
            ],
        ),
        migrations.RunSQL("INSERT INTO stock_item (label) VALUES (''), ('bolt'), ('')", migrations.RunSQL.noop),
    ]
