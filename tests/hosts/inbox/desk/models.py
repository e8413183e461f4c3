from django.db import models

from model_retirement.abstract import AbstractLlmModel  # host:


class LanguageModel(models.Model):
    vendor = models.CharField(max_length=40)
    code = models.CharField(max_length=100)
    context = models.PositiveIntegerField(null=True)  # nobody has looked it up for each
    retired = models.BooleanField(default=False)
    owner = models.ForeignKey("people.Tenant", null=True, blank=True, on_delete=models.CASCADE)
    since = models.DateTimeField(auto_now_add=True)
    price = models.DecimalField(max_digits=20, decimal_places=10, null=True, blank=True)
    facts = models.JSONField(null=True, blank=True)
    picture = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "code"], condition=models.Q(owner=None), name="desk_one_model")
        ]

    def __str__(self) -> str:
        return self.code


class LlmModel(AbstractLlmModel):  # host: the engine's view of the same table
    team = models.ForeignKey("people.Tenant", models.CASCADE, null=True, db_column="owner_id", related_name="+")
    type = models.CharField(max_length=40, db_column="vendor")
    name = models.CharField(max_length=100, db_column="code")
    max_token_limit = models.PositiveIntegerField(db_column="context", null=True)
    deprecated = models.BooleanField(db_column="retired")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        managed = False
        db_table = "desk_languagemodel"


class Helper(models.Model):
    tenant = models.ForeignKey("people.Tenant", on_delete=models.CASCADE)
    title = models.CharField(max_length=80)
    model = models.ForeignKey(LanguageModel, null=True, on_delete=models.PROTECT)
    others = models.ManyToManyField(LanguageModel, blank=True, related_name="+")
    published_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE)
    deleted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        if self.published_from_id:
            return f"/helpers/{self.published_from_id}/published/{self.pk}/"
        return f"/helpers/{self.pk}/"
