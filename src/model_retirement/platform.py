"""What the engine asks of its host. A host overrides what it does otherwise, in a class that one setting names."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.module_loading import import_string

from model_retirement import conf


class Platform:
    """The host as the engine sees it. Every method has a default where one exists."""

    def providers(self) -> Iterable[tuple[str, str]]:
        """Return the key and the name of every provider that the host can call.

        By default the choices of the model's field ``type``, or of the host's own field of that column, else every provider
        that the catalogue names.
        """
        for field in _fields_of_providers():
            if field.choices:
                return [(str(key), str(name)) for key, name in field.flatchoices]
        declared = conf.catalogue()
        # What is wrong with the lists the lint tells.
        models, removals = declared.DEFAULT_LLM_PROVIDER_MODELS, declared.DELETED_MODELS
        named = (
            [entry[0] for entry in removals if isinstance(entry, tuple) and entry] if isinstance(removals, list) else []
        )
        keys = [key for key in (*(models if isinstance(models, dict) else ()), *named) if isinstance(key, str)]
        return [(key, key) for key in dict.fromkeys(keys)]

    def feed_providers(self) -> Mapping[str, str]:
        """Return the keys of providers by what feeds call them, beside the names that the engine knows.

        Case, spaces and hyphens do not matter. The engine's own table is in ``feeds/providers.py``.
        """
        return {}

    def recipients(self, *, team_ids: Sequence[Any] | None, using: str) -> Iterator[tuple[Any, str]]:
        """Yield team id and e-mail address of everybody who hears for a team, in one query.

        :param team_ids: the teams; None means all
        :param using: alias of the database
        """
        yield from ()

    def resource_url(self, *, obj: Any) -> str:
        """Return the full address of the page where a team sees one of its objects; empty if there is none.

        :param obj: the stored object, which may be archived or a published version. Its team, and what it is a version of,
            are loaded with it; JSON and binary fields are when they are asked for. It is for reading only
        """
        find = getattr(obj, "get_absolute_url", None)
        return f"{conf.site_url()}{find()}" if find else ""

    def deliver(
        self, *, message: Any, notices: Sequence[Any], recipients: Sequence[str], using: str
    ) -> Sequence[str] | None:
        """Deliver a message by the host's own channel, in the transaction that records its outcome.

        What only writes rows of this database happens exactly once. What leaves it happens at least once, with the same
        ``message.message_id`` in every repeat. What it raises is recorded, what it wrote is undone, and it is asked again.

        :param message: with ``team``, and with ``message_id``, the same in every repeat
        :param notices: all of one ``event``: ``deprecated`` of what is ahead, ``removed`` or ``restored`` of what was done;
            ``notices.compose.words_of`` has the words for them
        :return: the names or addresses that it reached; empty if it reached nobody; None to send it by e-mail
        """
        return None

    def may_see(self, *, user: Any, team: Any) -> bool:
        """Return whether a person may see what is a team's. By default nobody may."""
        return False

    def team_of_request(self, *, request: Any, slug: str) -> Any:
        """Return the team that a request is for, or None if the caller may not see it."""
        return None

    def monthly_usage(
        self, *, team_ids: Sequence[Any], model_ids: Sequence[Any], using: str
    ) -> Iterable[tuple[Any, Any, int, int]]:
        """Yield how much teams use models: team id, model id, and the tokens read and written in a month.

        It is asked for many teams and models at once, and should ask the database once. A pair that is left out is one of
        which nothing is known; one that comes several times is added up. By default nothing is known.

        :param team_ids: the teams, at most a thousand
        :param model_ids: keys of the rows of the models
        :param using: alias of the database
        """
        yield from ()

    def used_capabilities(
        self, *, team_ids: Sequence[Any], model_ids: Sequence[Any], using: str
    ) -> Iterable[tuple[Any, Any, str]] | None:
        """Return what teams use of models beside text: team id, model id and one of ``catalogue.facts.Capability``.

        It is asked as :meth:`monthly_usage` is, and of models whose replacement can do less. What is left out is not
        used. By default nothing is known, which is None.

        :param team_ids: the teams, at most a thousand
        :param model_ids: keys of the rows of the models
        :param using: alias of the database
        """
        return None

    def code_version(self) -> str:
        """Return which code is running: by default the short git revision of the checkout, "" where there is none."""
        return _git_revision(str(conf.project_folder()))


def _fields_of_providers() -> Iterator[Any]:
    """Yield the field ``type`` of the model of LLM models, then what other models of its table call that column."""
    try:
        meta: Any = apps.get_model(conf.llm_model_label())._meta  # noqa: SLF001  (the documented Meta API)
        own = meta.get_field("type")
    except (LookupError, FieldDoesNotExist):
        return
    yield own
    for model in apps.get_models():
        others: Any = model._meta  # noqa: SLF001
        if others.db_table == meta.db_table:
            yield from (field for field in others.concrete_fields if field.column == own.column)


def host() -> Platform:
    """Return the host's adapter.

    :raises ImproperlyConfigured: if it cannot be made, or is none
    """
    return _adapter(conf.platform())


def host_delivers() -> bool:
    """Return whether the host has a channel of its own, so that a team may hear without any e-mail address."""
    return type(host()).deliver is not Platform.deliver


def host_knows_use() -> bool:
    """Return whether the host says how much teams use models, or for what."""
    kind = type(host())
    return kind.monthly_usage is not Platform.monthly_usage or kind.used_capabilities is not Platform.used_capabilities


@functools.cache
def _adapter(name: str) -> Platform:
    if not name:
        return Platform()
    try:
        made = import_string(name)()
    except Exception as error:  # whatever the host's module or class raises
        raise conf.WrongSetting(
            f"MODEL_RETIREMENT_PLATFORM is {name!r}, and no adapter can be made of it: {type(error).__name__}: {error}.",
            "Give the dotted path of a class that takes no arguments and inherits from model_retirement.platform.Platform.",
        ) from error
    if not isinstance(made, Platform):
        raise conf.WrongSetting(
            f"MODEL_RETIREMENT_PLATFORM is {name!r}, not an adapter.",
            "Let it inherit from model_retirement.platform.Platform.",
        )
    return made


@functools.cache
def _git_revision(folder: str) -> str:
    command = ["git", "-C", folder, "rev-parse", "--short", "HEAD"]
    try:
        completed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603  # no input
    except (OSError, subprocess.SubprocessError):
        return ""
    return completed.stdout.strip()
