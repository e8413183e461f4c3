"""App configuration."""

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate


class ServiceProvidersConfig(AppConfig):
    name = "apps.service_providers"
    verbose_name = "Service providers"

    def ready(self) -> None:
        from apps.service_providers import after_migrate, migration_utils, references  # noqa: PLC0415  (the same)
        from apps.service_providers import checks as own_checks  # noqa: PLC0415  (models are not loaded before ready)
        from apps.service_providers.references import checks as reference_checks  # noqa: PLC0415  (the same)
        from apps.service_providers.references import guard  # noqa: PLC0415  (the same)

        references.autodiscover()
        guard.connect()
        checks.register(own_checks.check_catalogue, own_checks.CATALOGUE_TAG)
        checks.register(own_checks.check_table, checks.Tags.database)
        checks.register(own_checks.check_returned, checks.Tags.database)
        checks.register(reference_checks.check_relations, checks.Tags.models)
        checks.register(reference_checks.check_constraints, checks.Tags.database)
        checks.register(reference_checks.check_dangling_ids, checks.Tags.database)
        post_migrate.connect(migration_utils.report_changes, sender=self, dispatch_uid="report_changes")
        post_migrate.connect(after_migrate.see_release, sender=self, dispatch_uid="see_release")
        post_migrate.connect(after_migrate.tell_of_returned_models, dispatch_uid="returned_models")
