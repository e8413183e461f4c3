"""App configuration."""

from django.apps import AppConfig, apps
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from model_retirement import conf


class ModelRetirementConfig(AppConfig):
    name = "model_retirement"
    verbose_name = _("Model retirement")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from model_retirement import (  # noqa: PLC0415  (the same)
            after_migrate,
            field_checks,
            host_checks,
            host_models,
            operations,
            place_checks,
            reference_checks,
            references,
            setting_checks,
        )
        from model_retirement import checks as own_checks  # noqa: PLC0415  (models are not loaded before ready)
        from model_retirement.data_migrations import remarks  # noqa: PLC0415  (the same)
        from model_retirement.references import guard  # noqa: PLC0415  (the same)

        if not apps.is_installed("model_retirement.data_migrations"):
            raise ImproperlyConfigured(
                'Add "model_retirement.data_migrations" to INSTALLED_APPS, before "model_retirement".'
            )
        # Whatever comes next would say of a wrong name only that something is not there.
        host_models.llm_model()
        host_models.team_model()
        references.autodiscover()
        if conf.guards_deletes():
            guard.connect()
        checks.register(own_checks.check_catalogue, own_checks.CATALOGUE_TAG)
        checks.register(own_checks.check_catalogue_warnings, own_checks.CATALOGUE_TAG)
        checks.register(own_checks.check_table, checks.Tags.database)
        checks.register(own_checks.check_staying, checks.Tags.database)
        checks.register(reference_checks.check_declarations, checks.Tags.models)
        checks.register(reference_checks.check_relations, checks.Tags.models)
        checks.register(reference_checks.check_owned_rows, checks.Tags.models)
        checks.register(reference_checks.check_constraints, checks.Tags.database)
        checks.register(reference_checks.check_dangling_ids, checks.Tags.database)
        checks.register(reference_checks.check_disagreeing_rows, checks.Tags.database)
        checks.register(place_checks.check_places, checks.Tags.database, place_checks.REFERENCES_TAG)
        for check in (setting_checks.check_settings, setting_checks.check_methods, setting_checks.check_platform):
            checks.register(check)
        for check in (
            field_checks.check_fields,
            host_checks.check_keys,
            host_checks.check_resources,
            host_checks.check_mirrors,
            host_checks.check_graph,
        ):
            checks.register(check, checks.Tags.models)
        checks.register(host_checks.check_database, checks.Tags.database)
        post_migrate.connect(operations.report_changes, sender=self, dispatch_uid="model_retirement.report_changes")
        post_migrate.connect(after_migrate.see_release, sender=self, dispatch_uid="model_retirement.see_release")
        post_migrate.connect(after_migrate.tell_of_staying_models, dispatch_uid="model_retirement.staying_models")
        remarks.register(remarks.Remark(names=after_migrate.remarked_names, lines=after_migrate.remarked_lines))
        if conf.registers_admin() and apps.is_installed("django.contrib.admin"):
            _register_admin()


def _register_admin() -> None:
    """Register the host's table of models where nobody has; whoever has been slower than this would be refused."""
    from django.contrib import admin  # noqa: PLC0415  (an optional app)
    from django.contrib.admin.apps import AdminConfig  # noqa: PLC0415  (the same)

    from model_retirement.admin.llm_models import LlmModelAdmin  # noqa: PLC0415  (the same)
    from model_retirement.host_models import llm_model  # noqa: PLC0415  (models are not loaded before ready)

    if isinstance(apps.get_app_config("admin"), AdminConfig):
        admin.autodiscover()
    if not admin.site.is_registered(llm_model()):
        admin.site.register(llm_model(), LlmModelAdmin)
