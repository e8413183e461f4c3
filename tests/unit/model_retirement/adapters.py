"""Adapters of hosts, for settings that name them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import get_language

from config.retirement import Platform as Ours
from model_retirement.platform import Platform


class Silent(Platform):
    """Overrides nothing."""


class Mailing(Platform):
    """Has addresses, and no pages of its own."""

    def recipients(self, *, team_ids, using):
        yield from ()


class WithPages(Platform):
    """Has pages, and nobody who hears."""

    def resource_url(self, *, obj):
        return f"https://host.example/{obj.pk}"


class Multilingual(Platform):
    """Names providers in the language that is asked for."""

    def providers(self):
        return [("openai", f"OpenAI in {get_language()}")]


class Delivering(WithPages):
    """Has a channel of its own, which reaches ``outcome``, or fails with it; a function is asked for it."""

    outcome: Any = None
    deliveries: ClassVar[list[dict]] = []

    def deliver(self, *, message, notices, recipients, using):
        self.deliveries.append(
            {"key": message.message_id, "names": [notice.name for notice in notices], "recipients": recipients}
        )
        outcome = self.outcome(message) if callable(self.outcome) else self.outcome
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Writing(Delivering):
    """Delivers by writing a row of this database: a team that is called like the key of the message."""

    def deliver(self, *, message, notices, recipients, using):
        from apps.teams.models import Team

        key = str(message.message_id)
        Team.objects.using(using).create(name=key, slug=f"{key}-{len(self.deliveries)}")
        return super().deliver(message=message, notices=notices, recipients=recipients, using=using)


class Foreign:
    """Is no adapter: it has not inherited."""


class Metered(Mailing):
    """Knows how much teams use models and what for, and remembers what it was asked."""

    usage: ClassVar[list[tuple[int, int, int, int]]] = []
    capabilities: ClassVar[list[tuple[int, int, str]] | None] = None
    questions: ClassVar[list[tuple[list[int], list[int], str]]] = []

    def monthly_usage(self, *, team_ids, model_ids, using):
        self.questions.append((list(team_ids), list(model_ids), using))
        yield from self.usage

    def used_capabilities(self, *, team_ids, model_ids, using):
        self.questions.append((list(team_ids), list(model_ids), using))
        return self.capabilities


class MeteredAndMailing(Metered):
    """Has addresses as well."""

    recipients = Ours.recipients


class Raising(Platform):
    def __init__(self) -> None:
        raise ValueError("the key is missing")


class Answering(Ours):
    """Answers as it is told; what is an exception, it raises."""

    answers: ClassVar[dict[str, Any]] = {}

    def __getattribute__(self, name):
        given = type(self).answers
        if name not in given:
            return super().__getattribute__(name)

        def answer(**_options):
            if isinstance(given[name], Exception):
                raise given[name]
            return given[name]

        return answer


class Fewer(Platform):
    def recipients(self, team_ids):  # type: ignore[override]  # that is what is wrong with it
        return []


class NoMethod(Platform):
    providers = ()  # type: ignore[assignment]  # that is what is wrong with it


class More(Platform):
    def recipients(self, *, team_ids, using, **_more):
        return []

    def deliver(self, **_options):
        return None
