from django.contrib import admin

from desk.models import Helper, LanguageModel

admin.site.register([Helper, LanguageModel])
