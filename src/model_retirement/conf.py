"""Every ``MODEL_RETIREMENT_*`` setting with its default. Each is read when it is used, so that a test may override it."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

EXAMPLES = {
    "MODEL_RETIREMENT_TEAM_MODEL": "teams.Team",
    "MODEL_RETIREMENT_MODEL": "service_providers.LlmProviderModel",
    "MODEL_RETIREMENT_CATALOGUE": "apps.service_providers.llm_service.default_models",
}
"""The settings without a default: what is migrated cannot be swapped later, so nobody chooses it for a host."""


class WrongSetting(ImproperlyConfigured):
    """A setting cannot be what it is.

    :param problem: a sentence that says what it is and what is wrong with that
    :param remedy: a sentence that says what to do
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


def team_model_label() -> str:
    """Return the label of the model of teams, such as ``teams.Team``.

    :raises ImproperlyConfigured: if it is not set, or is no label
    """
    return _label("MODEL_RETIREMENT_TEAM_MODEL")


def llm_model_label() -> str:
    """Return the label of the model of LLM models, such as ``service_providers.LlmProviderModel``.

    :raises ImproperlyConfigured: if it is not set, or is no label
    """
    return _label("MODEL_RETIREMENT_MODEL")


def catalogue() -> ModuleType:
    """Return the module that declares the catalogue, with ``DEFAULT_LLM_PROVIDER_MODELS`` and ``DELETED_MODELS``.

    :raises ImproperlyConfigured: if it is not set, or cannot be imported
    """
    name = _required("MODEL_RETIREMENT_CATALOGUE")
    try:
        return import_module(name)
    except Exception as error:  # whatever a module of the host raises
        is_missing = isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}.")
        if not is_missing and not name.startswith("."):
            raise WrongSetting(
                f"MODEL_RETIREMENT_CATALOGUE is {name!r}, and it cannot be imported: {type(error).__name__}: {error}.",
                "Correct that module, or give the path of another one.",
            ) from error
        missing = error.name if isinstance(error, ModuleNotFoundError) else name
        raise WrongSetting(
            f"MODEL_RETIREMENT_CATALOGUE is {name!r}, and there is no module {missing}.",
            "Give the dotted path of the module that declares DEFAULT_LLM_PROVIDER_MODELS and DELETED_MODELS.",
        ) from error


def declared_facts() -> object:
    """Return the ``MODEL_FACTS`` of the module of the catalogue, which win over the file beside it; None if it has none.

    :raises ImproperlyConfigured: if there is no such module
    """
    return getattr(catalogue(), "MODEL_FACTS", None)


def missing_lists() -> list[str]:
    """Return the names of the lists that the module of the catalogue lacks.

    :raises ImproperlyConfigured: if there is no such module
    """
    return [name for name in ("DEFAULT_LLM_PROVIDER_MODELS", "DELETED_MODELS") if not hasattr(catalogue(), name)]


def platform() -> str:
    """Return the dotted path of the host's adapter; empty where the engine's own will do."""
    return str(getattr(settings, "MODEL_RETIREMENT_PLATFORM", None) or "")


def team_name() -> str:
    """Return the name of the team's field that people know it by."""
    return str(getattr(settings, "MODEL_RETIREMENT_TEAM_NAME", "name"))


def team_slug() -> str:
    """Return the name of the team's field that stands for it in commands and addresses; ``pk`` will do."""
    return str(getattr(settings, "MODEL_RETIREMENT_TEAM_SLUG", "slug"))


def migrations_app() -> str:
    """Return the label of the app whose migrations carry the edits of the catalogue out.

    By default it is the app that holds the catalogue.

    :raises ImproperlyConfigured: if no installed app holds it and none is named
    """
    from django.apps import apps  # noqa: PLC0415  (this module works before there are apps)

    if named := getattr(settings, "MODEL_RETIREMENT_MIGRATIONS_APP", None):
        return str(named)
    module = _required("MODEL_RETIREMENT_CATALOGUE")
    if config := apps.get_containing_app_config(module):
        return config.label
    raise ImproperlyConfigured(
        f"No installed app holds {module}: set MODEL_RETIREMENT_MIGRATIONS_APP to the label of the app whose migrations "
        "are to carry changes of the catalogue out."
    )


