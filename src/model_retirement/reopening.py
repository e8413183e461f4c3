"""Which undone removals may be done again: those whose model was offered anew, or whose entry had left the list.

A restore closes an entry, as long as the list is the one that it was restored against. No date tells whether the list
that names the model today is still that one, so it is written down when it is not: whenever the table is made to match
the catalogue, and at the end of each ``migrate``, since a release that only shortens the list has no migration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

if TYPE_CHECKING:
    from django.db.models import Model

    from model_retirement.catalogue.view import Catalogue


def note_unlisted(*, model: type[Model], catalogue: Catalogue, using: str) -> None:
    """Write down of restored models that the catalogue does not list their removal: from now on their entries are open.

    One query, and another one if there is something to write.

    :param model: ``LlmProviderModel``, or its historical version in a migration
    """
    # The registry that the model is of: in a migration, that of its state.
    removed_model: Any = model._meta.apps.get_model("model_retirement", "RemovedModel")  # noqa: SLF001  documented
    restored = removed_model.objects.using(using).filter(restored_at__isnull=False, reopened_at=None)
    unlisted = [
        pk
        for pk, provider, name in restored.values_list("pk", "provider", "name")
        if not catalogue.find_removal(provider, name)
    ]
    if unlisted:
        restored.filter(pk__in=unlisted).update(reopened_at=timezone.now())
