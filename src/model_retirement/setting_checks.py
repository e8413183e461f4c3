"""System checks of what the host has set, and of its adapter."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import URLValidator, validate_email

from model_retirement import answers, conf
from model_retirement.host_models import has_field, llm_model, team_model
from model_retirement.platform import Platform, host

MOST_DAYS = 36_500
"""A hundred years: calendars end."""

SETTING = "model_retirement.E201"
NOBODY_HEARS = "model_retirement.E208"
NO_SITE = "model_retirement.E209"
WRONG_METHOD = "model_retirement.E212"


def check_settings(*, app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report settings that make no sense."""
    del app_configs  # settings belong to no app
    return [
        *(
            checks.Error(f"{name} is {value!r}, {wrong}.", hint=hint, id=SETTING)
            for name, value, wrong, hint in _wrong_settings()
        ),
        *(checks.Error(error.problem, hint=error.remedy, id=SETTING) for error in _wrong_paths()),
    ]


def _wrong_paths() -> Iterator[conf.WrongSetting]:
    """Yield why the adapter cannot be made or asked, or the catalogue not be read, if their settings are there."""
    wrong = [error for ask in (host, conf.catalogue) if (error := _wrong(ask))]
    can_be_asked = not wrong and getattr(settings, "MODEL_RETIREMENT_CATALOGUE", None) and not conf.missing_lists()
    asked = (answers.providers, answers.feed_providers) if can_be_asked else ()
    yield from [*wrong, *(error for ask in asked if (error := _wrong(ask)))]


def _wrong(ask: Callable[[], object]) -> conf.WrongSetting | None:
    try:
        ask()
    except conf.WrongSetting as error:
        return error
    except ImproperlyConfigured:
        pass  # not set, which is told with the others
    return None


def _wrong_settings() -> Iterator[tuple[str, object, str, str]]:
    """Yield name, value, what is wrong and what to do."""
    seconds = getattr(settings, "MODEL_RETIREMENT_LEASE_SECONDS", 30)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 < seconds <= 24 * 60 * 60:
        yield (
            "MODEL_RETIREMENT_LEASE_SECONDS",
            seconds,
            "not a number of seconds",
            "Give 1 to 86400 seconds, such as 30.",
        )
    days = getattr(settings, "MODEL_RETIREMENT_NOTIFY_DAYS_BEFORE", ())
    if not isinstance(days, list | tuple) or not all(type(day) is int and 0 <= day <= MOST_DAYS for day in days):
        yield "MODEL_RETIREMENT_NOTIFY_DAYS_BEFORE", days, "not a list of days", "Give days such as [90, 30, 7, 0]."
    try:
        conf.max_price_increase()
    except ImproperlyConfigured as error:
        percent = getattr(settings, "MODEL_RETIREMENT_MAX_PRICE_INCREASE", None)
        yield "MODEL_RETIREMENT_MAX_PRICE_INCREASE", percent, "not a number of percent", str(error)
    log_format = getattr(settings, "MODEL_RETIREMENT_LOG_FORMAT", "text")
    if log_format not in ("text", "json"):
        yield "MODEL_RETIREMENT_LOG_FORMAT", log_format, "neither text nor json", 'Give "text" or "json".'
    for name in ("MODEL_RETIREMENT_ADMIN", "MODEL_RETIREMENT_GUARD_DELETES", "MODEL_RETIREMENT_PROMOTE"):
        switch = getattr(settings, name, True)
        if not isinstance(switch, bool):
            yield name, switch, "neither True nor False", "Give True, or False to leave it to the host."
    contact = getattr(settings, "MODEL_RETIREMENT_CONTACT", "")
    if not _is_contact(contact):
        yield (
            "MODEL_RETIREMENT_CONTACT",
            contact,
            "neither an address nor the URL of a page",
            'Give whom teams can ask about a message, such as "Models <models@platform.example>".',
        )
    site = getattr(settings, "MODEL_RETIREMENT_SITE_URL", None)
    if site and not _is_site(site):
        yield (
            "MODEL_RETIREMENT_SITE_URL",
            site,
            "not the address of a site",
            'Give where the pages of teams are, such as "https://platform.example".',
        )
    yield from _wrong_names()


def _is_site(site: object) -> bool:
    """Return whether addresses of pages can begin with it. A host of one word will do, as a network of one's own has it."""
    if not isinstance(site, str) or not site.isprintable() or any(mark in site for mark in ' "<>\\?#'):
        return False
    try:
        parts = urlsplit(site)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_contact(contact: object) -> bool:
    """Return whether teams can ask there: an e-mail address, with a name or without, or a URL; or nothing is set."""
    if contact == "":
        return True
    if not isinstance(contact, str) or not contact.isprintable():
        return False
    try:
        if "://" in contact:
            URLValidator(["http", "https"])(contact)
        else:
            validate_email(parseaddr(contact)[1])
    except ValidationError:
        return False
    return True


