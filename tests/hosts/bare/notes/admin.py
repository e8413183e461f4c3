from django.contrib import admin

from notes.models import Summary

admin.site.register(Summary)
