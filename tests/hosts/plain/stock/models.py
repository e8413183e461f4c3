"""What is in stock."""

from django.db import models


class Item(models.Model):
    """Something in stock."""

    label = models.CharField(max_length=50, blank=True)

    def __str__(self) -> str:
        return self.label