def project_folder() -> Path:
    """Return the folder of the host's project: its ``BASE_DIR``, or where commands are typed."""
    return Path(getattr(settings, "BASE_DIR", None) or Path.cwd()).resolve()


def site_url() -> str:
    """Return where the host's pages are, such as ``https://platform.example``, without a slash at its end."""
    return str(getattr(settings, "MODEL_RETIREMENT_SITE_URL", None) or "http://localhost:8000").rstrip("/")


def contact() -> str:
    """Return whom teams can ask about a message: an address, or the URL of a page."""
    return str(getattr(settings, "MODEL_RETIREMENT_CONTACT", "") or settings.DEFAULT_FROM_EMAIL)


def language() -> str:
    """Return the code of the language in which messages are written."""
    return str(settings.LANGUAGE_CODE)


def lease_seconds() -> float:
    """Return for how many seconds a claim holds without a heartbeat."""
    return float(getattr(settings, "MODEL_RETIREMENT_LEASE_SECONDS", 30.0))


def notify_days_before() -> list[int]:
    """Return how many days before a retirement teams are told of it, the largest number first."""
    return sorted(getattr(settings, "MODEL_RETIREMENT_NOTIFY_DAYS_BEFORE", (90, 30, 7, 0)), reverse=True)


def max_price_increase() -> Decimal | None:
    """Return by how many percent a replacement may be dearer than the model before it; None allows any price.

    :raises ImproperlyConfigured: if that is not a percentage
    """
    percent = getattr(settings, "MODEL_RETIREMENT_MAX_PRICE_INCREASE", None)
    if percent is None:
        return None
    is_number = isinstance(percent, int | float | Decimal) and not isinstance(percent, bool)
    if not is_number or not Decimal(percent).is_finite() or percent < 0:
        raise ImproperlyConfigured(
            "Let MODEL_RETIREMENT_MAX_PRICE_INCREASE be a number of percent such as 10, 0 to allow no increase at all, or "
            "None to allow any."
        )
    return Decimal(str(percent))


def logs_as_json() -> bool:
    """Return whether the log, and what commands have to say on standard error, goes there as JSON."""
    return bool(getattr(settings, "MODEL_RETIREMENT_LOG_FORMAT", "text") == "json")


def registers_admin() -> bool:
    """Return whether the host's table of models gets the engine's admin where nobody has registered one."""
    return bool(getattr(settings, "MODEL_RETIREMENT_ADMIN", True))


def guards_deletes() -> bool:
    """Return whether the deletion of a model in use is refused."""
    return bool(getattr(settings, "MODEL_RETIREMENT_GUARD_DELETES", True))


def promotes_custom_models() -> bool:
    """Return whether a team's own model becomes the global one of its name when the table is made to match."""
    return bool(getattr(settings, "MODEL_RETIREMENT_PROMOTE", True))


def _required(name: str) -> str:
    value = getattr(settings, name, None)
    if not value:
        raise ImproperlyConfigured(f'Add {name} to the settings, such as {name} = "{EXAMPLES[name]}".')
    if not isinstance(value, str):
        raise WrongSetting(f"{name} is {value!r}, which is not text.", f'Write it like {name} = "{EXAMPLES[name]}".')
    return value


def _label(name: str) -> str:
    value = _required(name)
    app, _, model = value.partition(".")
    # Django would say of a foreign key that it is wrong, and not of which setting.
    if not app.isidentifier() or not model.isidentifier():
        raise no_such_model(name, value)
    return value


def no_such_model(name: str, label: str) -> WrongSetting:
    """Return the error of a setting that is to name a model and does not."""
    return WrongSetting(
        f"{name} is {label!r}, and no installed app has such a model.",
        f"Give the label of an app of INSTALLED_APPS, a dot and the name of the model, such as {EXAMPLES[name]!r}.",
    )
