"""Whether a removal would leave a listed model alone."""

from __future__ import annotations

import pytest
from django.utils import timezone

from model_retirement.data_migrations.models import CustomMigration
from model_retirement.models import RemovedModel
from model_retirement.removal.closing import ReturnedModel, StayingModels, closed, closed_because, summary
from tests.factories.service_providers import RemovalRunFactory

pytestmark = pytest.mark.django_db


def removed(name: str, *, restored: bool) -> None:
    now = timezone.now()
    RemovedModel.objects.create(
        run=RemovalRunFactory.create(),
        model_id=1,
        provider="openai",
        name=name,
        max_token_limit=1,
        removed_at=now,
        restored_at=now if restored else None,
    )


@pytest.mark.parametrize(
    ("status", "restored", "why"),
    [
        ("faked", False, "marked as done by hand"),
        ("applied", True, "restored after its removal"),
        ("applied", False, ""),
        ("pending", True, ""),
        (None, True, ""),
    ],
)
def test_what_was_restored_or_marked_by_hand_is_left_alone(django_assert_num_queries, status, restored, why):
    removed("old", restored=restored)
    # A longer name that begins in the same way is another model.
    CustomMigration.objects.create(name="remove_deprecated_models:openai/old-turbo", status="faked")
    if status:
        CustomMigration.objects.create(name="remove_deprecated_models:openai/old", status=status)
    with django_assert_num_queries(2):
        reason = closed(names=["openai/old"], using="default").get("openai/old", "")
    assert reason.partition(";")[0] == why
    assert ("`custom_migrations unmark remove_deprecated_models:openai/old` opens it again" in reason) is bool(why)


def test_what_is_to_be_run_on_another_database_is_said_with_its_alias():
    marked = closed_because("openai/old", status="faked", restored={}, using="shard")
    kept = ReturnedModel(provider="openai", name="old", closed=marked)
    back = ReturnedModel(provider="openai", name="back", closed="")
    assert summary(StayingModels(returned=(kept, back), unasked=("openai/a", "openai/b")), using="shard") == [
        "Listed for removal and left as they are, marked as done by hand;"
        " `custom_migrations unmark remove_deprecated_models:openai/old --database shard` opens it again: openai/old.",
        "In the table although their removal is recorded as done: openai/back."
        " Run `python manage.py remove_deprecated_models --database shard`; with `--only openai/back` it removes that one alone.",
        "Listed for removal and in the table, and nobody has asked for their removal: openai/a, openai/b."
        " Run `python manage.py remove_deprecated_models --database shard`.",
    ]
