"""Pages of assistants."""

from django.urls import path

from apps.assistants.models import Assistant
from apps.service_providers.team_pages import TeamObjectView

app_name = "assistants"
urlpatterns = [
    path("assistants/<int:pk>/", TeamObjectView.as_view(model=Assistant), name="assistant"),
]
