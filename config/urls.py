"""URLs of the project."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from apps.service_providers.team_pages import HomeView, TeamView
from apps.teams.api import team_api
from model_retirement.api.views import router as llm_models

admin.site.site_header = "Platform administration"
admin.site.site_title = "Platform administration"
admin.site.site_url = None  # the site's root leads staff back to the admin

TENANT_APPS = ["chatbots", "pipelines", "assistants", "evaluations", "documents"]

api = team_api()
api.add_router("/teams", llm_models)

urlpatterns = [
    path("", HomeView.as_view(), name="home"),
    path("admin/", admin.site.urls),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(next_page="login"), name="logout"),
    path("api/", api.urls),
    path("a/<slug:team_slug>/", TeamView.as_view(), name="team"),
    *(path("a/<slug:team_slug>/", include(f"apps.{app}.urls")) for app in TENANT_APPS),
]
