from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from flows.models import DataMigration, Flow, Membership, Step, Team

admin.site.register([DataMigration, Membership, Step, Team])


@admin.register(Flow)
class FlowAdmin(admin.ModelAdmin):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Flow]:
        return Flow.all_objects.all()
