from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from people.models import InboxMessage, Person, Tenant

admin.site.register(Person, UserAdmin)
admin.site.register([InboxMessage, Tenant])
