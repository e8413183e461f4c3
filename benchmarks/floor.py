"""The floor: hand-written SQL with the same result, in the fewest statements, over the same indexes.

One UPDATE per table, the query that groups the affected resources by team, and the removal of the rows. It keeps no
journal, tells nobody, and holds its locks for all of its time.
"""

from __future__ import annotations

import time

import psycopg

from benchmarks.dataset import FIRST_ID, MODELS, REPLACEMENT_ID

IDS = ",".join(str(FIRST_ID + number) for number in range(MODELS))
REPLACED = ",".join(str(FIRST_ID + number) for number in range(MODELS) if number % 2)

PREVIEW = f"""
    WITH counted AS (
        SELECT n.llm_provider_model_ref AS model_id, p.team_id,
            CASE WHEN n.llm_provider_model_ref IN ({REPLACED}) THEN n.params -> 'llm_model_parameters' END AS settings,
            count(*) AS pointers
        FROM pipelines_node n JOIN pipelines_pipeline p ON p.id = n.pipeline_id
        WHERE n.llm_provider_model_ref IN ({IDS}) GROUP BY 1, 2, 3
    )
    SELECT model_id, team_id, NULL, sum(pointers) FROM counted GROUP BY model_id, team_id
    UNION ALL SELECT model_id, NULL, settings::text, sum(pointers) FROM counted WHERE settings IS NOT NULL
        GROUP BY model_id, settings
    UNION ALL SELECT llm_provider_model_id, team_id, NULL, count(*) FROM assistants_assistant
        WHERE llm_provider_model_id IN ({IDS}) GROUP BY 1, 2
"""

RESOURCES = f"""
    SELECT p.team_id, 'pipeline', p.id, p.name, array_agg(DISTINCT n.llm_provider_model_ref)
    FROM pipelines_node n JOIN pipelines_pipeline p ON p.id = n.pipeline_id
    WHERE n.llm_provider_model_ref IN ({IDS}) GROUP BY p.id
    UNION ALL SELECT c.team_id, 'chatbot', c.id, c.name, array_agg(DISTINCT n.llm_provider_model_ref)
    FROM pipelines_node n JOIN chatbots_chatbot c ON c.pipeline_id = n.pipeline_id
    WHERE n.llm_provider_model_ref IN ({IDS}) GROUP BY c.id
    UNION ALL SELECT team_id, 'assistant', id, name, ARRAY[llm_provider_model_id]
    FROM assistants_assistant WHERE llm_provider_model_id IN ({IDS})
"""

UPDATES = (
    f"""UPDATE pipelines_node SET params = jsonb_set(params, '{{llm_provider_model_id}}',
        CASE WHEN llm_provider_model_ref IN ({REPLACED}) THEN '{REPLACEMENT_ID}'::jsonb ELSE 'null'::jsonb END)
        WHERE llm_provider_model_ref IN ({IDS})""",
    f"""UPDATE assistants_assistant SET llm_provider_model_id =
        CASE WHEN llm_provider_model_id IN ({REPLACED}) THEN {REPLACEMENT_ID} END
        WHERE llm_provider_model_id IN ({IDS})""",
    f"DELETE FROM service_providers_llmprovidermodel WHERE id IN ({IDS})",
)


def remove(url: str) -> float:
    """Do the removal and return its seconds."""
    with psycopg.connect(url) as server:
        began = time.perf_counter()
        server.execute(RESOURCES).fetchall()
        for statement in UPDATES:
            server.execute(statement)
        server.commit()
        return time.perf_counter() - began


def preview(url: str) -> float:
    """Run the aggregate query of a preview (pointers by model and team, settings by model) and return its seconds."""
    with psycopg.connect(url) as server:
        began = time.perf_counter()
        server.execute(PREVIEW).fetchall()
        return time.perf_counter() - began
