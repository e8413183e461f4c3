"""Pages of collections."""

from django.urls import path

from apps.documents.models import Collection
from apps.service_providers.team_pages import TeamObjectView

app_name = "documents"
urlpatterns = [
    path("collections/<int:pk>/", TeamObjectView.as_view(model=Collection), name="collection"),
]
