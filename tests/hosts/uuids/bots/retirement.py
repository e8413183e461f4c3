# host: what the engine asks
from model_retirement.platform import Platform as BasePlatform


class Platform(BasePlatform):
    def recipients(self, *, team_ids, using):
        from bots.models import Space

        spaces = Space.objects.using(using).values_list("pk", "email")
        yield from (spaces if team_ids is None else spaces.filter(pk__in=team_ids))
