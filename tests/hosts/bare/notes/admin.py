from django.contrib import admin

from notes.models import Draft, Summary

admin.site.register([Draft, Summary])
