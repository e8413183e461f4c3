"""Pages of evaluators and transcript analyses."""

from django.urls import path

from apps.evaluations.models import Evaluator, TranscriptAnalysis
from apps.service_providers.team_pages import TeamObjectView

app_name = "evaluations"
urlpatterns = [
    path("evaluators/<int:pk>/", TeamObjectView.as_view(model=Evaluator), name="evaluator"),
    path("transcript-analyses/<int:pk>/", TeamObjectView.as_view(model=TranscriptAnalysis), name="transcript_analysis"),
]
