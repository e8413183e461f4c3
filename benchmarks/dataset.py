"""The data of a removal: N nodes of 5 N point at one of 30 models that go, half with a replacement, half without.

Every tenth of these nodes has the id as a string. The replacement takes the same settings, and no facts are known of any of
the models, so that notices say what is concerned, and nothing of money or lost capabilities.
"""

from __future__ import annotations

import dataclasses

import psycopg

MODELS = 30
TEAMS = 2_000
NODES_PER_PIPELINE = 10
FIRST_ID = 1_000_001
"""Primary key of the first model that goes; the replacement and a bystander come before it."""
REPLACEMENT_ID = FIRST_ID - 1
BYSTANDER_ID = FIRST_ID - 2
PROVIDER = "openai"


@dataclasses.dataclass(frozen=True)
class Size:
    """How much data.

    :param referencing: nodes that point at a model that goes, of five times as many; there are a tenth as many assistants,
        which all do
    :param teams: among which they are spread
    """

    referencing: int
    teams: int = TEAMS

    @property
    def nodes(self) -> int:
        return 5 * self.referencing

    @property
    def assistants(self) -> int:
        return self.referencing // 10


def removal_names() -> list[tuple[str, str] | tuple[str, str, str]]:
    """Return the entries of DELETED_MODELS."""
    return [
        (PROVIDER, f"bench-{number:02}", "bench-new") if number % 2 else (PROVIDER, f"bench-{number:02}")
        for number in range(MODELS)
    ]


def build(url: str, size: Size) -> None:
    """Fill a migrated, empty database."""
    with psycopg.connect(url, autocommit=True) as server:
        for statement in _statements(size):
            server.execute(statement)


def _statements(size: Size) -> list[str]:
    pipelines = size.nodes // NODES_PER_PIPELINE
    model = f"{FIRST_ID} + (n / 5) % {MODELS}"
    prompt = "repeat('You answer questions of patients in plain words. ', 5)"
    return [
        f"""INSERT INTO teams_team (id, name, slug)
            SELECT n, 'Team ' || n, 'team-' || n FROM generate_series(1, {size.teams}) n""",
        f"""INSERT INTO users_user (id, email, password, is_superuser, is_staff, is_active, first_name, last_name, date_joined)
            SELECT n, 'admin' || n || '@example.org', '', false, false, true, '', '', now()
            FROM generate_series(1, {size.teams}) n""",
        f"""INSERT INTO teams_membership (user_id, team_id, role) SELECT n, n, 'admin' FROM generate_series(1, {size.teams}) n""",
        f"""INSERT INTO service_providers_llmprovidermodel (id, type, name, max_token_limit, deprecated, created_at)
            SELECT {FIRST_ID} + n, '{PROVIDER}', 'bench-' || lpad(n::text, 2, '0'), 8192, true, now()
            FROM generate_series(0, {MODELS - 1}) n""",
        f"""INSERT INTO service_providers_llmprovidermodel (id, type, name, max_token_limit, deprecated, created_at)
            VALUES ({REPLACEMENT_ID}, '{PROVIDER}', 'bench-new', 128000, false, now()),
                   ({BYSTANDER_ID}, '{PROVIDER}', 'bench-bystander', 128000, false, now())""",
        f"""INSERT INTO pipelines_pipeline (id, team_id, name, is_archived, version_number)
            SELECT n, 1 + n % {size.teams}, 'Pipeline ' || n, n % 10 = 0, 1 FROM generate_series(1, {pipelines}) n""",
        f"""INSERT INTO chatbots_chatbot (id, team_id, name, pipeline_id, is_archived, version_number, is_default_version)
            SELECT n, 1 + n % {size.teams}, 'Chatbot ' || n, n, n % 10 = 0, 1, false FROM generate_series(1, {pipelines}) n""",
        # One node of five points at a model that goes, one of ten of those as a string; two of five point elsewhere.
        f"""INSERT INTO pipelines_node (pipeline_id, flow_id, type, label, params)
            SELECT 1 + n / {NODES_PER_PIPELINE}, 'node-' || n, 'LLMResponseWithPrompt', 'Step ' || n % {NODES_PER_PIPELINE},
                CASE n % 5
                    WHEN 0 THEN jsonb_build_object('llm_provider_model_id',
                        CASE WHEN n % 50 = 0 THEN to_jsonb(({model})::text) ELSE to_jsonb({model}) END,
                        'llm_model_parameters', '{{"temperature": 0.7}}'::jsonb, 'prompt', {prompt}, 'history', 'summarize')
                    WHEN 1 THEN jsonb_build_object('llm_provider_model_id', {BYSTANDER_ID}, 'prompt', {prompt})
                    WHEN 2 THEN jsonb_build_object('llm_provider_model_id', {BYSTANDER_ID}, 'prompt', {prompt})
                    ELSE jsonb_build_object('recipients', 'someone@example.org', 'text', {prompt}) END
            FROM generate_series(0, {size.nodes - 1}) n""",
        f"""INSERT INTO assistants_assistant
                (team_id, name, instructions, llm_provider_model_id, is_archived, version_number)
            SELECT 1 + n % {size.teams}, 'Assistant ' || n, {prompt}, {FIRST_ID} + n % {MODELS}, false, 1
            FROM generate_series(1, {size.assistants}) n""",
        "VACUUM ANALYZE",
    ]
