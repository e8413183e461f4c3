"""Every page that the admin has beside those that Django makes for each model: how to get there, and who may."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from django.db.models import Model
from django.urls import reverse

from tests.integration.admin_rows import Past

STANDARD = ("changelist", "add", "history", "delete", "change")
"""What Django has for every model. ``test_admin_pages`` goes through all of them."""

DJANGO_S_OWN = {
    "index",
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "autocomplete",
    "jsi18n",
    "view_on_site",
    "app_list",
    "auth_user_password_change",
}


@dataclasses.dataclass(frozen=True)
class OwnPage:
    """One page.

    :param name: of its URL, without the namespace
    :param rows: the rows in its path
    :param permissions: who has all of them may open it, nobody else
    :param acts: a POST changes something
    :param shows_tenants: text of tenants is on it
    """

    name: str
    rows: Callable[[Past], tuple[Model | str, ...]]
    permissions: tuple[str, ...]
    query: str = ""
    acts: bool = False
    shows_tenants: bool = True

    def path(self, past: Past) -> str:
        """Return the page's path for the rows of a past."""
        args = [row if isinstance(row, str) else row.pk for row in self.rows(past)]
        return f"{reverse(f'admin:{self.name}', args=args)}{self.query}"


SEE_MODELS = ("service_providers.view_llmprovidermodel",)
SEE_REMOVALS = ("model_retirement.view_removalrun",)
SEE_MESSAGES = ("model_retirement.view_teammessage",)
SEE_DATA_MIGRATIONS = ("model_retirement_data_migrations.view_custommigration",)
MANAGE = (*SEE_DATA_MIGRATIONS, "model_retirement_data_migrations.manage_custommigration")

OWN_PAGES = {
    page.name: page
    for page in (
        OwnPage("service_providers_llmprovidermodel_deprecated", lambda _past: (), SEE_MODELS, shows_tenants=False),
        OwnPage("service_providers_llmprovidermodel_export", lambda _past: ("csv",), SEE_MODELS, shows_tenants=False),
        OwnPage("service_providers_llmprovidermodel_use", lambda past: (past.model,), SEE_MODELS),
        OwnPage("service_providers_llmprovidermodel_removal", lambda past: (past.model,), SEE_MODELS),
        # Here and in an entry, quotes are those of JSON.
        OwnPage("model_retirement_removalrun_journal", lambda past: (past.run,), SEE_REMOVALS, shows_tenants=False),
        OwnPage(
            "model_retirement_removalrun_entry",
            lambda past: (past.run, past.change),
            SEE_REMOVALS,
            shows_tenants=False,
        ),
        OwnPage(
            "model_retirement_removalrun_restore",
            lambda past: (past.run,),
            (*SEE_REMOVALS, "model_retirement.restore_removalrun"),
            acts=True,
            shows_tenants=False,
        ),
        OwnPage("model_retirement_teammessage_mail", lambda past: (past.message,), SEE_MESSAGES),
        OwnPage(
            "model_retirement_teammessage_send-again",
            lambda past: (past.message,),
            (*SEE_MESSAGES, "model_retirement.resend_teammessage"),
            acts=True,
        ),
        OwnPage("model_retirement_teamnotice_unreachable", lambda _past: (), ("model_retirement.view_teamnotice",)),
        OwnPage(
            "model_retirement_data_migrations_custommigration_mark", lambda past: (past.migration,), MANAGE, acts=True
        ),
        OwnPage(
            "model_retirement_data_migrations_custommigration_unmark", lambda past: (past.migration,), MANAGE, acts=True
        ),
    )
}

FILLED_PAGES = (
    *OWN_PAGES.values(),
    OwnPage("service_providers_llmprovidermodel_change", lambda past: (past.model,), SEE_MODELS, shows_tenants=False),
    OwnPage("service_providers_llmprovidermodel_change", lambda past: (past.custom,), SEE_MODELS, query="?"),
    OwnPage("model_retirement_removalrun_change", lambda past: (past.run,), SEE_REMOVALS),
    OwnPage("model_retirement_teammessage_change", lambda past: (past.message,), SEE_MESSAGES),
    OwnPage("model_retirement_teamnotice_change", lambda past: (past.notice,), ("model_retirement.view_teamnotice",)),
    OwnPage(
        "model_retirement_data_migrations_custommigration_change", lambda past: (past.migration,), SEE_DATA_MIGRATIONS
    ),
    OwnPage(
        "model_retirement_data_migrations_custommigrationrun_change",
        lambda past: (past.migration.runs.latest("pk"),),
        ("model_retirement_data_migrations.view_custommigrationrun",),
    ),
    OwnPage(
        "model_retirement_data_migrations_custommigrationrun_change",
        lambda past: (past.migration.runs.get(status="failed"),),
        ("model_retirement_data_migrations.view_custommigrationrun",),
        query="?",
    ),
)
"""Our own pages, and Django's pages of rows that we have put more on."""
