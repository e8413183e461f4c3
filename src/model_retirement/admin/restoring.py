"""The restore of a removal on its page in the admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext

from model_retirement.data_migrations import run_once
from model_retirement.data_migrations.admin.pages import Refused
from model_retirement.models import RemovalRun
from model_retirement.notices import outbox
from model_retirement.obstacles import by_words, in_words
from model_retirement.references import registry
from model_retirement.removal import restore
from model_retirement.wording import counted, first_of, translated, translated_reason


def preview(run: RemovalRun) -> Mapping[str, Any]:
    """Return what the page shows of a restore before it.

    :raises Refused: if the removal cannot be undone
    """
    try:
        report = restore.preview(run_id=run.pk, registry=registry, using=DEFAULT_DB_ALIAS)
    except restore.RestoreRefused as error:
        raise Refused(translated_reason(error)) from error
    return {
        "report": report,
        "not_back": [(model, translated(in_words(model.obstacle))) for model in report.not_back],
        "models": [
            (
                model,
                [(label.split("."), number) for label, number in sorted(model.restored.items())],
                [
                    (
                        label.split("."),
                        len(ids),
                        translated(words),
                        translated(first_of(ids)),
                    )
                    for label, left_alone in sorted(model.obstacles.items())
                    for words, ids in by_words(left_alone).items()
                ],
            )
            for model in report.models
        ],
    }


def is_partial(run: RemovalRun) -> bool:
    """Return whether a removal was undone but for a model, for which the same can be done again."""
    if run.restored_at is None or run.journal_pruned_at is not None:
        return False
    gone = (model for model in run.models.all() if model.removed_at)
    return any(model.restored_at is None or model.restored_at > run.restored_at for model in gone)


def carry_out(run: RemovalRun, who: str) -> str:
    """Undo a removal, and return what is said of that.

    :raises Refused: if it cannot be undone
    """
    try:
        done = restore.claim_and_restore(
            run_id=run.pk, registry=registry, triggered_by=who, wait=0, using=DEFAULT_DB_ALIAS
        )
    except (restore.RestoreRefused, run_once.HeldByAnother, run_once.LeaseLost) as error:
        raise Refused(translated_reason(error)) from error
    queued = outbox.create_messages(using=DEFAULT_DB_ALIAS)
    facts = {
        "models": counted("%(number)s model", "%(number)s models", done.back),
        "references": counted("%(number)s reference", "%(number)s references", done.restored),
        "left_alone": f"{done.left_alone:,}",
        "mails": counted("%(number)s e-mail", "%(number)s e-mails", queued),
    }
    words = gettext(
        "Restored %(models)s as deprecated: %(references)s put back, %(left_alone)s left alone. %(mails)s queued; the"
        " command send_team_notices sends what is queued."
    )
    missing = [f"{model} ({translated(in_words(model.obstacle))})" for model in done.not_back]
    not_back = gettext("Not back: %(models)s. Clear that away and restore again.") % {"models": ", ".join(missing)}
    return f"{words % facts} {not_back}" if missing else words % facts
