"""Pages of chatbots."""

from django.urls import path

from apps.chatbots.models import Chatbot
from apps.service_providers.team_pages import TeamObjectView

app_name = "chatbots"
urlpatterns = [
    path(
        "chatbots/<int:pk>/",
        TeamObjectView.as_view(model=Chatbot, template_name="chatbots/chatbot.html"),
        name="chatbot",
    ),
]
