"""App configuration."""

from django.apps import AppConfig


class ChatbotsConfig(AppConfig):
    name = "apps.chatbots"
    verbose_name = "Chatbots"
