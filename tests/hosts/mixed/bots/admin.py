from django.apps import apps
from django.contrib import admin

for model in apps.get_app_config("bots").get_models():
    if model._meta.model_name != "languagemodel":
        admin.site.register(model)
