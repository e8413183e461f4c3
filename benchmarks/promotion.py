"""Promotion: 1,000 teams have a model of their own, with nodes that use it, that the catalogue has come to offer.

The floor is hand-written SQL with the same result: one UPDATE by a join, the token limits, one DELETE.
"""

from __future__ import annotations

import time

import psycopg

TEAMS = 1_000
FIRST_ID = 1_000_001
GLOBAL_ID = FIRST_ID - 1
PROVIDER, NAME = "openai", "bench-promoted"

TWINS = """(SELECT c.id, c.team_id, c.type, c.name, c.max_token_limit AS chosen, g.id AS global_id, g.max_token_limit
    FROM service_providers_llmprovidermodel c
    JOIN service_providers_llmprovidermodel g ON g.team_id IS NULL AND g.type = c.type AND g.name = c.name
        AND NOT g.deprecated
    WHERE c.team_id IS NOT NULL)"""

FLOOR = (
    f"""UPDATE pipelines_node n SET params = jsonb_set(params, '{{llm_provider_model_id}}', to_jsonb(t.global_id))
        FROM {TWINS} t WHERE n.llm_provider_model_ref = t.id""",
    f"""UPDATE assistants_assistant a SET llm_provider_model_id = t.global_id
        FROM {TWINS} t WHERE a.llm_provider_model_id = t.id""",
    f"""INSERT INTO model_retirement_teamtokenlimit (team_id, type, name, max_token_limit)
        SELECT team_id, type, name, chosen FROM {TWINS} t WHERE chosen <> max_token_limit
        ON CONFLICT (team_id, type, name) DO UPDATE SET max_token_limit = EXCLUDED.max_token_limit""",
    f"DELETE FROM service_providers_llmprovidermodel WHERE id IN (SELECT id FROM {TWINS} t)",
)


def build(url: str, *, nodes: int) -> None:
    """Fill a migrated, empty database.

    :param nodes: how many are on custom models, of five times as many
    """
    prompt = "repeat('You answer questions of patients in plain words. ', 5)"
    statements = (
        f"""INSERT INTO teams_team (id, name, slug)
            SELECT n, 'Team ' || n, 'team-' || n FROM generate_series(1, {TEAMS}) n""",
        f"""INSERT INTO service_providers_llmprovidermodel
                (id, team_id, type, name, max_token_limit, deprecated, created_at)
            SELECT {FIRST_ID} + n, 1 + n, '{PROVIDER}', '{NAME}', CASE n % 3 WHEN 0 THEN 9000 ELSE 128000 END, false, now()
            FROM generate_series(0, {TEAMS - 1}) n
            UNION ALL SELECT {GLOBAL_ID}, NULL, '{PROVIDER}', '{NAME}', 128000, false, now()""",
        f"""INSERT INTO pipelines_pipeline (id, team_id, name, is_archived, version_number)
            SELECT 1 + n, 1 + n % {TEAMS}, 'Pipeline ' || n, false, 1 FROM generate_series(0, {nodes // 2 - 1}) n""",
        f"""INSERT INTO pipelines_node (pipeline_id, flow_id, type, label, params)
            SELECT 1 + n / 10, 'node-' || n, 'LLMResponseWithPrompt', 'Step', CASE n % 5 WHEN 0 THEN jsonb_build_object(
                'llm_provider_model_id', {FIRST_ID} + (n / 10) % {TEAMS}, 'prompt', {prompt})
                ELSE jsonb_build_object('text', {prompt}) END
            FROM generate_series(0, {5 * nodes - 1}) n""",
        f"""INSERT INTO assistants_assistant
                (team_id, name, instructions, llm_provider_model_id, is_archived, version_number)
            SELECT 1 + n, 'Assistant', {prompt}, {FIRST_ID} + n, false, 1 FROM generate_series(0, {TEAMS - 1}) n""",
        "VACUUM ANALYZE",
    )
    with psycopg.connect(url, autocommit=True) as server:
        for statement in statements:
            server.execute(statement)


def promote(url: str) -> float:
    """Do the promotion with the hand-written statements and return its seconds."""
    with psycopg.connect(url) as server:
        began = time.perf_counter()
        for statement in FLOOR:
            server.execute(statement)
        server.commit()
        return time.perf_counter() - began
