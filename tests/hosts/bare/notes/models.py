from django.db import models

LLM_MODEL = "model_retirement_models.LlmProviderModel"  # host: the engine's table


class Draft(models.Model):
    """A text that is still to be written, by the model of OpenAI that is named."""

    title = models.CharField(max_length=100)
    engine = models.CharField(max_length=100, blank=True, db_index=True)

    def __str__(self) -> str:
        return self.title


class Summary(models.Model):
    title = models.CharField(max_length=100)
    llm = models.ForeignKey(LLM_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    fallback = models.ForeignKey(LLM_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.title
