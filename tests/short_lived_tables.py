"""Tables of an app that is installed for one test alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from django.apps import apps
from django.db import connection
from django.db.models import Model
from django.test import modify_settings


@contextlib.contextmanager
def tables_of(app: str, models: Callable[[], Sequence[type[Model]]]) -> Iterator[None]:
    """Install an app within a test's transaction, which takes its tables away again.

    :param models: gives those that get a table; called when the app is installed
    """
    with modify_settings(INSTALLED_APPS={"append": app}):
        made = models()
        apps.clear_cache()  # what models know of relations to them is from before
        # A schema editor that is entered would refuse to work within a transaction.
        editor = connection.schema_editor()
        editor.deferred_sql = []
        for model in made:
            editor.create_model(model)
        for statement in editor.deferred_sql:
            editor.execute(statement, None)
        yield


def run_sql(*statements: str) -> None:
    """Run statements in the test's transaction, such as make or alter a table."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table is not altered while its keys wait for a look
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for statement in statements:
            cursor.execute(statement)
