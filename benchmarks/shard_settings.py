"""Settings of processes that remove the models of the benchmark, from one database or, with ``SECOND_DATABASE_URL``, from two."""

import os

import dj_database_url

from apps.service_providers.llm_service import default_models
from benchmarks import dataset
from config.settings import *  # noqa: F403  # these settings are those, with other models and perhaps a second database
from config.settings import DATABASES
from model_retirement.catalogue.declarations import Model

default_models.DEFAULT_LLM_PROVIDER_MODELS = {dataset.PROVIDER: [Model("bench-new", 128000)]}
default_models.DELETED_MODELS[:] = dataset.removal_names()

if url := os.environ.get("SECOND_DATABASE_URL"):
    DATABASES["second"] = DATABASES["default"] | dj_database_url.parse(url)
