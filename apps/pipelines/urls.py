"""Pages of pipelines."""

from django.urls import path

from apps.pipelines.models import Pipeline
from apps.teams.views import TeamObjectView

app_name = "pipelines"
urlpatterns = [
    path("pipelines/<int:pk>/", TeamObjectView.as_view(model=Pipeline), name="pipeline"),
]
