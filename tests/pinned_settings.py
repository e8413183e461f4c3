"""Settings of processes that have the pinned catalogue in place of the live one."""

from apps.service_providers.llm_service import default_models
from config.settings import *  # noqa: F403  # these settings are those
from tests.pinned_catalogue import pinned_lists

vars(default_models).update(pinned_lists())
