"""Pages of pipelines."""

from django.urls import path

from apps.pipelines.models import Pipeline
from apps.service_providers.team_pages import TeamObjectView

app_name = "pipelines"
urlpatterns = [
    path("pipelines/<int:pk>/", TeamObjectView.as_view(model=Pipeline), name="pipeline"),
]
