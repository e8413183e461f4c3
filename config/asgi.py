"""ASGI entry point."""

import os

from django.core.asgi import get_asgi_application

from config.environment import explained

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

with explained():
    application = get_asgi_application()
