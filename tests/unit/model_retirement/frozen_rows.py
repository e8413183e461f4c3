"""A row that the database lets nobody change, for tests of what an odd row stops."""

from __future__ import annotations

from django.db import connection

from apps.pipelines.models import Node


def refusing(node: Node) -> list[str]:
    """Return the statements that make a trigger, as hosts have them."""
    if connection.vendor == "sqlite":
        return [
            f"CREATE TRIGGER keep BEFORE UPDATE ON pipelines_node WHEN OLD.id = {node.pk}"
            " BEGIN SELECT RAISE(ABORT, 'frozen by the auditors'); END"
        ]
    return [
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'frozen by the auditors'; END $$",
        f"CREATE TRIGGER keep BEFORE UPDATE ON pipelines_node FOR EACH ROW WHEN (OLD.id = {node.pk})"
        " EXECUTE FUNCTION keep()",
    ]
