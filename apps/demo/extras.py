"""What else demo teams build on models: assistants, evaluators with juries, transcript analyses and collections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apps.assistants.models import Assistant
from apps.demo.dice import happens
from apps.demo.words import ANALYSES, ASSISTANTS, COLLECTIONS, EVALUATORS, PROMPTS
from apps.documents.models import Collection
from apps.evaluations.models import Evaluator, TranscriptAnalysis
from apps.teams.versions import BATCH

if TYPE_CHECKING:
    from random import Random

    from apps.demo.stock import Palette
    from apps.service_providers.models import LlmProviderModel
    from apps.teams.models import Team


@dataclass
class Extras:
    """Rows to write for all teams together."""

    assistants: list[Assistant] = field(default_factory=list)
    evaluators: list[Evaluator] = field(default_factory=list)
    juries: list[list[LlmProviderModel]] = field(default_factory=list)
    """One for each of ``evaluators``; an empty one for those that decide alone."""
    analyses: list[TranscriptAnalysis] = field(default_factory=list)
    collections: list[Collection] = field(default_factory=list)

    def plan_team(self, team: Team, *, nodes: int, palette: Palette, rng: Random) -> None:
        """Add what a team of this size has."""
        for _ in range(1 + nodes // 25):
            self.assistants.append(_assistant(team, palette=palette, rng=rng))
        for number in range(1 + nodes // 40):
            self.evaluators.append(
                Evaluator(team=team, name=rng.choice(EVALUATORS), llm_provider_model=palette.pick(rng))
            )
            jury = {palette.pick(rng).pk: None for _ in range(3)} if number % 2 == 0 else {}
            members = {model.pk: model for model in [*palette.active, *palette.leaving]}
            self.juries.append([members[pk] for pk in jury])
        for number in range(1 + nodes // 60):
            self.analyses.append(
                TranscriptAnalysis(
                    team=team,
                    name=rng.choice(ANALYSES),
                    llm_provider_model=palette.pick(rng),
                    translation_llm_provider_model=palette.pick(rng) if number % 2 == 0 else None,
                )
            )
        for number in range(1 + nodes // 50):
            self.collections.append(
                Collection(
                    team=team,
                    name=rng.choice(COLLECTIONS),
                    contextualizer_llm_model=palette.pick(rng) if number % 3 == 0 else None,
                )
            )

    def write(self) -> None:
        """Write the rows, and publish every third assistant."""
        Assistant.all_objects.bulk_create(self.assistants, batch_size=BATCH)
        due = [assistant for assistant in self.assistants[::3] if not assistant.is_archived]
        for start in range(0, len(due), BATCH):
            Assistant.create_new_versions(due[start : start + BATCH])
        Evaluator.objects.bulk_create(self.evaluators, batch_size=BATCH)
        seats = Evaluator.jury_models.through
        seats.objects.bulk_create(
            [
                seats(evaluator=evaluator, llmprovidermodel=model)
                for evaluator, jury in zip(self.evaluators, self.juries, strict=True)
                for model in jury
            ],
            batch_size=BATCH,
        )
        TranscriptAnalysis.objects.bulk_create(self.analyses, batch_size=BATCH)
        Collection.objects.bulk_create(self.collections, batch_size=BATCH)


def _assistant(team: Team, *, palette: Palette, rng: Random) -> Assistant:
    return Assistant(
        team=team,
        name=rng.choice(ASSISTANTS),
        instructions=rng.choice(PROMPTS).format(team=team.name),
        llm_provider_model=palette.pick(rng),
        is_archived=happens(0.15, rng),
    )
