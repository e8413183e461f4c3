"""WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from config.environment import explained

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

with explained():
    application = get_wsgi_application()
