# host: what the engine asks
from model_retirement.platform import Platform as BasePlatform


class Platform(BasePlatform):
    def recipients(self, *, team_ids, using):
        from django.contrib.auth.models import User

        from model_retirement.contrib.single_team.models import Team

        addresses = User.objects.using(using).filter(is_superuser=True, is_active=True).values_list("email", flat=True)
        teams = Team.objects.using(using) if team_ids is None else Team.objects.using(using).filter(pk__in=team_ids)
        return ((team_id, address) for team_id in teams.values_list("pk", flat=True) for address in addresses)