def _wrong_names() -> Iterator[tuple[str, object, str, str]]:
    catalogue_name = getattr(settings, "MODEL_RETIREMENT_CATALOGUE", None)
    try:
        missing = conf.missing_lists()
    except conf.WrongSetting:
        pass  # told by `_wrong_paths`
    except ImproperlyConfigured as error:
        yield "MODEL_RETIREMENT_CATALOGUE", catalogue_name, "not the path of a module", str(error)
    else:
        if missing:
            hint = f"Declare {' and '.join(missing)} there."
            yield "MODEL_RETIREMENT_CATALOGUE", catalogue_name, f"a module without {' and '.join(missing)}", hint
        else:
            yield from _wrong_apps()  # what holds the catalogue is asked for where there is one
    for setting, field in (
        ("MODEL_RETIREMENT_TEAM_NAME", conf.team_name()),
        ("MODEL_RETIREMENT_TEAM_SLUG", conf.team_slug()),
    ):
        if field != "pk" and not has_field(team_model(), field):
            yield (
                setting,
                field,
                f"not a field of {conf.team_model_label()}",
                "Give the name of one of its stored fields, or pk.",
            )
    if team_model()._meta.db_table == llm_model()._meta.db_table:  # noqa: SLF001  (the documented Meta API)
        yield (
            "MODEL_RETIREMENT_TEAM_MODEL",
            conf.team_model_label(),
            "the table of LLM models",
            "Give the model of teams; without teams, model_retirement_single_team.Team.",
        )


def _wrong_apps() -> Iterator[tuple[str, object, str, str]]:
    try:
        label = conf.migrations_app()
    except ImproperlyConfigured as error:
        yield "MODEL_RETIREMENT_MIGRATIONS_APP", None, "and no installed app holds the catalogue", str(error)
        return
    if label not in apps.app_configs:
        hint = f"Give the label of an installed app, such as {llm_model()._meta.app_label}."  # noqa: SLF001
        yield "MODEL_RETIREMENT_MIGRATIONS_APP", label, "not the label of an installed app", hint


def check_platform(*, app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report an adapter that leaves teams without anybody who hears, or mails without a place to lead to."""
    del app_configs  # the adapter belongs to no app
    try:
        adapter = type(host())
    except ImproperlyConfigured:
        return []  # told by `check_settings`
    messages: list[checks.CheckMessage] = []
    if not _overrides(adapter, Platform.recipients) and not _overrides(adapter, Platform.deliver):
        messages.append(
            checks.Error(
                "Nobody hears for any team: the adapter overrides neither recipients nor deliver.",
                hint="Override one of them in the class that MODEL_RETIREMENT_PLATFORM names.",
                id=NOBODY_HEARS,
            )
        )
    if (
        not settings.DEBUG
        and not getattr(settings, "MODEL_RETIREMENT_SITE_URL", "")
        and not _overrides(adapter, Platform.resource_url)
    ):
        messages.append(
            checks.Error(
                "MODEL_RETIREMENT_SITE_URL is not set, so messages would have links to nowhere.",
                hint='Set it to where the pages of teams are, such as "https://platform.example".',
                id=NO_SITE,
            )
        )
    return messages


def check_methods(*, app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report methods of the adapter that cannot be called as the engine calls them."""
    del app_configs  # the adapter belongs to no app
    try:
        adapter = host()
    except ImproperlyConfigured:
        return []  # told by `check_settings`
    asked = {
        name: [parameter for parameter in inspect.signature(method).parameters if parameter != "self"]
        for name, method in vars(Platform).items()
        if not name.startswith("_")
    }
    kind = type(adapter)
    return [
        checks.Error(
            f"{kind.__module__}.{kind.__qualname__}.{name} cannot be called as {name}({', '.join(f'{parameter}=…' for parameter in names)}).",
            hint="Let it be a method with the same parameters as that of model_retirement.platform.Platform.",
            id=WRONG_METHOD,
        )
        for name, names in asked.items()
        if not _takes(getattr(adapter, name), names)
    ]


def _takes(method: Any, names: Sequence[str]) -> bool:
    """Return whether something can be called with these keywords."""
    try:
        inspect.signature(method).bind(**dict.fromkeys(names))
    except TypeError:
        return False
    return True


def _overrides(adapter: type[Any], method: Callable[..., Any]) -> bool:
    return getattr(adapter, method.__name__, None) is not method
