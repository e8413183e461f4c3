"""App configuration."""

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DataMigrationsConfig(AppConfig):
    name = "model_retirement.data_migrations"
    label = "model_retirement_data_migrations"
    verbose_name = _("Data migrations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # They need the models, which are not there yet when this module is imported.
        from model_retirement.data_migrations.after_migrate import run_what_waits, tell_of_imports  # noqa: PLC0415
        from model_retirement.data_migrations.checks import check_migrations  # noqa: PLC0415  (the same)

        checks.register(check_migrations, checks.Tags.models)
        post_migrate.connect(tell_of_imports, dispatch_uid="model_retirement.imported_records")
        post_migrate.connect(run_what_waits, dispatch_uid="model_retirement.data_migrations")
