"""URLs of the project."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from apps.service_providers.api import router as llm_models
from apps.teams.api import team_api

admin.site.site_header = "Platform administration"
admin.site.site_title = "Platform administration"
admin.site.site_url = None  # the site's root is the admin itself

TENANT_APPS = ["chatbots", "pipelines", "assistants", "evaluations", "documents"]

api = team_api()
api.add_router("/teams", llm_models)

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(next_page="login"), name="logout"),
    path("api/", api.urls),
    *(path("a/<slug:team_slug>/", include(f"apps.{app}.urls")) for app in TENANT_APPS),
]
