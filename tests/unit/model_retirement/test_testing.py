"""What hosts test their kinds of reference with finds what a kind can get wrong."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from model_retirement.references import Change, ForeignKeyReference, Resource, ResourcePath
from model_retirement.testing import assert_reference_kind
from tests.factories.assistants import AssistantFactory
from tests.factories.service_providers import LlmProviderModelFactory

pytestmark = pytest.mark.django_db


class Blind(ForeignKeyReference):
    """It finds nothing of one team."""

    def pairs(self, *, model_ids, using, team_id=None):
        query, params = super().pairs(model_ids=model_ids, using=using, team_id=team_id)
        return query + (" AND 1 = 0" if team_id else ""), params


class Slow(ForeignKeyReference):
    """It uses no index and does not say so."""

    def pairs(self, *, model_ids, using, team_id=None):
        query, params = super().pairs(model_ids=model_ids, using=using, team_id=team_id)
        return query.replace('llm_provider_model_id" IN', 'llm_provider_model_id" + 0 IN').replace(
            'llm_provider_model_id" =', 'llm_provider_model_id" + 0 ='
        ), params


class Silent(ForeignKeyReference):
    """It does not tell what it has moved."""

    def move(self, **options):
        super().move(**options)
        return []


class Unaware(ForeignKeyReference):
    """It does not tell which resources are concerned."""

    def move(self, **options):
        return [dataclasses.replace(change, affected=[]) for change in super().move(**options)]


class Unwritable(ForeignKeyReference):
    """What it tells is not what comes out of the journal."""

    def move(self, **options):
        return [dataclasses.replace(change, old_value=(change.old_value,)) for change in super().move(**options)]


class Lame(ForeignKeyReference):
    """It moves nothing when nobody listens."""

    def repoint(self, *, row_ids, targets, using):
        return len(row_ids)


class Forgetful(ForeignKeyReference):
    """It cannot undo."""

    def undone(self, *, change: Change, held: Any, others: Any) -> Any:
        return {}


class Careless(ForeignKeyReference):
    """Its undo puts back something else."""

    def restore_values(self, *, change, held, values, using):
        other = LlmProviderModelFactory.create()
        super().restore_values(
            change=dataclasses.replace(change, old_value=other.pk), held=held, values=values, using=using
        )


class Rude(ForeignKeyReference):
    """Its undo takes back what people have chosen since."""

    def undone(self, *, change: Change, held: Any, others: Any) -> Any:
        return {row_id: {self.label: change.old_value} for row_id in change.row_ids if row_id in held}


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        (Blind, r"pairs\(team_id=\)"),
        (Slow, "missing_index must say"),
        (Silent, r"move\(\) tells of \[\]"),
        (Unaware, "affected in a change needs"),
        (Unwritable, "not what JSON makes of it"),
        (Lame, r"repoint\(\) leaves something|move\(\) moves not"),
        (Forgetful, "has not restored all"),
        (Careless, "the undo brings back"),
        (Rude, "as changed or gone since"),
    ],
)
def test_a_kind_that_does_not_keep_to_it_is_told_what_is_wrong(kind: type[ForeignKeyReference], complaint: str):
    reference = kind(
        "assistants.Assistant",
        "llm_provider_model",
        "team",
        ResourcePath(Resource("assistant", "assistants.Assistant")),
    )
    with pytest.raises(AssertionError, match=f"assistants.Assistant.llm_provider_model: .*{complaint}"):
        assert_reference_kind(
            reference, rows=[lambda model: AssistantFactory.create(llm_provider_model=model)], make_model=make_model
        )


def make_model(name: str) -> Any:
    return LlmProviderModelFactory.create(name=name)


def test_it_leaves_nothing_behind():
    reference = ForeignKeyReference(
        "assistants.Assistant",
        "llm_provider_model",
        "team",
        ResourcePath(Resource("assistant", "assistants.Assistant")),
    )
    assert_reference_kind(reference, rows=[lambda model: AssistantFactory.create(llm_provider_model=model)])
    assert not reference.model_class._base_manager.exists()
