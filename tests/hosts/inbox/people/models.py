from django.contrib.auth.models import AbstractUser
from django.db import models


class Tenant(models.Model):
    title = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.title


class Person(AbstractUser):
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE)
    manages = models.BooleanField(default=False)


class InboxMessage(models.Model):
    key = models.CharField(max_length=64)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    subject = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "person"], name="people_message_once")]

    def __str__(self) -> str:
        return self.subject
